// Where a test finds the source tree and the built program. Functions, so that only one file holds
// the paths and all others compile to the same objects in every folder.

#pragma once

#include <string>

namespace tpuscope::test {

/// The top folder of the source tree, without a slash at its end.
std::string source_folder();
/// The program `tpuscope` of this build.
std::string program_path();

}  // namespace tpuscope::test
