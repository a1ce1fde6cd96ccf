// SweepMetric: a figure of one simulation that sweeps tabulate, draw and judge by.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "profiles/report/metrics.h"

namespace tpuscope {

struct SweepMetric {
  std::string_view name{};   ///< with its unit: "time_ps"
  std::string_view title{};  ///< for people
  std::string_view summary{};
  bool larger_is_better = false;
  bool is_whole = true;  ///< an integer, below 2^53
  double (*value)(const Summary& summary, const Simulation& simulation,
                  std::int64_t batch) = nullptr;
  std::optional<Step> step{};  ///< of the waterfall, where it is one
};

/// The first is the time.
const std::vector<SweepMetric>& sweep_metrics();

/// Index of a metric in sweep_metrics(); kUsage errors with a suggestion.
Result<std::size_t> parse_sweep_metric(std::string_view name);

/// "3.52 ms", "1.2 MiB", "38.0 %" or a number, by the unit in the metric's name.
std::string metric_text(const SweepMetric& metric, double value);

/// Values of all metrics, in their order.
std::vector<double> figures_of(const Summary& summary, const Simulation& simulation,
                               std::int64_t batch);

}  // namespace tpuscope
