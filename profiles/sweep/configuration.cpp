// The table of keys, and how values reach a configuration.

#include "profiles/sweep/configuration.h"

#include <algorithm>
#include <set>

#include <fmt/core.h>

#include "base/text.h"
#include "passes/pipeline.h"
#include "passes/planner/option_text.h"

namespace tpuscope {
namespace {

constexpr std::string_view kChipPrefix = "chip.";
constexpr std::string_view kPassPrefix = "passes.";

Result<std::int64_t> whole_number(const std::string& value, std::int64_t least) {
  TPU_TRY(const double number, parse_number(value));
  if (number < static_cast<double>(least) || number > 1e15 ||
      number != static_cast<double>(static_cast<std::int64_t>(number))) {
    return Error{.code = ErrorCode::kUsage,
                 .message = in_quotes(value) + " is no whole number",
                 .hint = fmt::format("give one of at least {}", least)};
  }
  return static_cast<std::int64_t>(number);
}

/// "baseline+sink_permute-fuse_relu" as parse_switches wants it: commas part the values of an axis.
std::string specification_of(const std::string& value) {
  std::string text;
  for (const char letter : value) {
    if ((letter == '+' || letter == '-') && !text.empty()) text += ',';
    text += letter;
  }
  return text;
}

/// The name of a preset with these switches, or how they differ from the nearest.
std::string specification_of(const std::vector<std::string>& switches) {
  const auto has = [](const std::vector<std::string>& names, const std::string& name) {
    return std::find(names.begin(), names.end(), name) != names.end();
  };
  std::string best;
  std::size_t fewest = ~std::size_t{0};
  for (const Preset& preset : presets()) {
    std::string text(preset.name);
    std::size_t differences = 0;
    for (const std::string& name : switch_names()) {
      if (has(switches, name) == has(preset.switches, name)) continue;
      text += (has(switches, name) ? "+" : "-") + name;
      ++differences;
    }
    if (differences < fewest) best = text;
    fewest = std::min(fewest, differences);
  }
  return best;
}

Status apply_switch(const std::string& name, const std::string& value,
                    Configuration& configuration) {
  if (value != "on" && value != "off") {
    return Error{.code = ErrorCode::kUsage,
                 .message = in_quotes(value) + " is neither on nor off",
                 .hint = "switches take on and off"};
  }
  std::set<std::string> chosen(configuration.switches.begin(), configuration.switches.end());
  if (value == "on") chosen.insert(name);
  if (value == "off") chosen.erase(name);
  configuration.switches.clear();
  for (const std::string& known : switch_names()) {
    if (chosen.contains(known)) configuration.switches.push_back(known);
  }
  return Ok{};
}

const SweepKey* key_called(std::string_view name) {
  const auto& keys = sweep_keys();
  const auto found =
      std::find_if(keys.begin(), keys.end(), [&](const SweepKey& key) { return key.name == name; });
  return found == keys.end() ? nullptr : &*found;
}

bool is_switch(std::string_view key) {
  if (!key.starts_with(kPassPrefix)) return false;
  const std::vector<std::string> names = switch_names();
  return std::find(names.begin(), names.end(), key.substr(kPassPrefix.size())) != names.end();
}

const ChipValue* chip_value(const Chip& chip, std::string_view key) {
  if (key.starts_with(kChipPrefix)) key.remove_prefix(kChipPrefix.size());
  const auto found = std::find_if(chip.values.begin(), chip.values.end(),
                                  [&](const ChipValue& value) { return value.path == key; });
  return found == chip.values.end() ? nullptr : &*found;
}

Status apply(const std::string& key, const std::string& value, Configuration& configuration) {
  if (const SweepKey* known = key_called(key)) return known->apply(value, configuration);
  if (is_switch(key)) return apply_switch(key.substr(kPassPrefix.size()), value, configuration);
  TPU_TRY_STATUS([&]() -> Status {
    TPU_TRY([[maybe_unused]] const double number, parse_number(value));
    return Ok{};
  }());
  configuration.overrides.emplace_back(key, value);
  return Ok{};
}

Error unknown_key(const std::string& key, const Chip& chip) {
  std::vector<std::string> known;
  for (const SweepKey& entry : sweep_keys())
    known.emplace_back(entry.name);
  for (const std::string& name : switch_names())
    known.push_back(std::string(kPassPrefix) + name);
  for (const ChipValue& value : chip.values)
    known.push_back(std::string(kChipPrefix) + value.path);
  const std::string suggestion = did_you_mean(key, known);
  // All of them would be a hundred.
  const bool is_far = suggestion.starts_with("known");
  return Error{.code = ErrorCode::kUsage,
               .message = "nothing is called " + in_quotes(key),
               .where = "--vary",
               .hint = is_far ? "`tpuscope list sweep-keys` shows what can be varied" : suggestion};
}

std::string base_value(const std::string& key, const Configuration& base, const Chip& chip,
                       std::int64_t batch) {
  if (const SweepKey* known = key_called(key)) return known->value(base, chip, batch);
  if (!is_switch(key)) return number_text(chip_value(chip, key)->value);
  const std::string name = key.substr(kPassPrefix.size());
  return std::find(base.switches.begin(), base.switches.end(), name) != base.switches.end() ? "on"
                                                                                            : "off";
}

using Base = const Configuration&;
using Machine = const Chip&;

}  // namespace

const std::vector<SweepKey>& sweep_keys() {
  static const std::vector<SweepKey> keys = {
      {"chip", "a built-in chip or a chip file",
       [](const std::string& value, Configuration& to) -> Status {
         to.chip = value;
         return Ok{};
       },
       [](Base base, Machine, std::int64_t) { return base.chip; }},
      {"cores", "cores of the chip that are used",
       [](const std::string& value, Configuration& to) -> Status {
         TPU_TRY(to.cores, whole_number(value, 1));
         return Ok{};
       },
       [](Base, Machine chip, std::int64_t) { return std::to_string(chip.array.cores); }},
      {"batch", "images at once",
       [](const std::string& value, Configuration& to) -> Status {
         TPU_TRY(to.batch, whole_number(value, 1));
         return Ok{};
       },
       [](Base base, Machine, std::int64_t batch) {
         return std::to_string(base.batch.value_or(batch));
       }},
      {"precision", "element types on the chip: f32, f16, bf16, int8",
       [](const std::string& value, Configuration& to) -> Status {
         TPU_TRY(to.precision.precision, parse_precision(value));
         to.precision.int8 = Int8Choice::kRules;
         return Ok{};
       },
       [](Base base, Machine, std::int64_t) {
         return std::string(precision_name(base.precision.precision));
       }},
      {"passes", "a preset, with switches added or taken away: baseline+sink_permute",
       [](const std::string& value, Configuration& to) -> Status {
         TPU_TRY(to.switches, parse_switches(specification_of(value)));
         return Ok{};
       },
       [](Base base, Machine, std::int64_t) { return specification_of(base.switches); }},
      {"passes.layer_group.method", "how groups are searched: alone, greedy, dp, optimal",
       [](const std::string& value, Configuration& to) -> Status {
         TPU_TRY(to.groups.method, parse_group_method(value));
         return Ok{};
       },
       [](Base base, Machine, std::int64_t) { return std::string(name_of(base.groups.method)); }},
      {"passes.layer_group.max_ops", "largest number of operators in a group; 0: no limit",
       [](const std::string& value, Configuration& to) -> Status {
         TPU_TRY(to.groups.max_ops, whole_number(value, 0));
         return Ok{};
       },
       [](Base base, Machine, std::int64_t) { return std::to_string(base.groups.max_ops); }},
      {"passes.layer_group.local_kib", "local memory per lane that groups may use; 0: all",
       [](const std::string& value, Configuration& to) -> Status {
         TPU_TRY(const std::int64_t kib, whole_number(value, 0));
         to.groups.local_bytes = kib * 1024;
         return Ok{};
       },
       [](Base base, Machine, std::int64_t) {
         return std::to_string(base.groups.local_bytes / 1024);
       }},
      {"passes.layer_group.slices", "slices along n, c, d, h, w of every group, as 4x1x1x2x1",
       [](const std::string& value, Configuration& to) -> Status {
         to.groups.slices.reset();
         if (value == "free") return Ok{};
         TPU_TRY(to.groups.slices, parse_slice_counts(value, 'x'));
         return Ok{};
       },
       [](Base base, Machine, std::int64_t) {
         if (!base.groups.slices) return std::string("free");
         const SliceCounts& s = *base.groups.slices;
         return fmt::format("{}x{}x{}x{}x{}", s[0], s[1], s[2], s[3], s[4]);
       }},
  };
  return keys;
}

Status check_axes(std::vector<SweepAxis>& axes, const Configuration& base, std::int64_t batch) {
  TPU_TRY(const Chip chip, chip_of(base));
  Errors errors;
  std::set<std::string> seen;
  for (SweepAxis& axis : axes) {
    if (axis.key == "preset") axis.key = "passes";
    const bool is_chip_value = key_called(axis.key) == nullptr && chip_value(chip, axis.key);
    if (is_chip_value && !axis.key.starts_with(kChipPrefix)) {
      axis.key.insert(0, kChipPrefix);
    }
    if (key_called(axis.key) == nullptr && !is_switch(axis.key) && !is_chip_value) {
      errors.push_back(unknown_key(axis.key, chip));
      continue;
    }
    if (!seen.insert(axis.key).second) {
      errors.push_back({.code = ErrorCode::kUsage,
                        .message = axis.key + " is varied twice",
                        .where = "--vary",
                        .hint = "list all its values in one --vary"});
    }
    axis.base = base_value(axis.key, base, chip, batch);
    for (const std::string& value : axis.values) {
      Configuration tried = base;
      const Status status = with_location(apply(axis.key, value, tried), "--vary " + axis.key);
      if (!status.ok()) errors.insert(errors.end(), status.errors().begin(), status.errors().end());
    }
  }
  if (!errors.empty()) return errors;
  return Ok{};
}

Result<Configuration> configured(const Configuration& base, const std::vector<SweepAxis>& axes,
                                 const std::vector<std::size_t>& values) {
  Configuration configuration = base;
  for (const bool presets_turn : {true, false}) {
    for (std::size_t i = 0; i < axes.size(); ++i) {
      if ((axes[i].key == "passes") != presets_turn) continue;
      TPU_TRY_STATUS(apply(axes[i].key, axes[i].values.at(values[i]), configuration));
    }
  }
  return configuration;
}

Result<Chip> chip_of(const Configuration& configuration) {
  Result<Chip> chip = load_chip(configuration.chip, configuration.overrides);
  if (!chip.ok() || !configuration.cores) return chip;
  if (*configuration.cores > chip->array.cores) {
    return Error{.code = ErrorCode::kUsage,
                 .message = fmt::format("{} cores of {}, which has {}", *configuration.cores,
                                        chip->name, chip->array.cores)};
  }
  ChipOverrides overrides = configuration.overrides;
  overrides.emplace_back("array.cores", std::to_string(*configuration.cores));
  return load_chip(configuration.chip, overrides);
}

}  // namespace tpuscope
