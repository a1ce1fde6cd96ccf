// Words by what the help calls a value: one name for one kind of value in all verbs.

#include "cli/completion_words.h"

#include <algorithm>
#include <cctype>

#include "base/text.h"
#include "graph/frontend.h"
#include "passes/pipeline.h"
#include "passes/planner/options.h"
#include "passes/switch_set.h"
#include "profiles/report/op_table.h"
#include "profiles/sweep/keys.h"
#include "profiles/sweep/metric.h"
#include "sim/chip/chip.h"

namespace tpuscope {
namespace {

using Words = std::vector<std::string>;

Words metric_words(std::string_view behind) {
  Words words;
  for (const SweepMetric& metric : sweep_metrics())
    words.push_back(std::string(metric.name) + std::string(behind));
  return words;
}

/// Presets, and switches to turn on and off behind them.
Words pass_words() {
  Words words;
  for (const Preset& preset : presets())
    words.emplace_back(preset.name);
  for (const std::string& name : switch_names()) {
    words.push_back("+" + name);
    words.push_back("-" + name);
  }
  return words;
}

/// Numbers of chips, which all have the same.
Words chip_keys() {
  Words words;
  const Result<Chip> chip = load_chip(builtin_chip_names().front());
  if (!chip.ok()) return words;
  for (const ChipValue& value : chip->values)
    words.push_back("chip." + value.path + "=");
  return words;
}

Words sweep_words() {
  Words words = chip_keys();
  for (const SweepKey& key : sweep_keys())
    words.push_back(std::string(key.name) + "=");
  for (const std::string& name : switch_names())
    words.push_back("passes." + name + "=");
  return words;
}

Words method_words() {
  Words words;
  for (const GroupMethodName& method : group_methods())
    words.emplace_back(method.name);
  return words;
}

/// "auto|always|never": alternatives as they are written, which are not in capitals.
Words alternatives_of(std::string_view value) {
  Words words;
  std::string_view rest = value;
  while (!rest.empty()) {
    const std::string_view word = rest.substr(0, rest.find('|'));
    rest.remove_prefix(std::min(word.size() + 1, rest.size()));
    const bool is_plain = std::all_of(word.begin(), word.end(), [](unsigned char byte) {
      return std::islower(byte) != 0 || std::isdigit(byte) != 0 || byte == '_' || byte == '-';
    });
    if (is_plain) words.emplace_back(word);
  }
  return words;
}

bool names_file(std::string_view value) {
  return value.find("FILE") != std::string_view::npos ||
         value.find("FOLDER") != std::string_view::npos;
}

}  // namespace

ValueWords words_of(const Flag& flag) {
  const bool files = names_file(flag.value);
  if (flag.name == "--chip") return {.words = builtin_chip_names(), .takes_files = files};
  if (flag.name == "--metric") return {.words = metric_words("")};
  if (flag.name == "--fail-on") return {.words = metric_words(">"), .goes_on = true};
  if (flag.name == "--pareto") return {.words = metric_words(""), .is_list = true};
  if (flag.name == "--sort") return {.words = sort_names()};
  if (flag.name == "--set") return {.words = chip_keys(), .goes_on = true};
  if (flag.name == "--vary") return {.words = sweep_words(), .goes_on = true};
  if (flag.name == "--launch") return {.words = {"device", "loop", "bmrt_test"}};
  if (flag.name == "--print-after") {
    Words words = pass_names();
    words.emplace_back("all");
    return {.words = std::move(words)};
  }
  if (flag.value.starts_with("PRESET")) return {.words = pass_words(), .is_list = true};
  if (flag.value == "METHOD") return {.words = method_words()};
  if (flag.value == "TYPE") return {.words = {"f32", "f16", "bf16", "int8", "file"}};
  return {.words = alternatives_of(flag.value), .takes_files = files};
}

ValueWords words_of(const Verb& verb) {
  const Positional& own = verb.positional;
  if (own.words != nullptr) return {.words = own.words()};
  if (own.name == "MODEL") return {.words = builtin_names(), .takes_files = true};
  return {.takes_files = !own.name.empty()};
}

}  // namespace tpuscope
