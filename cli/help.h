// Help texts, made from the tables of the verbs.

#pragma once

#include <string>

#include "base/terminal.h"
#include "cli/verb.h"

namespace tpuscope {

/// What the program is, three ways to start, and its verbs.
std::string program_help();

/// One verb: examples first, then what it takes.
std::string verb_help(const Verb& verb, const Terminal& terminal);

/// Version and compiler.
std::string version_text();

}  // namespace tpuscope
