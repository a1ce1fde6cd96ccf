// Conditions on which a comparison fails, for gates in continuous integration.

#include <cmath>
#include <optional>

#include <fmt/core.h>

#include "base/figures.h"
#include "base/number.h"
#include "base/text.h"
#include "profiles/diff/diff.h"

namespace tpuscope {
namespace {

Error malformed(const std::string& text) {
  return {.code = ErrorCode::kUsage,
          .message = "the condition is " + in_quotes(sanitised_utf8(text)),
          .hint =
              "write METRIC>+2%, METRIC>+10us or METRIC<5ms: a sign judges the change, no sign "
              "the new value"};
}

}  // namespace

Result<FailCondition> parse_condition(const std::string& text) {
  const std::size_t sign = text.find_first_of("<>");
  if (sign == std::string::npos || sign == 0) return malformed(text);
  FailCondition condition{.text = text, .metric = text.substr(0, sign)};
  condition.is_above = text[sign] == '>';
  if (condition.metric == "makespan" || condition.metric == "time") condition.metric = "time_ps";
  std::string_view rest = std::string_view(text).substr(sign + 1);
  condition.is_change = !rest.empty() && (rest[0] == '+' || rest[0] == '-');
  if (!rest.empty() && rest[0] == '+') rest.remove_prefix(1);
  const std::optional<double> limit = take_number<double>(rest);
  if (!limit || !std::isfinite(*limit)) return malformed(text);
  condition.limit = *limit;
  const std::string_view unit = rest;
  if (unit == "%") {
    condition.is_percent = true;
    condition.is_change = true;
  } else if (!unit.empty()) {
    const bool is_time = condition.metric.size() > 3 &&
                         condition.metric.substr(condition.metric.size() - 3) == "_ps";
    if (!is_time || picoseconds_of_unit(unit) == 0) return malformed(text);
    condition.limit *= picoseconds_of_unit(unit);
  }
  return condition;
}

namespace {

std::string judged_text(std::string_view metric, double value) {
  const bool is_whole = metric.ends_with("_ps") || metric.ends_with("_bytes");
  return is_whole ? amount_text(metric, std::llround(value)) : fmt::format("{:.4g}", value);
}

}  // namespace

Result<std::string> failure_of(const FailCondition& condition, const Diff& diff) {
  // A change from a board to the simulator, or back, is that of what both have.
  const bool is_mixed = condition.is_change && diff.base->is_measured != diff.now->is_measured;
  const auto judged = [&](const RunSummary& run) {
    return is_mixed ? run.without_launch().judged(condition.metric) : run.judged(condition.metric);
  };
  const std::optional<double> base = judged(*diff.base);
  const std::optional<double> now = judged(*diff.now);
  if (!now || (condition.is_change && !base)) {
    std::vector<std::string> names;
    for (const DiffFigure& figure : diff.figures)
      names.push_back(figure.name);
    return Error{.code = ErrorCode::kUsage,
                 .message = fmt::format("a run has no {}", in_quotes(condition.metric)),
                 .hint = did_you_mean(condition.metric, names)};
  }
  double value = *now;
  if (condition.is_change) value -= *base;
  if (condition.is_percent) {
    // From nothing to something is more than any percentage.
    value = *base == 0 ? (value > 0 ? HUGE_VAL : 0) : 100 * value / *base;
  }
  const bool fails = condition.is_above ? value > condition.limit : value < condition.limit;
  if (!fails) return std::string();
  if (!condition.is_change) {
    return fmt::format("{}: {}", condition.text, judged_text(condition.metric, *now));
  }
  return fmt::format("{}: {} -> {}", condition.text, judged_text(condition.metric, *base),
                     judged_text(condition.metric, *now));
}

}  // namespace tpuscope
