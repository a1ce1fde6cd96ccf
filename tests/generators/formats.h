// Every format that the program writes, of one run.

#pragma once

#include <string>

#include "profiles/report/report.h"

namespace tpuscope::generators {

/// Writes the run with every writer and its network with every writer of networks. Says what is
/// wrong: JSON that does not parse or holds a negative number, a trace that breaks a viewer's rule,
/// a network that does not read back. Empty where nothing is.
std::string problem_of_formats(const Profile& profile);

}  // namespace tpuscope::generators
