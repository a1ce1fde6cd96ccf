// Pipeline: which passes run, in which order, and what each did.

#pragma once

#include <functional>
#include <string>
#include <vector>

#include "graph/pass.h"

namespace tpuscope {

/// A named choice of switches.
struct Preset {
  std::string_view name{};
  std::string_view summary{};
  std::vector<std::string> switches{};
};

/// none, baseline (the compiler before the published Swin optimisation), optimized (all on).
const std::vector<Preset>& presets();

/// Names of the rewriting passes in the order in which they run.
std::vector<std::string> pass_names();
/// Names of all switches: the passes, then what the planner of layer groups may do.
std::vector<std::string> switch_names();

/// Switches of a specification: a preset's name, then names with + or - in front to add or remove:
/// "baseline", "optimized,-cancel_permutes", "+fuse_right_transpose" (from none), or a plain list
/// of switches. Unknown names are kUsage errors with a suggestion. In running order.
Result<std::vector<std::string>> parse_switches(std::string_view specification);

struct PipelineOptions {
  std::vector<std::string> switches{};  ///< passes that may run
  bool verify_each = false;             ///< check the graph's rules after each pass
  int stop_after = -1;                  ///< stop after this many runs that changed the graph
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

/// Rewrites the graph. Afterwards it is compact and verified.
Result<PipelineResult> run_pipeline(Graph& graph, const PipelineOptions& options);

/// The permutes of a graph that move data, by far the most telling count of a rewrite.
std::int64_t count_permutes(const Graph& graph);

}  // namespace tpuscope
