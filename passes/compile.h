// The road from a network to a run: batch, element types, rewrites, plan, commands, timeline. One
// `Configuration` says how a network is to run, and a `Compiler` takes one network along that road
// in as many configurations as somebody needs.

#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/progress_listener.h"
#include "base/recent_memo.h"
#include "passes/lower/network_facts.h"
#include "passes/lower/simulator.h"
#include "passes/pipeline.h"
#include "passes/planner/options.h"
#include "passes/planner/plan_memo.h"
#include "passes/precision/precision.h"
#include "passes/rewrite_tree.h"
#include "passes/switch_set.h"
#include "sim/chip/chip.h"

namespace tpuscope {

struct CompiledNetwork;  // passes/streams/compiled_network.h

/// Everything besides the network that decides a run.
struct Configuration {
  std::string chip = "bm1684x";  ///< as for load_chip
  ChipOverrides overrides{};
  std::optional<std::int64_t> cores{};  ///< fewer than the chip has; none: all
  std::optional<std::int64_t> batch{};  ///< none: as in the network
  PrecisionOptions precision{};         ///< `float_type` is the chip's, whatever is written here
  SwitchSet switches = SwitchSet::all();
  /// Method, limits and lifted rules; what switches decide is taken from them.
  GroupOptions groups{};
};

/// The chip with its overrides and cores.
Result<Chip> chip_of(const Configuration& configuration);

/// On the chip that a network was compiled for, with as many cores as it uses.
Configuration own_configuration(const CompiledNetwork& network);

// How ops are grouped is said by a method (`groups.method`) and by the switch `layer_group`. A
// method that was chosen wins over presets, and a single switch that is turned later over both;
// these functions keep the two in step.

/// These switches, as a preset has them.
void choose_switches(Configuration& configuration, const SwitchSet& switches);
/// Groups by this method, or none.
void choose_group_method(Configuration& configuration, GroupMethod method);
/// One switch on or off.
void turn_switch(Configuration& configuration, std::string_view name, bool on = true);

/// The method by which groups are searched.
GroupMethod group_method_of(const Configuration& configuration);
/// The switches that are on; `layer_group` where there are groups.
SwitchSet switches_of(const Configuration& configuration);

/// A network with the element types it has on the chip, after the passes.
struct Network {
  Graph graph{};
  PipelineResult passes{};
  /// Where it was compiled elsewhere, into streams that only need to be run.
  std::shared_ptr<const CompiledNetwork> compiled{};
  /// Of the graph, for a compiler's own plans and runs; null where it was compiled elsewhere.
  std::shared_ptr<const NetworkFacts> facts{};
};

/// Chooses element types, then runs passes: types are final before the rewrites, as in the
/// compiler, since what a product may absorb depends on them.
Result<Network> rewrite(Graph graph, const PrecisionOptions& precision,
                        const PipelineOptions& options);

/// What the compiler makes of a network.
struct Compiled {
  std::shared_ptr<const Network> network{};
  std::shared_ptr<const Chip> chip{};
  Plan plan{};
};

/// A network that was compiled and simulated.
struct Run {
  std::shared_ptr<const Network> network{};
  std::shared_ptr<const Chip> chip{};
  Simulation simulation{};
};

/// What decides the rewritten network of a configuration.
struct NetworkKey {
  std::optional<std::int64_t> batch{};
  PrecisionOptions precision{};
  SwitchSet passes{};

  std::strong_ordering operator<=>(const NetworkKey&) const = default;
};
NetworkKey network_key(const Configuration& configuration, const Chip& chip);
/// As above, as far as it is known without the chip.
NetworkKey network_key(const Configuration& configuration);

/// What decides the chip of a configuration.
struct ChipKey {
  std::string chip{};
  ChipOverrides overrides{};
  std::optional<std::int64_t> cores{};

  bool operator==(const ChipKey&) const = default;
};

/// What decides, besides the rewritten network, how long a run takes. Choices that make no
/// difference (switches of the planner where every op is alone) are left out, so that equal keys
/// are equal runs.
struct PlanKey {
  ChipKey chip{};
  GroupOptions groups{};

  bool operator==(const PlanKey&) const = default;
};
PlanKey plan_key(const Configuration& configuration);

/// One network, compiled and run in many ways. What configurations have in common is done once: the
/// network at a batch, the rewritten network per batch, precision and passes, a chip, and what
/// planning learns about ranges of ops on it. Safe to share between threads; results do not depend
/// on earlier calls.
class Compiler {
 public:
  /// `name` locates errors about the network as a whole. `kept`: how many networks, chips and memos
  /// are kept: as many as threads use the compiler. More take memory and time, if they are not
  /// needed again; default: one per core of this machine.
  explicit Compiler(Graph imported, std::string name = "", std::size_t kept = 0);

