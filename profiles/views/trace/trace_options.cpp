// Flags of the trace, and their values from text.

#include "profiles/views/trace/trace_options.h"

#include <optional>
#include <string>
#include <utility>

#include <fmt/core.h>

#include "base/number.h"
#include "base/text.h"

namespace tpuscope {
namespace {

constexpr WriterFlag kTraceDetail{.name = "--trace-detail",
                                  .value = "layer|op|command",
                                  .help = "how much detail the trace has; less makes it smaller",
                                  .fallback = "command"};
constexpr WriterFlag kTraceFlows{.name = "--trace-flows",
                                 .value = "none|critical|all",
                                 .help =
                                     "arrows between engines: where one stalls, or every "
                                     "dependency",
                                 .fallback = "critical"};
constexpr WriterFlag kTraceRange{
    .name = "--trace-range",
    .value = "FROM:TO",
    .help = "only this part of the timeline, as 1ms:1.5ms; makes the trace smaller"};

/// The value of a flag that takes one of a few words.
template <typename T>
Result<T> choice_of(const WriterOptions& options, const WriterFlag& flag,
                    const std::vector<std::pair<std::string, T>>& choices) {
  const std::string word = options.text(flag);
  std::vector<std::string> names;
  for (const auto& [name, value] : choices) {
    if (name == word) return value;
    names.push_back(name);
  }
  return Error{.code = ErrorCode::kUsage,
               .message = fmt::format("{} is {}", flag.name, in_quotes(word)),
               .hint = did_you_mean(word, names)};
}

/// "1.5ms" in picoseconds; nothing for other texts.
std::optional<std::int64_t> picoseconds_in(std::string_view text) {
  constexpr double kLongest = 1e18;
  const std::optional<double> value = take_number<double>(text);
  const double unit = picoseconds_of_unit(text);
  const double time = value.value_or(0) * unit;
  const bool is_time = value && unit > 0 && time >= 0 && time < kLongest;
  return is_time ? std::optional(static_cast<std::int64_t>(time)) : std::nullopt;
}

Result<TraceRange> range_of(const std::string& text) {
  const std::size_t colon = text.find(':');
  if (colon != std::string::npos) {
    const auto from = picoseconds_in(std::string_view(text).substr(0, colon));
    const auto until = picoseconds_in(std::string_view(text).substr(colon + 1));
    if (from && until && *from < *until) return TraceRange{{*from}, {*until}};
  }
  return Error{.code = ErrorCode::kUsage,
               .message = fmt::format("{} is {}", kTraceRange.name, in_quotes(text)),
               .hint = "write two times in ns, us (or µs) or ms, the first one earlier: 1ms:1.5ms"};
}

}  // namespace

std::vector<WriterFlag> trace_flags() {
  return {kTraceDetail, kTraceFlows, kTraceRange};
}

Result<TraceOptions> trace_options(const WriterOptions& options) {
  TraceOptions trace;
  TPU_TRY(trace.detail, choice_of<TraceDetail>(options, kTraceDetail,
                                               {{"layer", TraceDetail::kLayer},
                                                {"op", TraceDetail::kOp},
                                                {"command", TraceDetail::kCommand}}));
  TPU_TRY(trace.flows, choice_of<TraceFlows>(options, kTraceFlows,
                                             {{"none", TraceFlows::kOff},
                                              {"critical", TraceFlows::kCritical},
                                              {"all", TraceFlows::kAll}}));
  const std::string range = options.text(kTraceRange);
  if (!range.empty()) {
    TPU_TRY(trace.range, range_of(range));
  }
  return trace;
}

}  // namespace tpuscope
