// The keys by which a sweep changes a configuration. They are those of `--set` and of the switches,
// so that what is tried in a sweep can be written down for a single run.

#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "passes/compile.h"
#include "profiles/sweep/axis.h"

namespace tpuscope {

/// Keys apart from the numbers of a chip (`chip.SECTION.NAME`) and switches (`passes.SWITCH`).
struct SweepKey {
  std::string_view name{};
  std::string_view summary{};
  std::function<Status(const std::string& value, Configuration& configuration)> apply{};
  /// The value of a configuration that has `chip` and a network of `batch` images.
  std::function<std::string(const Configuration& configuration, const Chip& chip,
                            std::int64_t batch)>
      value{};
};
const std::vector<SweepKey>& sweep_keys();

/// Gives every axis its key in full ("ddr.peak_gbps" is "chip.ddr.peak_gbps", "preset" is "passes")
/// and its base value, and tries each value. kUsage errors for unknown keys, two axes of one key
/// and values of the wrong kind. Whether a machine is possible is left to the points.
Status check_axes(std::vector<SweepAxis>& axes, const Configuration& base, std::int64_t batch);

/// `base` with one value per axis. Presets are applied before single switches, and the method of
/// groups after them, whatever the order.
Result<Configuration> configured(const Configuration& base, const std::vector<SweepAxis>& axes,
                                 const std::vector<std::size_t>& values);

}  // namespace tpuscope
