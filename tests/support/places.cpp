// The paths that the build passes in.

#include "tests/support/places.h"

namespace tpuscope::test {

std::string source_folder() {
  return TPUSCOPE_SOURCE_DIR;
}

std::string program_path() {
  return TPUSCOPE_PROGRAM;
}

}  // namespace tpuscope::test
