// Pipeline: which passes run, in which order, and what each did.

#pragma once

#include <functional>
#include <string>
#include <vector>

#include "graph/pass.h"
#include "passes/switch_set.h"

namespace tpuscope {

struct PipelineOptions {
  SwitchSet switches{};      ///< passes that may run
  bool verify_each = false;  ///< check the graph's rules after each pass
  int stop_after = -1;       ///< stop after this many runs that changed the graph
  /// Called with the network before the first pass.
  std::function<void(const Graph&)> on_start{};
  /// Called after each run that changed the graph.
  std::function<void(const Graph&, const struct PassRun&)> on_change{};
};

/// One run of one pass.
struct PassRun {
  std::string name{};
  int round = 0;  ///< passes repeat, in order, until a round changes nothing
  bool changed = false;
  std::size_t ops_before = 0;
  std::size_t ops_after = 0;
  PassStatistics statistics{};
};

struct PipelineResult {
  std::vector<PassRun> runs{};
  bool reached_fixed_point = true;  ///< false when stopped early or by the limit on rounds

  /// A counter's sum over all runs of a pass.
  std::int64_t counter(std::string_view pass, std::string_view name) const;
};

/// Passes repeat, in order, until a round changes nothing, but not more often than this: then they
/// are taken not to settle. A pass that undoes another is a bug, and the tests assert the fixed
/// point; a user's network must not hang for it.
inline constexpr int kMostRounds = 50;

/// The passes that are on, in running order.
std::vector<const Pass*> passes_among(const SwitchSet& switches);

/// Runs one pass; where it changed the graph, nothing unused is left in it and it is compact.
Result<PassRun> run_pass(Graph& graph, const Pass& pass, int round = 1, bool verify_after = false);

/// Rewrites the graph. Afterwards it is compact and verified.
Result<PipelineResult> run_pipeline(Graph& graph, const PipelineOptions& options);

/// The permutes of a graph that move data, by far the most telling count of a rewrite.
std::int64_t count_permutes(const Graph& graph);

}  // namespace tpuscope
