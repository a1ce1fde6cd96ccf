// What users choose of a Chrome trace: how much it holds and which part of the run it shows. What
// is left out makes it smaller.

#pragma once

#include <limits>
#include <vector>

#include "base/units.h"
#include "base/writer.h"

namespace tpuscope {

enum class TraceDetail : std::uint8_t { kLayer, kOp, kCommand };
/// Arrows between engines: where a command stood waiting, or every dependency.
enum class TraceFlows : std::uint8_t { kOff, kCritical, kAll };

/// Part of the run that a trace shows: whatever has a picosecond in [from, until).
struct TraceRange {
  Picoseconds from{};
  Picoseconds until{std::numeric_limits<std::int64_t>::max()};
};

struct TraceOptions {
  TraceDetail detail = TraceDetail::kCommand;
  TraceFlows flows = TraceFlows::kCritical;
  TraceRange range{};
};

/// The flags of the options.
std::vector<WriterFlag> trace_flags();

/// Usage errors name the flag.
Result<TraceOptions> trace_options(const WriterOptions& options);

}  // namespace tpuscope
