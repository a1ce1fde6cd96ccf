// Draws and spells configurations: see configuration.h.

#include "tests/generators/configuration.h"

#include <sstream>

#include <fmt/core.h>

#include "passes/pipeline.h"
#include "passes/planner/plan_groups.h"

namespace tpuscope::generators {
namespace {

constexpr GroupMethod kMethods[] = {GroupMethod::kAlone, GroupMethod::kGreedy, GroupMethod::kDp,
                                    GroupMethod::kOptimal};

Status read_pair(const std::string& key, const std::string& value, Configuration& configuration) {
  if (key == "chip") {
    configuration.chip = value;
  } else if (key == "set") {
    const std::size_t equals = value.find('=');
    configuration.overrides.emplace_back(value.substr(0, equals), value.substr(equals + 1));
  } else if (key == "precision") {
    TPU_TRY(configuration.precision, parse_precision(value));
  } else if (key == "io") {
    TPU_TRY(configuration.boundary, parse_boundary(value));
  } else if (key == "switches") {
    configuration.switches = value;
  } else if (key == "method") {
    for (const GroupMethod method : kMethods) {
      if (name_of(method) == value) configuration.method = method;
    }
  } else {
    return Error{.message = "no key of a configuration: " + key};
  }
  return Ok{};
}

}  // namespace

std::string Configuration::text() const {
  std::string line = fmt::format(
      "chip={} precision={} io={} switches={} method={}", chip, precision_name(precision),
      boundary == Boundary::kNative ? "native" : "source", switches, name_of(method));
  for (const auto& [path, value] : overrides)
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
  configuration.precision =
      choices.one_of(std::vector<DType>{DType::kF16, DType::kF32, DType::kI8, DType::kBF16});
  if (choices.chance(40)) configuration.boundary = Boundary::kNative;
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
  configuration.switches =
      choices.one_of<std::string>({"optimized", "optimized", "baseline", "none"});
  if (choices.chance(25)) {
    // Any one switch the other way.
    configuration.switches += choices.chance(50) ? ",+" : ",-";
    configuration.switches += choices.one_of(switch_names());
  }
  configuration.method =
      choices.one_of<GroupMethod>({GroupMethod::kDp, GroupMethod::kDp, GroupMethod::kGreedy,
                                   GroupMethod::kOptimal, GroupMethod::kAlone});
  return configuration;
}

}  // namespace tpuscope::generators
