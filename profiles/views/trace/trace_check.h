// Checker of Chrome traces: the rules that viewers need and seldom report. Used by tests on our own
// traces and when a viewer shows a trace wrongly.

#pragma once

#include <optional>
#include <string_view>

#include "base/result.h"
#include "base/units.h"

namespace tpuscope {

struct TraceExpectations {
  /// Rows, by name, on which spans must not even nest.
  std::vector<std::string> exclusive_tracks{"BDC", "GDMA load", "GDMA store", "GDMA other"};
  std::optional<Picoseconds> makespan{};  ///< where the last span must end, to the nanosecond
  std::optional<std::size_t> commands{};  ///< how many spans the exclusive rows must hold
};

/// Every rule that the trace breaks, with the index of the event as a JSON pointer:
/// form of the file, known phases and finite times with at most three decimals, named tracks,
/// nesting, lengths, flows in pairs inside spans, counters that keep their keys and end at zero,
/// readable names, agreement with the expectations, metadata.
Status check_trace(std::string_view json, std::string_view where,
                   const TraceExpectations& expectations = {});

}  // namespace tpuscope
