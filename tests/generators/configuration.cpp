// Draws and spells configurations: see configuration.h.

#include "tests/generators/configuration.h"

#include <sstream>

#include <fmt/core.h>

namespace tpuscope::generators {
namespace {

Status read_pair(const std::string& key, const std::string& value, Configuration& configuration) {
  if (key == "chip") {
    configuration.chip = value;
  } else if (key == "set") {
    const std::size_t equals = value.find('=');
    if (equals == std::string::npos) return Error{.message = "not KEY=VALUE: " + value};
    configuration.overrides.emplace_back(value.substr(0, equals), value.substr(equals + 1));
  } else if (key == "precision") {
    TPU_TRY(configuration.precision.precision, parse_precision(value));
  } else if (key == "io") {
    TPU_TRY(configuration.precision.boundary, parse_boundary(value));
  } else if (key == "switches") {
    TPU_TRY(configuration.switches, parse_switches(value));
  } else if (key == "method") {
    for (const GroupMethodName& known : group_methods()) {
      if (known.name == value) configuration.groups.method = known.method;
    }
  } else {
    return Error{.message = "no key of a configuration: " + key};
  }
  return Ok{};
}

}  // namespace

std::string configuration_text(const Configuration& configuration) {
  const bool is_native = configuration.precision.boundary == Boundary::kNative;
  std::string line =
      fmt::format("chip={} precision={} io={} switches={}", configuration.chip,
                  precision_name(configuration.precision.precision),
                  is_native ? "native" : "source", specification_of(configuration.switches));
  if (configuration.groups.method) {
    line += fmt::format(" method={}", name_of(*configuration.groups.method));
  }
  for (const auto& [path, value] : configuration.overrides)
    line += fmt::format(" set={}={}", path, value);
  return line;
}

Result<Configuration> parse_configuration(std::string_view text) {
  Configuration configuration;
  std::istringstream words{std::string(text)};
  std::string word;
  while (words >> word) {
    const std::size_t equals = word.find('=');
    if (equals == std::string::npos) return Error{.message = "not KEY=VALUE: " + word};
    TPU_TRY_STATUS(read_pair(word.substr(0, equals), word.substr(equals + 1), configuration));
  }
  return configuration;
}

Configuration draw_configuration(Choices& choices) {
  Configuration configuration;
  configuration.precision.precision =
      choices.one_of(std::vector<DType>{DType::kF16, DType::kF32, DType::kI8, DType::kBF16});
  if (choices.chance(40)) configuration.precision.boundary = Boundary::kNative;
  if (choices.chance(25)) {
    configuration.chip = choices.one_of(builtin_chip_names());
  }
  if (choices.chance(60)) {
    configuration.overrides.emplace_back(
        "local_memory.kib_per_lane",
        choices.one_of<std::string>({"128", "64", "32", "16", "8", "4", "2"}));
  }
  if (choices.chance(20)) {
    configuration.overrides.emplace_back("array.lanes",
                                         choices.one_of<std::string>({"32", "16", "4", "1"}));
  }
  if (choices.chance(20)) {
    configuration.overrides.emplace_back("array.cores",
                                         choices.one_of<std::string>({"2", "3", "8"}));
  }
  std::vector<SwitchSet> sets;
  for (const Preset& preset : presets())
    sets.insert(sets.begin(), preset.switches);  // all on is the plain case
  configuration.switches = choices.one_of(sets);
  if (choices.chance(25)) {
    const std::string name = choices.one_of(switch_names());
    configuration.switches.set(name, !configuration.switches.has(name));
  }
  if (choices.chance(60)) {
    configuration.groups.method = choices.one_of<GroupMethod>(
        {GroupMethod::kDp, GroupMethod::kGreedy, GroupMethod::kOptimal, GroupMethod::kAlone});
  }
  return configuration;
}

}  // namespace tpuscope::generators
