// The table of keys, and how values reach a configuration.

#include "profiles/sweep/keys.h"

#include <algorithm>
#include <set>
#include <utility>

#include <fmt/core.h>

#include "base/text.h"
#include "passes/planner/option_text.h"

namespace tpuscope {
namespace {

constexpr std::string_view kChipPrefix = "chip.";
constexpr std::string_view kPassPrefix = "passes.";

Status apply_switch(const std::string& name, const std::string& value,
                    Configuration& configuration) {
  if (value != "on" && value != "off") {
    return Error{.code = ErrorCode::kUsage,
                 .message = in_quotes(value) + " is neither on nor off",
                 .hint = "switches take on and off"};
  }
  turn_switch(configuration, name, value == "on");
  return Ok{};
}

const SweepKey* key_called(std::string_view name) {
  const auto& keys = sweep_keys();
  const auto found =
      std::find_if(keys.begin(), keys.end(), [&](const SweepKey& key) { return key.name == name; });
  return found == keys.end() ? nullptr : &*found;
}

/// "passes.NAME" of a switch.
bool is_switch(std::string_view key) {
  return key.starts_with(kPassPrefix) && find_switch(key.substr(kPassPrefix.size())) != nullptr;
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
  return base.switches.has(key.substr(kPassPrefix.size())) ? "on" : "off";
}

SweepKey key_of_option(const GroupOption& option) {
  return {option.key, option.summary,
          [option](const std::string& value, Configuration& to) -> Status {
            TPU_TRY_STATUS(option.parse(value, to.groups));
            to.switches = switches_of(to);
            return Ok{};
          },
          [option](const Configuration& base, const Chip&, std::int64_t) {
            return option.text(with_switches(base.groups, base.switches));
          },
          option.key == kGroupMethodKey ? SweepKeyStage::kLast : SweepKeyStage::kMiddle};
}

}  // namespace

bool register_sweep_key(SweepKey key) {
  return SweepKeyRegistry::instance().add(std::move(key));
}

const std::vector<SweepKey>& sweep_keys() {
  static const std::vector<SweepKey> all = [] {
    std::vector<SweepKey> keys;
    for (const auto& [name, key] : SweepKeyRegistry::instance().all())
      keys.push_back(key);
    for (const GroupOption& option : group_option_table())
      keys.push_back(key_of_option(option));
    return keys;
  }();
  return all;
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
  const auto turn_of = [](const SweepAxis& axis) {
    const SweepKey* known = key_called(axis.key);
    return known != nullptr ? known->stage : SweepKeyStage::kMiddle;
  };
  Configuration configuration = base;
  for (const SweepKeyStage now :
       {SweepKeyStage::kFirst, SweepKeyStage::kMiddle, SweepKeyStage::kLast}) {
    for (std::size_t i = 0; i < axes.size(); ++i) {
      if (turn_of(axes[i]) != now) continue;
      TPU_TRY_STATUS(apply(axes[i].key, axes[i].values.at(values[i]), configuration));
    }
  }
  return configuration;
}

}  // namespace tpuscope
