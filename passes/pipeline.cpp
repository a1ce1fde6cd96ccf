// Running passes to a fixed point.

#include "passes/pipeline.h"

#include <algorithm>

#include "passes/rewrites/rewrite.h"

namespace tpuscope {
std::vector<const Pass*> passes_among(const SwitchSet& switches_on) {
  std::vector<const Pass*> passes;
  for (const Switch& each : switches()) {
    if (each.pass != nullptr && switches_on.has(each.name)) passes.push_back(each.pass);
  }
  return passes;
}

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

std::int64_t PipelineResult::counter(std::string_view pass, std::string_view name) const {
  std::int64_t sum = 0;
  for (const PassRun& run : runs) {
    const auto found = run.statistics.counters.find(std::string(name));
    if (run.name == pass && found != run.statistics.counters.end()) sum += found->second;
  }
  return sum;
}

Result<PipelineResult> run_pipeline(Graph& graph, const PipelineOptions& options) {
  const std::vector<const Pass*> passes = passes_among(options.switches);
  if (options.on_start) options.on_start(graph);
  PipelineResult result;
  int changes = 0;
  bool changed = !passes.empty();
  for (int round = 1; changed; ++round) {
    changed = false;
    for (const Pass* pass : passes) {
      if (round > kMostRounds || changes == options.stop_after) {
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
