// The table of controls; values go the road of sweep keys.

#include "cli/serve/live_settings.h"

#include <algorithm>
#include <array>
#include <optional>

#include <fmt/core.h>

#include "base/check.h"
#include "base/strict_json.h"
#include "base/text.h"
#include "cli/common_flags.h"
#include "cli/session.h"
#include "passes/planner/option_text.h"
#include "profiles/sweep/keys.h"

namespace tpuscope {
namespace {

constexpr std::string_view kChipKey = "chip.";
constexpr std::string_view kSwitchKey = "passes.";

/// A number of the chip that the panel offers.
struct ChipControl {
  std::string_view path{};
  std::string_view title{};
  std::string_view unit{};
  bool is_whole = false;
};
constexpr std::array<ChipControl, 8> kChipControls = {{
    {"ddr.peak_gbps", "DDR alone", "GB/s", false},
    {"local_memory.kib_per_lane", "Local memory per lane", "KiB", true},
    {"array.lanes", "Lanes", "", true},
    {"clock.tiu_mhz", "Clock of BDC", "MHz", false},
    {"clock.dma_mhz", "Clock of GDMA", "MHz", false},
    {"command.load_bytes_per_cycle", "GDMA loads", "B/cycle", false},
    {"command.store_bytes_per_cycle", "GDMA stores", "B/cycle", false},
    {"command.copy_bytes_per_cycle", "GDMA copies", "B/cycle", false},
}};

/// A faster DDR is of no use to a GDMA that takes no more: what people mean by bandwidth is all of
/// these, by one factor. The first gives the control its figure.
constexpr std::array<std::string_view, 4> kBandwidth = {
    "ddr.peak_gbps", "command.load_bytes_per_cycle", "command.store_bytes_per_cycle",
    "command.copy_bytes_per_cycle"};

/// What the panel calls an option of grouping.
struct GroupTitle {
  std::string_view key{};
  std::string_view title{};
};
constexpr std::array<GroupTitle, 5> kGroupTitles = {{
    {kGroupMethodKey, "Group method"},
    {"passes.layer_group.plan_by", "Groups chosen by"},
    {"passes.layer_group.max_ops", "Largest group"},
    {"passes.layer_group.local_kib", "Local memory for groups (KiB)"},
    {"passes.layer_group.slices", "Slices of every group"},
}};

std::vector<std::string> choices_of(std::string_view key) {
  if (key == "chip") return builtin_chip_names();
  if (key == "precision") return {"f32", "f16", "bf16", "int8"};
  if (key == "passes.layer_group.plan_by") return {"compiler", "silicon"};
  std::vector<std::string> names;
  if (key == kGroupMethodKey) {
    for (const GroupMethodName& method : group_methods())
      names.emplace_back(method.name);
  }
  return names;
}

/// One control: where it belongs, its key and what it shows.
struct Control {
  std::string section{};
  std::string key{};
  std::string title{};
  std::string help{};
  std::string value{};
};

void write_control(JsonWriter& json, const Control& control, std::string_view kind,
                   const std::vector<std::string>& choices = {}) {
  json.member("section", control.section);
  json.member("key", control.key);
  json.member("title", control.title);
  json.member("help", control.help);
  json.member("kind", kind);
  json.member("value", control.value);
  json.member("choices", choices);
}

std::string kind_of(std::string_view key) {
  if (!choices_of(key).empty()) return "choice";
  return key.ends_with(".slices") ? "text" : "whole";
}

/// A control of a key that has no number of the chip behind it.
void write_key(JsonWriter& json, const std::string& section, std::string_view name,
               const std::string& title, const Configuration& configuration, const Chip& chip,
               std::int64_t batch) {
  for (const SweepKey& key : sweep_keys()) {
    if (key.name != name) continue;
    json.object([&] {
      write_control(json,
                    {.section = section,
                     .key = std::string(name),
                     .title = title,
                     .help = std::string(key.summary),
                     .value = key.value(configuration, chip, batch)},
                    kind_of(name), choices_of(name));
    });
  }
}

void write_chip_value(JsonWriter& json, const ChipControl& control, const Chip& chip) {
  for (const ChipValue& value : chip.values) {
    if (value.path != control.path) continue;
    json.object([&] {
      write_control(json,
                    {.section = "Machine",
                     .key = std::string(kChipKey) + value.path,
                     .title = std::string(control.title),
                     .help = fmt::format("{}: {}", name_of(value.evidence), value.source),
                     .value = number_text(value.value)},
                    control.is_whole ? "whole" : "number");
      json.member("unit", control.unit);
    });
  }
}

double value_of(const Chip& chip, std::string_view path) {
  const auto found = std::find_if(chip.values.begin(), chip.values.end(),
                                  [&](const ChipValue& value) { return value.path == path; });
  TPU_CHECK(found != chip.values.end(), "chips have no {}", path);
  return found->value;
}

void write_bandwidth(JsonWriter& json, const Chip& chip) {
  json.object([&] {
    write_control(json,
                  {.section = "Machine",
                   .key = "bandwidth",
                   .title = "Bandwidth",
                   .help = "the DDR's peak and what the GDMA loads, stores and copies per cycle, "
                           "all by one factor",
                   .value = number_text(value_of(chip, kBandwidth.front()))},
                  "number");
    json.member("unit", "GB/s");
    json.object("parts", [&] {
      for (const std::string_view path : kBandwidth)
        json.member(std::string(kChipKey) + std::string(path), number_text(value_of(chip, path)));
    });
  });
}

void write_switches(JsonWriter& json, const Configuration& configuration) {
  const SwitchSet on = switches_of(configuration);
  for (const Switch& each : switches()) {
    json.object([&] {
      write_control(json,
                    {.section = "Switches",
                     .key = std::string(kSwitchKey) + std::string(each.name),
                     .title = std::string(each.name),
                     .help = std::string(each.summary),
                     .value = on.has(each.name) ? "on" : "off"},
                    "switch");
      json.member("family", each.family_name());
    });
  }
}

/// The words of group options that are not as they are without them.
void add_group_words(const Configuration& configuration, std::vector<std::string>& words) {
  const GroupOptions plain;
  for (const GroupOption& option : group_option_table()) {
    const std::string value = option.text(configuration.groups);
    const bool is_method = option.key == kGroupMethodKey;
    if (is_method ? !configuration.groups.method : value == option.text(plain)) continue;
    words.emplace_back(option.flag);
    words.push_back(value);
  }
}

/// Flags that live_command writes itself.
bool is_written_anyway(std::string_view flag) {
  const auto options = group_option_table();
  return flag == kBatchFlag.name || flag == kPrecisionFlag.name || flag == kGroupSizeFlag.name ||
         std::any_of(options.begin(), options.end(),
                     [&](const GroupOption& option) { return option.flag == flag; });
}

}  // namespace

Result<LiveSettings> parse_live_settings(std::string_view json) {
  TPU_TRY(const nlohmann::ordered_json parsed, parse_json(json, "settings"));
  const JsonReader reader(parsed, "settings");
  TPU_TRY_STATUS(reader.expect_keys({"settings"}));
  TPU_TRY(const JsonReader members, reader.at("settings"));
  if (!members.json().is_object()) return members.error("is no object of keys and values");
  LiveSettings settings;
  for (const auto& [key, value] : members.json().items()) {
    TPU_TRY(std::string text, JsonReader(value, "settings", "/settings/" + key).text());
    settings.emplace_back(key, std::move(text));
  }
  return settings;
}

Result<Configuration> live_configuration(const Configuration& base, std::int64_t batch,
                                         const LiveSettings& settings) {
  std::vector<SweepAxis> axes;
  for (const auto& [key, value] : settings)
    axes.push_back({.key = key, .values = {value}});
  // Numbers and cores are of the chip that the settings choose.
  Configuration on_chip = base;
  for (const auto& [key, value] : settings) {
    if (key == "chip" && value != base.chip) {
      on_chip.chip = value;
      on_chip.cores.reset();
    }
  }
  if (Status checked = check_axes(axes, on_chip, batch); !checked.ok()) {
    Errors errors = checked.errors();
    for (Error& error : errors) {
      // The user moved a control and wrote no flag.
      if (error.where.starts_with("--vary ")) error.where.erase(0, 7);
    }
    return errors;
  }
  return configured(on_chip, axes, std::vector<std::size_t>(axes.size(), 0));
}

void write_live_controls(JsonWriter& json, const Configuration& configuration, const Chip& chip,
                         std::int64_t batch) {
  const auto write = [&](const std::string& section, std::string_view key,
                         const std::string& title) {
    write_key(json, section, key, title, configuration, chip, batch);
  };
  json.array([&] {
    write("Network", "precision", "Precision");
    write("Network", "batch", "Batch");
    write("Machine", "chip", "Chip");
    write("Machine", "cores", "Cores");
    write_bandwidth(json, chip);
    for (const ChipControl& control : kChipControls)
      write_chip_value(json, control, chip);
    for (const GroupTitle& group : kGroupTitles)
      write("Layer groups", group.key, std::string(group.title));
    write_switches(json, configuration);
  });
}

std::vector<std::string> live_command(const std::string& source, const Configuration& configuration,
                                      const std::vector<std::string>& flags) {
  std::vector<std::string> words = {"tpuscope", "profile", source};
  const auto add = [&](const Flag& flag, std::string value) {
    words.emplace_back(flag.name);
    words.push_back(std::move(value));
  };
  add(kChipFlag, configuration.chip);
  const PrecisionOptions& precision = configuration.precision;
  if (precision.int8 == Int8Choice::kFile || precision.weights.is_as_stored) {
    add(kPrecisionFlag, std::string(kFilePrecision));
  } else if (precision.weights.is_on()) {
    const std::vector<std::string> packed = packing_words(precision);
    words.insert(words.end(), packed.begin(), packed.end());
  } else {
    add(kPrecisionFlag, std::string(precision_name(precision.precision)));
  }
  add(kPassesFlag, specification_of(configuration.switches));
  if (configuration.cores) add(kCoresFlag, std::to_string(*configuration.cores));
  if (configuration.batch) add(kBatchFlag, std::to_string(*configuration.batch));
  for (const auto& [key, value] : configuration.overrides)
    add(kSetFlag, key + "=" + value);
  add_group_words(configuration, words);
  for (std::size_t i = 0; i + 1 < flags.size(); i += 2) {
    if (!is_written_anyway(flags[i])) words.insert(words.end(), {flags[i], flags[i + 1]});
  }
  return words;
}

}  // namespace tpuscope
