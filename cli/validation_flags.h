// Flags of the verbs that hold the simulator against a measured table.

#pragma once

#include <vector>

#include "cli/verb.h"
#include "profiles/accuracy/prediction.h"

namespace tpuscope {

inline constexpr Flag kMeasuredFlag{
    .name = "--measured", .value = "FILE", .help = "table of measured latencies, as CSV"};

/// The flags that validation_options and measured_rows read.
std::vector<Flag> measured_flags();

Result<ValidationOptions> validation_options(const Arguments& arguments);

/// Rows of the table that the command line leaves, of some chips or (none named) of all; with
/// folders of streams those that have one. An error when there are none.
Result<std::vector<Measurement>> measured_rows(const Arguments& arguments,
                                               const ValidationOptions& options,
                                               const std::vector<std::string>& chips = {});

}  // namespace tpuscope
