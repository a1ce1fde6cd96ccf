// The table of switches, sets of them, and their text.

#include "passes/switch_set.h"

#include <algorithm>
#include <bit>
#include <set>

#include "base/check.h"
#include "base/text.h"

namespace tpuscope {
namespace {

std::size_t index_of_switch(std::string_view name) {
  const Switch* known = find_switch(name);
  TPU_CHECK(known != nullptr, "there is no switch {}", name);
  return static_cast<std::size_t>(known - switches().data());
}

/// "baseline", "+sink_permute", "-fuse_relu": signs stay with the name after them.
std::vector<std::string_view> parts_of_specification(std::string_view text) {
  std::vector<std::string_view> parts;
  while (!text.empty()) {
    if (text.front() == ',') {
      text.remove_prefix(1);
      continue;
    }
    const std::size_t end = std::min(text.find_first_of(",+-", 1), text.size());
    parts.push_back(text.substr(0, end));
    text.remove_prefix(end);
  }
  return parts;
}

Error unknown_switch(std::string_view name) {
  std::vector<std::string> known;
  for (const Preset& preset : presets())
    known.emplace_back(preset.name);
  for (const Switch& each : switches())
    known.emplace_back(each.name);
  return {.code = ErrorCode::kUsage,
          .message = "unknown switch " + in_quotes(name),
          .hint = did_you_mean(name, known)};
}

}  // namespace

const std::vector<Switch>& switches() {
  static const std::vector<Switch> all = [] {
    std::vector<Switch> made;
    for (const Pass* pass : passes_of(PassStage::kOptimise)) {
      made.push_back({.name = pass->name,
                      .summary = pass->summary,
                      .family = pass->family,
                      .since = pass->since,
                      .pass = pass});
    }
    for (const GroupSwitch& each : group_switches()) {
      made.push_back(
          {.name = each.name, .summary = each.summary, .since = each.since, .planner = &each});
    }
    constexpr std::size_t kMostSwitches = 64;  // bits of a set
    TPU_CHECK(made.size() <= kMostSwitches, "there are {} switches", made.size());
    return made;
  }();
  return all;
}

const Switch* find_switch(std::string_view name) {
  const auto found = std::find_if(switches().begin(), switches().end(),
                                  [&](const Switch& each) { return each.name == name; });
  return found == switches().end() ? nullptr : &*found;
}

std::vector<std::string> switch_names() {
  return SwitchSet::all().names();
}

std::vector<std::string> pass_names() {
  return SwitchSet::all().passes().names();
}

SwitchSet::SwitchSet(std::initializer_list<std::string_view> names) {
  for (const std::string_view name : names)
    set(name);
}

SwitchSet SwitchSet::all() {
  SwitchSet on;
  for (const Switch& each : switches())
    on.set(each.name);
  return on;
}

SwitchSet SwitchSet::of(const std::vector<std::string>& names) {
  SwitchSet on;
  for (const std::string& name : names)
    on.set(name);
  return on;
}

bool SwitchSet::has(std::string_view name) const {
  return ((bits_ >> index_of_switch(name)) & 1U) != 0;
}

void SwitchSet::set(std::string_view name, bool on) {
  const std::uint64_t bit = std::uint64_t{1} << index_of_switch(name);
  bits_ = on ? bits_ | bit : bits_ & ~bit;
}

std::size_t SwitchSet::size() const {
  return static_cast<std::size_t>(std::popcount(bits_));
}

std::vector<std::string> SwitchSet::names() const {
  std::vector<std::string> on;
  for (const Switch& each : switches()) {
    if (has(each.name)) on.emplace_back(each.name);
  }
  return on;
}

SwitchSet SwitchSet::passes() const {
  SwitchSet on = *this;
  for (const Switch& each : switches()) {
    if (each.pass == nullptr) on.set(each.name, false);
  }
  return on;
}

const std::vector<Preset>& presets() {
  static const std::vector<Preset> all = {
      {"none", "every op alone, as imported", {}},
      {"baseline", "the compiler before the published Swin optimisation", known_in(2022)},
      {"optimized", "every switch on", SwitchSet::all()},
  };
  return all;
}

const std::vector<int>& compiler_years() {
  static const std::vector<int> all = [] {
    std::set<int> years;
    for (const Switch& each : switches())
      years.insert(each.since);
    return std::vector<int>(years.begin(), years.end());
  }();
  return all;
}

bool is_compiler_year(std::int64_t year) {
  const std::vector<int>& years = compiler_years();
  return std::find(years.begin(), years.end(), year) != years.end();
}

std::string compiler_years_hint() {
  std::vector<std::string> known;
  for (const int year : compiler_years())
    known.push_back(std::to_string(year));
  return "known are " + join(known);
}

SwitchSet known_in(int year) {
  SwitchSet known;
  for (const Switch& each : switches())
    known.set(each.name, year == 0 || each.since <= year);
  return known;
}

Result<SwitchSet> parse_switches(std::string_view specification, int year) {
  SwitchSet chosen;
  for (const std::string_view part : parts_of_specification(specification)) {
    const bool is_removed = part.front() == '-';
    const std::string_view name = is_removed || part.front() == '+' ? part.substr(1) : part;
    const auto preset =
        std::find_if(presets().begin(), presets().end(),
                     [&](const Preset& candidate) { return candidate.name == part; });
    if (preset != presets().end()) {
      chosen = chosen | (preset->switches & known_in(year));
    } else if (find_switch(name) != nullptr) {
      chosen.set(name, !is_removed);
    } else {
      return unknown_switch(name);
    }
  }
  return chosen;
}

std::string specification_of(const SwitchSet& switches) {
  const Preset* nearest = nullptr;
  std::size_t fewest = ~std::size_t{0};
  for (const Preset& preset : presets()) {
    const std::size_t differences =
        (switches - preset.switches).size() + (preset.switches - switches).size();
    if (differences >= fewest) continue;
    fewest = differences;
    nearest = &preset;
  }
  std::string text(nearest->name);
  for (const std::string& name : switch_names()) {
    const bool is_on = switches.has(name);
    if (is_on != nearest->switches.has(name)) text += (is_on ? "+" : "-") + name;
  }
  return text;
}

GroupOptions with_switches(GroupOptions options, const SwitchSet& switches) {
  options.balance = false;
  options.hold_coefficients = false;
  options.overlap = false;
  if (!options.method) {
    options.method = switches.has(kLayerGroup) ? GroupMethod::kDp : GroupMethod::kAlone;
  }
  if (options.method == GroupMethod::kAlone) return options;
  for (const GroupSwitch& entry : group_switches()) {
    if (entry.apply != nullptr && switches.has(entry.name)) entry.apply(options);
  }
  return options;
}

}  // namespace tpuscope
