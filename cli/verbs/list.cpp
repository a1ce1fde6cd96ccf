// list: what there is to name on the command line.

#include <fmt/core.h>

#include "base/json_writer.h"
#include "base/text.h"
#include "cli/common_flags.h"
#include "cli/session.h"
#include "graph/frontend.h"
#include "graph/graph_writer.h"
#include "graph/onnx/operators.h"
#include "profiles/report/rule.h"
#include "profiles/sweep/keys.h"
#include "profiles/sweep/metric.h"

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

Result<std::vector<Entry>> passes() {
  std::vector<Entry> entries;
  for (const PassStage stage : {PassStage::kImport, PassStage::kOptimise, PassStage::kPrecision}) {
    for (const Pass* pass : passes_of(stage)) {
      const std::string_view when = stage == PassStage::kImport ? "on import: " : "";
      entries.push_back({std::string(pass->name), std::string(when) + std::string(pass->summary)});
    }
  }
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
  for (const std::string& name : switch_names())
    entries.push_back({"passes." + name, "on or off"});
  TPU_TRY(const Chip chip, load_chip(builtin_chip_names().front()));
  for (const ChipValue& value : chip.values)
    entries.push_back({"chip." + value.path, "a number of the chip"});
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
    {"rules", [] { return Entries(entries_of(RuleRegistry::instance())); }},
    {"sweep-keys", sweep_key_entries},
    {"verbs", [] { return Entries(entries_of(VerbRegistry::instance())); }},
    {"writers", writers},
};

Result<ExitCode> run_list(const Arguments& arguments, Console& console) {
  const std::string& wanted = arguments.positionals().at(0);
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
  std::size_t width = 0;
  for (const Entry& entry : entries)
    width = std::max(width, entry.name.size());
  for (const Entry& entry : entries)
    console.out->write(left_aligned(entry.name, width + 2) +
                       wrapped(entry.summary, width + 2, width + 2, console.out_terminal));
  return ExitCode::kDone;
}

TPU_REGISTER(register_verb(
    {.name = "list",
     .summary = "lists what there is to name: chips, passes, models, ops, what can be varied",
     .examples = {"tpuscope list chips", "tpuscope list models", "tpuscope list passes --json"},
     .positional = {.name = "KIND",
                    .help = "chips, frontends, metrics, models, network-ops, ops, passes, rules, "
                            "sweep-keys, verbs "
                            "or writers; ops are those of ONNX, network-ops those of .tpu files",
                    .is_required = true},
     .run = run_list}));

}  // namespace
}  // namespace tpuscope
