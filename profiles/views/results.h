// Writers: views of results as bytes. Each is one file under profiles/views that registers
// itself; the program finds them by name or by the extension of an output file.

#pragma once

#include <limits>
#include <optional>
#include <string_view>
#include <vector>

#include "base/byte_sink.h"
#include "base/registry.h"
#include "base/terminal.h"
#include "profiles/report/op_table.h"
#include "profiles/report/report.h"
#include "profiles/whatif/comparison.h"
#include "profiles/whatif/critical_path.h"

namespace tpuscope {

/// What writers draw.
struct Results {
  const Profile* before = nullptr;         ///< null when only one configuration was run
  const Profile* after = nullptr;          ///< or the only run; never null
  SwitchStudy study{};                     ///< of what lies between the two; empty for one run
  std::vector<PrecisionRow> precisions{};  ///< the network in other precisions; empty for one run
  /// How the run's time follows the numbers of the chip, where that was asked for.
  std::optional<std::vector<Sensitivity>> sensitivities{};
};

/// How much a trace tells. What is left out makes it smaller.
enum class TraceDetail : std::uint8_t { kLayer, kOp, kCommand };
enum class TraceFlows : std::uint8_t { kOff, kCritical, kAll };

/// Part of the run that a trace shows: whatever has a picosecond in [from, until).
struct TraceRange {
  Picoseconds from{};
  Picoseconds until{std::numeric_limits<std::int64_t>::max()};
};

struct WriterOptions {
  Terminal terminal{};  ///< for views that people read
  OpQuery query{};      ///< of the operator table
  TraceDetail trace_detail = TraceDetail::kCommand;
  /// Arrows between engines: where a command stood waiting, or every dependency.
  TraceFlows trace_flows = TraceFlows::kCritical;
  TraceRange trace_range{};
};

struct Writer {
  std::string_view name{};
  std::string_view summary{};
  std::string_view extension{};  ///< with the dot; empty when none chooses it
  /// Text near the start of every file it writes, by which files are known as ours.
  std::string_view mark{};
  void (*write)(const Results& results, const WriterOptions& options, ByteSink& sink) = nullptr;
};
using WriterRegistry = Registry<Writer>;

inline bool register_writer(Writer writer) {
  return WriterRegistry::instance().add(writer);
}

}  // namespace tpuscope
