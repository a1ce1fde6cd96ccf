// Checks of what the program writes and reads besides networks: traces, reports, chips.

#pragma once

#include "cli/verb.h"

namespace tpuscope {

inline constexpr Flag kKindFlag{.name = "--kind",
                                .value = "network|trace|report|chip",
                                .help = "what the files are",
                                .fallback = "network"};

/// Whether `--kind` is networks, which are not checked here. Unknown kinds are errors.
Result<bool> wants_networks(const Arguments& arguments);

/// Checks every file, prints a line for each and what is wrong with it.
Result<ExitCode> check_files(const Arguments& arguments, Console& console);

}  // namespace tpuscope
