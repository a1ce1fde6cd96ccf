// Help texts, made from the tables of the verbs.

#pragma once

#include <string>

#include "cli/verb.h"

namespace tpuscope {

/// What the program is, three ways to start, and its verbs.
std::string program_help();

/// One verb: examples first, then what it takes.
std::string verb_help(const Verb& verb);

/// Version and compiler.
std::string version_text();

}  // namespace tpuscope
