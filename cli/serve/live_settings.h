// What the panel of a live page offers and what it sends back. Settings are keys of a sweep with
// one value each, so that a page, a sweep and the flags of one run change a network in one way.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json_writer.h"
#include "base/result.h"
#include "passes/compile.h"

namespace tpuscope {

/// Keys and values, as `--vary` takes them.
using LiveSettings = std::vector<std::pair<std::string, std::string>>;

/// {"settings": {"chip.ddr.peak_gbps": "136"}} as a page sends it; errors for anything else.
Result<LiveSettings> parse_live_settings(std::string_view json);

/// `base` with the settings; the errors of a sweep's keys, each naming its key.
Result<Configuration> live_configuration(const Configuration& base, std::int64_t batch,
                                         const LiveSettings& settings);

/// The controls of the panel with their values in a configuration on its chip, an array. `batch`:
/// of the network.
void write_live_controls(JsonWriter& json, const Configuration& configuration, const Chip& chip,
                         std::int64_t batch);

/// The words of `tpuscope profile` that repeat a run of this configuration. `flags`: what else of
/// the command line decides it.
std::vector<std::string> live_command(const std::string& source, const Configuration& configuration,
                                      const std::vector<std::string>& flags);

}  // namespace tpuscope
