// Variants: one network compiled and run in many ways. Questions like "what does each switch give"
// ask for hundreds of runs of which many are equal: two choices of passes that rewrite the network
// to the same graph, a switch of the planner while every op is alone. Each distinct run is
// simulated once, and runs that do not depend on each other are spread over the cores of this
// machine.

#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/watch.h"
#include "graph/graph.h"
#include "passes/lower/simulator.h"
#include "passes/planner/options.h"
#include "passes/planner/plan_memo.h"
#include "passes/precision/precision.h"

namespace tpuscope {

/// What may differ between two runs of a network on one chip.
struct Variant {
  DType precision = DType::kF16;
  std::vector<std::string> switches{};  ///< in running order
  std::vector<std::string> lifted{};    ///< rules without which ops are local, see LocalSupport
};

/// What a run is judged by.
struct VariantFigures {
  Picoseconds makespan{};
  std::int64_t ddr_bytes = 0;  ///< on the bus, both directions
  double useful = 0;           ///< Summary::compute_utilisation
};

class Variants {
 public:
  /// `precision.precision` is ignored: each variant has its own.
  Variants(Graph imported, Chip chip, PrecisionOptions precision, GroupOptions groups);

  /// Who hears of each rewrite and each run from now on.
  void set_watch(Watch watch) { watch_ = std::move(watch); }

  const Chip& chip() const { return chip_; }
  const Graph& imported() const { return imported_; }

  /// Figures of each variant, in order. A variant that the chip cannot run has an error instead.
  std::vector<Result<VariantFigures>> figures(const std::vector<Variant>& variants);
  Result<VariantFigures> figures(const Variant& variant);
  /// Makespans; the first error of any.
  Result<std::vector<Picoseconds>> makespans(const std::vector<Variant>& variants);

  /// The rewritten network and its plan, made anew. For those who ask why.
  struct Compiled {
    Graph graph{};
    Plan plan{};
  };
  Result<Compiled> compiled(const Variant& variant) const;

  /// Runs simulated so far.
  std::size_t simulated() const { return figures_.size(); }

 private:
  using GraphId = std::size_t;

  Result<Graph> rewritten(const Variant& variant) const;
  GroupOptions options_of(const Variant& variant) const;

  Graph imported_;
  Chip chip_;
  PrecisionOptions precision_;
  GroupOptions groups_;
  Watch watch_{};
  PlanMemo memo_{};
  std::map<std::string, Result<GraphId>> graph_of_passes_{};  ///< by precision and passes
  std::map<std::string, GraphId> graph_of_structure_{};
  std::vector<std::unique_ptr<Graph>> graphs_{};
  std::map<std::string, Result<VariantFigures>> figures_{};  ///< by graph and planner's switches
};

}  // namespace tpuscope
