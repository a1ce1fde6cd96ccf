// The keys by which a sweep changes a configuration. They are those of `--set` and of the switches,
// so that what is tried in a sweep can be written down for a single run. key.h says how to add one.

#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "passes/compile.h"
#include "profiles/sweep/axis.h"
#include "profiles/sweep/key.h"

namespace tpuscope {

/// Keys apart from the numbers of a chip (`chip.SECTION.NAME`) and switches (`passes.SWITCH`), in
/// the order of their names: those of profiles/sweep/keys, one file each, and the options of
/// grouping.
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
