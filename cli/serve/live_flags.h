// Flags that make a page live: it carries the engine and the network, and answers what-if questions
// wherever it is opened.

#pragma once

#include <optional>
#include <vector>

#include "cli/session.h"
#include "cli/verb.h"
#include "profiles/views/results.h"

namespace tpuscope {

std::vector<Flag> live_flags();

/// The engine where the command line asks for live pages; usage errors where there is no page or no
/// engine. Before anything is run.
Result<std::optional<LivePart>> live_engine(const Arguments& arguments);

/// Adds what the page of this run starts from. `run`: the judged one, which outlives `part`.
Status complete(LivePart& part, const Session& session, const SessionRun& run,
                const Arguments& arguments);

}  // namespace tpuscope
