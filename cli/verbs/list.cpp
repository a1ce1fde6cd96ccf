// list: what there is to name on the command line.

#include <algorithm>
#include <array>

#include <fmt/core.h>

#include "base/json_writer.h"
#include "base/terminal.h"
#include "base/text.h"
#include "cli/common_flags.h"
#include "cli/session.h"
#include "graph/frontend.h"
#include "graph/graph_writer.h"
#include "graph/onnx/operators.h"
#include "passes/planner/group_reasons.h"
#include "passes/switch_set.h"
#include "profiles/report/rule.h"
#include "profiles/sweep/keys.h"
#include "profiles/sweep/metric.h"
#include "profiles/views/glossary.h"
#include "sim/chip/chip_fields.h"

namespace tpuscope {
namespace {

struct Entry {
  std::string name{};
  std::string summary{};
};

template <typename T>
std::vector<Entry> entries_of(const Registry<T>& registry) {
  std::vector<Entry> entries;
  for (const auto& [name, definition] : registry.all())
    entries.push_back({name, std::string(definition.summary)});
  return entries;
}

Result<std::vector<Entry>> chips() {
  std::vector<Entry> entries;
  for (const std::string& name : builtin_chip_names()) {
    TPU_TRY(const Chip chip, load_chip(name));
    entries.push_back({name, chip.summary});
  }
  return entries;
}

Result<std::vector<Entry>> models() {
  std::vector<Entry> entries;
  for (const std::string& name : builtin_names()) {
    TPU_TRY(const Graph graph, load_graph(name));
    entries.push_back({name, fmt::format("{} ops", graph.ops().size())});
  }
  return entries;
}

/// What runs on import, every switch, what chooses element types, and the presets.
Result<std::vector<Entry>> passes() {
  std::vector<Entry> entries;
  const auto add_stage = [&](PassStage stage, std::string_view when) {
    for (const Pass* pass : passes_of(stage))
      entries.push_back({std::string(pass->name), std::string(when) + std::string(pass->summary)});
  };
  add_stage(PassStage::kImport, "on import: ");
  for (const Switch& each : switches()) {
    const std::string_view when = each.planner != nullptr ? "layer groups: " : "";
    entries.push_back(
        {std::string(each.name), fmt::format("{}{}; since {}", when, each.summary, each.since)});
  }
  add_stage(PassStage::kPrecision, "");
  for (const Preset& preset : presets())
    entries.push_back({std::string(preset.name), "preset: " + std::string(preset.summary)});
  return entries;
}

/// Operators of ONNX, and where each is done.
Result<std::vector<Entry>> onnx_entries() {
  std::vector<Entry> entries;
  for (const OnnxOperator& op : onnx_operators())
    entries.push_back({op.name, std::string(name_of(op.place))});
  return entries;
}

/// Views of results, then forms of networks.
Result<std::vector<Entry>> writers() {
  std::vector<Entry> entries = entries_of(WriterRegistry<Results>::instance());
  for (Entry& entry : entries_of(WriterRegistry<Graph>::instance()))
    entries.push_back({std::move(entry.name), "network: " + std::move(entry.summary)});
  return entries;
}

Result<std::vector<Entry>> metrics() {
  std::vector<Entry> entries;
  for (const SweepMetric& metric : sweep_metrics())
    entries.push_back({std::string(metric.name), std::string(metric.summary)});
  return entries;
}

/// What `sweep --vary` takes.
Result<std::vector<Entry>> sweep_key_entries() {
  std::vector<Entry> entries;
  for (const SweepKey& key : sweep_keys())
    entries.push_back({std::string(key.name), std::string(key.summary)});
  for (const Switch& each : switches()) {
    entries.push_back(
        {fmt::format("passes.{}", each.name), fmt::format("on or off: {}", each.summary)});
  }
  TPU_TRY(const Chip chip, load_chip(builtin_chip_names().front()));
  for (const ChipValue& value : chip.values) {
    const std::string_view unit = unit_of(value.path);
    entries.push_back({"chip." + value.path, std::string(unit) + (unit.empty() ? "" : ": ") +
                                                 std::string(meaning_of(value.path))});
  }
  return entries;
}

/// What findings look for, then what keeps an op out of a layer group.
Result<std::vector<Entry>> rule_entries() {
  std::vector<Entry> entries;
  for (Entry& entry : entries_of(RuleRegistry::instance()))
    entries.push_back({std::move(entry.name), "finding: " + std::move(entry.summary)});
  for (const GroupReason& reason : group_reasons())
    entries.push_back(
        {std::string(reason.name), fmt::format("layer groups: {}: {}", reason.label, reason.text)});
  return entries;
}

/// The rows of the glossary's tables: term and meaning.
Result<std::vector<Entry>> terms() {
  std::vector<Entry> entries;
  for (GlossaryTerm& term : glossary_terms())
    entries.push_back({std::move(term.term), std::move(term.meaning)});
  return entries;
}

struct Kind {
  std::string_view name{};
  Result<std::vector<Entry>> (*entries)() = nullptr;
};

using Entries = Result<std::vector<Entry>>;
constexpr Kind kListKinds[] = {
    {"chips", chips},
    {"frontends", [] { return Entries(entries_of(FrontendRegistry::instance())); }},
    {"metrics", metrics},
    {"models", models},
    {"network-ops", [] { return Entries(entries_of(OpRegistry::instance())); }},
    {"ops", onnx_entries},
    {"passes", passes},
    {"rules", rule_entries},
    {"sweep-keys", sweep_key_entries},
    {"terms", terms},
    {"verbs", [] { return Entries(entries_of(VerbRegistry::instance())); }},
    {"writers", writers},
};

constexpr Flag kChipTemplateFlag{.name = "--chip-template",
                                 .value = "FILE",
                                 .help = "write the chip of `list chip NAME` to a file to edit",
                                 .writes = true};

/// "950 MHz", "0.85 [0.73, 0.92]".
std::string number_cell(const ChipValue& value) {
  const std::string_view unit = unit_of(value.path);
  std::string text = fmt::format("{:g}{}{}", value.value, unit.empty() ? "" : " ", unit);
  if (value.high > value.low) text += fmt::format(" [{:g}, {:g}]", value.low, value.high);
  return text;
}

void write_chip(const Chip& chip, const Console& console) {
  if (console.is_json) {
    JsonWriter json(*console.out);
    json.object([&] {
      json.member("chip", sanitised_utf8(chip.name));
      json.member("summary", sanitised_utf8(chip.summary));
      json.objects("numbers", chip.values, [&](const ChipValue& value) {
        json.member("name", value.path);
        json.member("value", value.value);
        json.member("unit", unit_of(value.path));
        if (value.high > value.low) json.member("range", std::array{value.low, value.high});
        json.member("evidence", name_of(value.evidence));
        json.member("meaning", meaning_of(value.path));
        json.member("source", sanitised_utf8(value.source));
      });
    });
    json.finish("\n");
    return;
  }
  const Terminal& terminal = console.out_terminal;
  std::size_t name_width = 0;
  std::size_t value_width = 0;
  for (const ChipValue& value : chip.values) {
    name_width = std::max(name_width, width_of(value.path));
    value_width = std::max(value_width, width_of(number_cell(value)));
  }
  console.print(shown(chip.name, terminal) + "  " +
                wrapped(chip.summary, width_of(chip.name) + 2, 2, terminal) + "\n");
  constexpr std::size_t kIndent = 4;
  const std::string indent(kIndent, ' ');
  for (const ChipValue& value : chip.values) {
    console.print(left_aligned(value.path, name_width + 2) +
                  left_aligned(number_cell(value), value_width + 2) +
                  std::string(name_of(value.evidence)) + "\n" + indent +
                  wrapped(meaning_of(value.path), kIndent, kIndent, terminal) + indent +
                  wrapped("source: " + value.source, kIndent, kIndent, terminal));
  }
}

/// `list chip NAME`: every number of one chip, or all of them as a file to edit.
Result<ExitCode> list_chip(const Arguments& arguments, const Console& console) {
  const std::vector<std::string>& words = arguments.positionals();
  if (words.size() < 2) {
    return Error{.code = ErrorCode::kUsage,
                 .message = "list chip needs the chip's name",
                 .hint = "known: " + join(builtin_chip_names())};
  }
  TPU_TRY(const Chip chip, load_chip(words[1]));
  if (!arguments.has(kChipTemplateFlag)) {
    write_chip(chip, console);
    return ExitCode::kDone;
  }
  TPU_TRY_STATUS(write_file(arguments.text(kChipTemplateFlag), "\"name\"", arguments, console,
                            [&](ByteSink& sink) {
                              sink.write(to_json(chip));
                              return Ok{};
                            }));
  return ExitCode::kDone;
}

Status check_list_words(const Arguments& arguments) {
  const std::vector<std::string>& words = arguments.positionals();
  const bool is_chip = words.front() == "chip";
  if (words.size() > (is_chip ? 2U : 1U)) {
    return Error{.code = ErrorCode::kUsage,
                 .message = "list does not take " + in_quotes(words.back()),
                 .hint = "`tpuscope list chip NAME` tells one chip's numbers"};
  }
  if (arguments.has(kChipTemplateFlag) && !is_chip) {
    return Error{.code = ErrorCode::kUsage,
                 .message = fmt::format("{} concerns `list chip NAME`", kChipTemplateFlag.name),
                 .hint = "tpuscope list chip bm1684x --chip-template mine.json"};
  }
  return Ok{};
}

Result<ExitCode> run_list(const Arguments& arguments, Console& console) {
  TPU_TRY_STATUS(check_list_words(arguments));
  const std::string& wanted = arguments.positionals().at(0);
  if (wanted == "chip") return list_chip(arguments, console);
  std::vector<std::string> names;
  const Kind* kind = nullptr;
  for (const Kind& candidate : kListKinds) {
    names.emplace_back(candidate.name);
    if (candidate.name == wanted) kind = &candidate;
  }
  if (kind == nullptr) {
    return Error{.code = ErrorCode::kUsage,
                 .message = "there is no list of " + in_quotes(wanted),
                 .hint = did_you_mean(wanted, names)};
  }
  TPU_TRY(const std::vector<Entry> entries, kind->entries());
  if (console.is_json) {
    JsonWriter json(*console.out);
    json.object([&] {
      json.objects(wanted, entries, [&](const Entry& entry) {
        json.member("name", entry.name);
        json.member("summary", entry.summary);
      });
    });
    json.finish("\n");
    return ExitCode::kDone;
  }
  // A longer name has a line of its own.
  constexpr std::size_t kWidest = 26;
  std::size_t width = 0;
  for (const Entry& entry : entries)
    if (entry.name.size() <= kWidest) width = std::max(width, entry.name.size());
  for (const Entry& entry : entries)
    console.print(left_aligned(entry.name, width + 2) +
                  (entry.name.size() > width ? "\n" + std::string(width + 2, ' ') : "") +
                  wrapped(entry.summary, width + 2, width + 2, console.out_terminal));
  return ExitCode::kDone;
}

/// Kinds, and the chips that may follow one of them.
std::vector<std::string> list_words() {
  std::vector<std::string> words = {"chip"};
  for (const Kind& kind : kListKinds)
    words.emplace_back(kind.name);
  for (const std::string& chip : builtin_chip_names())
    words.push_back(chip);
  return words;
}

TPU_REGISTER(register_verb(
    {.name = "list",
     .summary = "lists what there is to name: chips, passes, models, ops, what can be varied",
     .examples = {"tpuscope list chips", "tpuscope list chip bm1684x", "tpuscope list terms",
                  "tpuscope list chip bm1684x --chip-template mine.json"},
     .positional = {.name = "KIND",
                    .help =
                        "chips, chip NAME, frontends, metrics, models, network-ops, ops, passes, "
                        "rules, sweep-keys, terms, verbs or writers; ops are those of ONNX, "
                        "network-ops those of .tpu files",
                    .is_required = true,
                    .repeats = true,
                    .words = list_words},
     .flags =
         [] {
           return std::vector<Flag>{kChipTemplateFlag, kForceFlag};
         },
     .run = run_list}));

}  // namespace
}  // namespace tpuscope
