// --budget: the time that a run may take.

#pragma once

#include <optional>

#include "base/result.h"
#include "base/units.h"
#include "cli/verb.h"

namespace tpuscope {

inline constexpr Flag kBudgetFlag{.name = "--budget",
                                  .value = "TIME",
                                  .help =
                                      "the time a run may take, as 5ms or 800us: says whether it "
                                      "is kept, and ends with status 1 where not"};

/// The budget that the command line names; none without the flag. "5ms", "0.8 s", "800us": a usage
/// error for anything else.
Result<std::optional<Picoseconds>> budget_of(const Arguments& arguments);

}  // namespace tpuscope
