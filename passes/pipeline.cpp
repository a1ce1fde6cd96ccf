// Presets, switches, and running passes to a fixed point.

#include "passes/pipeline.h"

#include <algorithm>
#include <set>

#include <fmt/core.h>

#include "base/text.h"
#include "passes/planner/switches.h"
#include "passes/rewrites/rewrite.h"

namespace tpuscope {
namespace {

/// Rounds after which a pipeline is taken not to settle. A pass that undoes another is a bug, and
/// the tests assert the fixed point; a user's network must not hang for it.
constexpr int kMaxRounds = 50;

std::vector<std::string> preset_names() {
  std::vector<std::string> names;
  for (const Preset& preset : presets())
    names.emplace_back(preset.name);
  return names;
}

std::vector<std::string> split_list(std::string_view text) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(','), text.size());
    if (end > 0) parts.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return parts;
}

std::vector<std::string> baseline_switches() {
  std::vector<std::string> names = {"divide_by_constant", "fuse_relu"};
  for (const GroupSwitch& entry : group_switches()) {
    if (entry.in_baseline) names.emplace_back(entry.name);
  }
  return names;
}

/// Runs one pass on the graph and records what it did.
Result<PassRun> run_pass(Graph& graph, const Pass& pass, int round, bool verify_after) {
  PassRun run{.name = std::string(pass.name), .round = round, .ops_before = graph.ops().size()};
  TPU_TRY(run.changed, pass.run(graph, {&run.statistics}));
  if (run.changed) {
    graph.erase_unused();
    graph.compact();
  }
  run.ops_after = graph.ops().size();
  if (verify_after) {
    const Status status = verify(graph);
    TPU_CHECK(status.ok(), "{} broke the graph: {}: {}", run.name, status.error().where,
              status.error().message);
  }
  return run;
}

}  // namespace

const std::vector<Preset>& presets() {
  static const std::vector<Preset> all = {
      {"none", "every op alone, as imported", {}},
      {"baseline", "the compiler before the published Swin optimisation", baseline_switches()},
      {"optimized", "every switch on", switch_names()},
  };
  return all;
}

std::vector<std::string> pass_names() {
  std::vector<std::string> names;
  for (const Pass* pass : passes_of(PassStage::kOptimise))
    names.emplace_back(pass->name);
  return names;
}

std::vector<std::string> switch_names() {
  std::vector<std::string> names = pass_names();
  for (const GroupSwitch& entry : group_switches())
    names.emplace_back(entry.name);
  return names;
}

Result<std::vector<std::string>> parse_switches(std::string_view specification) {
  const std::vector<std::string> all = switch_names();
  std::set<std::string, std::less<>> chosen;
  for (const std::string& part : split_list(specification)) {
    const auto preset =
        std::find_if(presets().begin(), presets().end(),
                     [&](const Preset& candidate) { return candidate.name == part; });
    if (preset != presets().end()) {
      chosen.insert(preset->switches.begin(), preset->switches.end());
      continue;
    }
    const bool removed = part.front() == '-';
    const std::string name = removed || part.front() == '+' ? part.substr(1) : part;
    if (std::find(all.begin(), all.end(), name) == all.end()) {
      std::vector<std::string> known = preset_names();
      known.insert(known.end(), all.begin(), all.end());
      return Error{.code = ErrorCode::kUsage,
                   .message = "unknown switch " + in_quotes(name),
                   .hint = did_you_mean(name, known)};
    }
    if (removed) {
      chosen.erase(name);
    } else {
      chosen.insert(name);
    }
  }
  std::vector<std::string> ordered;
  std::copy_if(all.begin(), all.end(), std::back_inserter(ordered),
               [&](const std::string& name) { return chosen.contains(name); });
  return ordered;
}

std::int64_t PipelineResult::counter(std::string_view pass, std::string_view name) const {
  std::int64_t sum = 0;
  for (const PassRun& run : runs) {
    const auto found = run.statistics.counters.find(std::string(name));
    if (run.name == pass && found != run.statistics.counters.end()) sum += found->second;
  }
  return sum;
}

Result<PipelineResult> run_pipeline(Graph& graph, const PipelineOptions& options) {
  std::vector<const Pass*> passes;
  for (const Pass* pass : passes_of(PassStage::kOptimise)) {
    const auto& wanted = options.switches;
    if (std::find(wanted.begin(), wanted.end(), pass->name) != wanted.end()) passes.push_back(pass);
  }
  PipelineResult result;
  int changes = 0;
  bool changed = !passes.empty();
  for (int round = 1; changed; ++round) {
    changed = false;
    for (const Pass* pass : passes) {
      if (round > kMaxRounds || changes == options.stop_after) {
        result.reached_fixed_point = false;
        return result;
      }
      TPU_TRY(PassRun run, run_pass(graph, *pass, round, options.verify_each));
      changed = changed || run.changed;
      if (run.changed) {
        ++changes;
        if (options.on_change) options.on_change(graph, run);
      }
      result.runs.push_back(std::move(run));
    }
  }
  return result;
}

std::int64_t count_permutes(const Graph& graph) {
  const std::vector<OpId> ops = graph.ops();
  return std::count_if(ops.begin(), ops.end(), [&](OpId op) { return moves_data(graph, op); });
}

}  // namespace tpuscope