  /// A network that is compiled already: passes, precision, groups and batch are as they are, and
  /// a configuration says on which chip it runs. Another batch is an error.
  explicit Compiler(std::shared_ptr<const CompiledNetwork> compiled, std::string name = "",
                    std::size_t kept = 0);

  /// Null for networks that are to be compiled here.
  const CompiledNetwork* compiled() const { return compiled_.get(); }
  std::shared_ptr<const CompiledNetwork> shared_compiled() const { return compiled_; }

  /// The network as it was imported.
  const Graph& imported() const { return *imported_; }

  /// The imported network at the configuration's batch.
  Result<std::shared_ptr<const Graph>> batched(const Configuration& configuration);
  Result<std::shared_ptr<const Chip>> chip(const Configuration& configuration);
  Result<std::shared_ptr<const Network>> network(const Configuration& configuration);

  /// As network, for those who ask for many choices of passes: what several of them make on the way
  /// is made once and kept, and choices that end in one graph have one network. What the passes did
  /// is not told.
  Result<std::shared_ptr<const Network>> variant(const Configuration& configuration);

  /// `listener` is called for each step. Errors are those of load_chip, with_batch,
  /// lower_precision, the passes, plan_layer_groups and simulate.
  Result<Compiled> compile(const Configuration& configuration,
                           const ProgressListener& listener = {});
  /// As above, for those who have the configuration's network, or one of equal structure.
  Result<Compiled> compile(std::shared_ptr<const Network> network,
                           const Configuration& configuration,
                           const ProgressListener& listener = {});
  Result<Run> run(const Configuration& configuration, const ProgressListener& listener = {});
  /// As run, for those who have the configuration's network, or one of equal structure.
  Result<Run> run(std::shared_ptr<const Network> network, const Configuration& configuration,
                  const ProgressListener& listener = {});

 private:
  /// What plans must have in common to learn from each other. Element types are part of what a memo
  /// looks ops up by, so that the f32 islands of one precision serve another.
  struct MemoKey {
    ChipKey chip{};
    std::optional<std::int64_t> batch{};
    std::optional<SliceCounts> slices{};
    std::int64_t local_bytes = 0;

    bool operator==(const MemoKey&) const = default;
  };

  /// As above, where the compiler's estimate decides: chips may differ in what it does not ask for.
  struct EstimateKey {
    std::string numbers{};  ///< number_key() of as_planned()
    std::optional<std::int64_t> batch{};
    std::optional<SliceCounts> slices{};
    std::int64_t local_bytes = 0;

    bool operator==(const EstimateKey&) const = default;
  };

  /// What choices of passes make of one network, and of each graph in which they end the network:
  /// without the steps of permutes and with them.
  struct Variety {
    explicit Variety(Graph typed) : tree(std::move(typed)) {}
    RewriteTree tree;
    std::mutex mutex{};
    std::map<std::pair<const RewriteTree::State*, bool>, std::shared_ptr<const Network>> networks{};
  };

  Result<std::shared_ptr<const Graph>> typed(const Configuration& configuration,
                                             const PrecisionOptions& precision);
  Network finished(Graph rewritten, const SwitchSet& switches);
  std::shared_ptr<PlanMemo> memo(const Configuration& configuration);
  std::shared_ptr<EstimateMemo> estimate_memo(const Configuration& configuration);
  Result<Plan> plan_of(const Network& network, const Chip& chip,
                       const Configuration& configuration);
  Result<Plan> plan_on(const Network& network, const Chip& chip,
                       const Configuration& configuration);
  std::optional<Configuration> with_own_memory(const Configuration& configuration,
                                               const Chip& chip);

  std::shared_ptr<SignatureTable> signatures_ = std::make_shared<SignatureTable>();
  std::shared_ptr<const CompiledNetwork> compiled_;
  std::shared_ptr<const Graph> imported_;
  std::string name_;
  RecentMemo<std::int64_t, Result<Graph>> batches_;
  RecentMemo<std::pair<std::optional<std::int64_t>, PrecisionOptions>, Result<Graph>> typed_;
  RecentMemo<NetworkKey, Result<Network>> networks_;
  RecentMemo<std::pair<std::optional<std::int64_t>, PrecisionOptions>,
             Result<std::shared_ptr<Variety>>>
      varieties_;
  RecentMemo<ChipKey, Result<Chip>> chips_;
  RecentMemo<MemoKey, std::shared_ptr<PlanMemo>> memos_;
  RecentMemo<EstimateKey, std::shared_ptr<EstimateMemo>> estimates_;
};

}  // namespace tpuscope
