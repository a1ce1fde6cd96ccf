// From words on the command line to the values of a verb's flags.

#pragma once

#include <string>
#include <vector>

#include "cli/verb.h"

namespace tpuscope {

/// The verb's own flags, then those that every verb takes.
std::vector<Flag> flags_of(const Verb& verb);

/// Reads the words after the verb. Unknown flags, missing values and missing or superfluous
/// positionals are kUsage errors, all of them in one go where they do not hide each other.
Result<Arguments> parse_arguments(const Verb& verb, const std::vector<std::string>& words);

/// No two files that the verb writes may be one, under whatever name.
Status check_outputs(const Verb& verb, const Arguments& arguments);

}  // namespace tpuscope
