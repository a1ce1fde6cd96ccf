// Each step of the road once, and what is kept of it.

#include "passes/compile.h"

#include <algorithm>
#include <limits>
#include <string_view>
#include <thread>
#include <utility>

#include "graph/batch.h"
#include "passes/planner/plan_groups.h"
#include "passes/precision/tables.h"
#include "passes/rewrites/half_erf.h"
#include "passes/rewrites/head_attention.h"
#include "passes/rewrites/permute_steps.h"
#include "passes/streams/compiled_network.h"

namespace tpuscope {
namespace {

/// The value inside of a kept result, which lives as long as it.
template <typename T>
Result<std::shared_ptr<const T>> inside(const std::shared_ptr<const Result<T>>& kept) {
  if (!kept->ok()) return kept->errors();
  return std::shared_ptr<const T>(kept, &**kept);
}

std::size_t kept_or_default(std::size_t kept) {
  return kept > 0 ? kept : std::max(1U, std::thread::hardware_concurrency());
}

/// The number of the chip that says how much memory a lane has.
constexpr std::string_view kLocalMemorySize = "local_memory.kib_per_lane";

/// A batch is compared with its single image, which is kept beside it.
constexpr std::size_t kWithSingle = 2;

ChipKey chip_key(const Configuration& configuration) {
  return {configuration.chip, configuration.overrides, configuration.cores};
}

}  // namespace

Result<Chip> chip_of(const Configuration& configuration) {
  TPU_TRY(Chip chip, load_chip(configuration.chip, configuration.overrides));
  if (!configuration.cores) return chip;
  return with_cores(std::move(chip), *configuration.cores);
}

Configuration own_configuration(const CompiledNetwork& network) {
  Configuration configuration{.chip = network.chip};
  configuration.precision.precision = network.precision;
  const auto cores = static_cast<std::int64_t>(network.stream.cores);
  if (cores < network.home.array.cores) configuration.cores = cores;
  return configuration;
}

void choose_switches(Configuration& configuration, const SwitchSet& switches) {
  configuration.switches = switches;
  configuration.switches = switches_of(configuration);
}

void choose_group_method(Configuration& configuration, GroupMethod method) {
  configuration.groups.method = method;
  configuration.switches = switches_of(configuration);
}

void turn_switch(Configuration& configuration, std::string_view name, bool on) {
  configuration.switches.set(name, on);
  std::optional<GroupMethod>& method = configuration.groups.method;
  if (name != kLayerGroup || !method) return;
  const bool has_groups = method != GroupMethod::kAlone;
  if (has_groups != on) method.reset();
}

GroupMethod group_method_of(const Configuration& configuration) {
  return *with_switches(configuration.groups, configuration.switches).method;
}

SwitchSet switches_of(const Configuration& configuration) {
  SwitchSet on = configuration.switches;
  on.set(kLayerGroup, group_method_of(configuration) != GroupMethod::kAlone);
  return on;
}

Result<Network> rewrite(Graph graph, const PrecisionOptions& precision,
                        const PipelineOptions& options) {
  Network network{.graph = std::move(graph)};
  TPU_TRY_STATUS(lower_precision(network.graph, precision));
  TPU_TRY(network.passes, run_pipeline(network.graph, options));
  add_tables(network.graph);
  return network;
}

NetworkKey network_key(const Configuration& configuration) {
  SwitchSet passes = configuration.switches.passes();
  passes.set(kPermuteSteps, configuration.switches.has(kPermuteSteps));
  return {configuration.batch, configuration.precision, passes};
}

NetworkKey network_key(const Configuration& configuration, const Chip& chip) {
  NetworkKey key = network_key(configuration);
  key.precision.float_type = float_type_of(chip);
  if (!has_head_attention(chip)) key.passes.set(kHeadAttention, false);
  if (!has_half_erf(chip)) key.passes.set(kHalfErf, false);
  return key;
}

PlanKey plan_key(const Configuration& configuration) {
  PlanKey key{.chip = chip_key(configuration)};
  GroupOptions groups = with_switches(configuration.groups, configuration.switches);
  // Given groups are an error where every op is to be alone.
  if (groups.method == GroupMethod::kAlone && groups.given == nullptr) return key;
  std::sort(groups.support.lifted.begin(), groups.support.lifted.end());
  key.groups = std::move(groups);
  return key;
}

Compiler::Compiler(Graph imported, std::string name, std::size_t kept)
    : imported_(std::make_shared<const Graph>(std::move(imported))),
      name_(std::move(name)),
      batches_(kWithSingle * kept_or_default(kept)),
      typed_(kWithSingle * kept_or_default(kept)),
      networks_(kWithSingle * kept_or_default(kept)),
      varieties_(kWithSingle * kept_or_default(kept)),
      chips_(kept_or_default(kept)),
      memos_(kWithSingle * kept_or_default(kept)),
      estimates_(kWithSingle * kept_or_default(kept)) {}

Compiler::Compiler(std::shared_ptr<const CompiledNetwork> compiled, std::string name,
                   std::size_t kept)
    : Compiler(Graph(compiled->graph), std::move(name), kept) {
  compiled_ = std::move(compiled);
}

Result<std::shared_ptr<const Graph>> Compiler::batched(const Configuration& configuration) {
  if (!configuration.batch) return imported_;
  if (compiled_ != nullptr) {
    return Error{.code = ErrorCode::kUsage,
                 .message = "a compiled model has the batch that it was compiled for",
                 .where = name_,
                 .hint = "leave out --batch"};
  }
  const std::int64_t batch = *configuration.batch;
  return inside(batches_.get(batch, [&]() -> Result<Graph> {
    Result<Graph> graph = with_batch(*imported_, batch);
    return name_.empty() ? std::move(graph) : with_location(std::move(graph), name_);
  }));
}

Result<std::shared_ptr<const Chip>> Compiler::chip(const Configuration& configuration) {
  return inside(chips_.get(chip_key(configuration), [&] { return chip_of(configuration); }));
}

std::shared_ptr<PlanMemo> Compiler::memo(const Configuration& configuration) {
  const MemoKey key{chip_key(configuration), configuration.batch, configuration.groups.slices,
                    configuration.groups.local_bytes};
  return *memos_.get(key, [&] {
    auto memo = std::make_shared<PlanMemo>();
    memo->signatures = signatures_;
    memo->shared_estimate = estimate_memo(configuration);
    return memo;
  });
}

/// Null where no estimate of the chip is known.
std::shared_ptr<EstimateMemo> Compiler::estimate_memo(const Configuration& configuration) {
  const Result<std::shared_ptr<const Chip>> known = chip(configuration);
  if (!known.ok()) return nullptr;
  const std::optional<Chip> planned = as_planned(**known);
  if (!planned) return nullptr;
  const EstimateKey key{number_key(*planned), configuration.batch, configuration.groups.slices,
                        configuration.groups.local_bytes};
  return *estimates_.get(key, [&] { return std::make_shared<EstimateMemo>(*planned); });
}

Result<std::shared_ptr<const Network>> Compiler::network(const Configuration& configuration) {
  TPU_TRY(const std::shared_ptr<const Chip> known, chip(configuration));
  const NetworkKey key = network_key(configuration, *known);
  return inside(networks_.get(key, [&]() -> Result<Network> {
    if (compiled_ != nullptr) {
      TPU_TRY(const std::shared_ptr<const Graph> graph, batched(configuration));
      return Network{.graph = *graph, .compiled = compiled_};
    }
    TPU_TRY(const std::shared_ptr<const Graph> graph, typed(configuration, key.precision));
    Graph rewritten = *graph;
    TPU_TRY(PipelineResult passes, run_pipeline(rewritten, {.switches = key.passes}));
    Network network = finished(std::move(rewritten), key.passes);
    network.passes = std::move(passes);
    return network;
  }));
}

/// What follows the passes.
Network Compiler::finished(Graph rewritten, const SwitchSet& switches) {
  Network network{.graph = std::move(rewritten)};
  add_tables(network.graph);
  if (switches.has(kPermuteSteps)) add_permute_steps(network.graph);
  network.facts = std::make_shared<const NetworkFacts>(network.graph, *signatures_);
  return network;
}

Result<std::shared_ptr<const Network>> Compiler::variant(const Configuration& configuration) {
  if (compiled_ != nullptr) return network(configuration);
  TPU_TRY(const std::shared_ptr<const Chip> known, chip(configuration));
  const NetworkKey key = network_key(configuration, *known);
  const auto made = varieties_.get(
      {configuration.batch, key.precision}, [&]() -> Result<std::shared_ptr<Variety>> {
        TPU_TRY(const std::shared_ptr<const Graph> graph, typed(configuration, key.precision));
        return std::make_shared<Variety>(*graph);
      });
  TPU_TRY(const std::shared_ptr<Variety> variety, *made);
  TPU_TRY(const RewriteTree::State* state, variety->tree.rewritten(key.passes));
  const std::pair end(state, key.passes.has(kPermuteSteps));
  {
    const std::lock_guard lock(variety->mutex);
    const auto found = variety->networks.find(end);
    if (found != variety->networks.end()) return found->second;
  }
  auto network = std::make_shared<const Network>(finished(Graph(state->graph()), key.passes));
  const std::lock_guard lock(variety->mutex);
  return variety->networks.emplace(end, std::move(network)).first->second;
}

/// What every choice of passes begins with.
Result<std::shared_ptr<const Graph>> Compiler::typed(const Configuration& configuration,
                                                     const PrecisionOptions& precision) {
  return inside(typed_.get({configuration.batch, precision}, [&]() -> Result<Graph> {
    TPU_TRY(const std::shared_ptr<const Graph> graph, batched(configuration));
    Graph typed = *graph;
    TPU_TRY_STATUS(lower_precision(typed, precision));
    return typed;
  }));
}

/// The plan that the vendor's compiler makes of a batch holds weights for all images. Where as many
/// runs of one image are faster, groups may load them for each image instead. A batch that is in
/// the file is planned as the compiler does.
Result<Plan> Compiler::plan_on(const Network& network, const Chip& chip,
                               const Configuration& configuration) {
  GroupOptions groups = with_switches(configuration.groups, configuration.switches);
  const std::shared_ptr<PlanMemo> known = memo(configuration);
  const auto make = [&]() -> Result<Plan> {
    TPU_TRY(Plan plan,
            plan_layer_groups(network.graph, chip, groups, known.get(), network.facts.get()));
    plan.max_commands = groups.max_commands;
    return plan;
  };
  TPU_TRY(Plan plan, make());
  const std::int64_t images = configuration.batch.value_or(1);
  if (images <= 1 || !groups.hold_coefficients || groups.given != nullptr) return plan;
  Configuration single = configuration;
  single.batch = 1;
  const Result<Run> one = run(single);
  const auto simulated = [&](const Plan& made) {
    return simulate(network.graph, chip, made, *network.facts, known->lowered);
  };
  const Result<Simulation> batch = simulated(plan);
  if (!one.ok() || !batch.ok()) return plan;
  const std::int64_t time = batch->timeline.makespan.value;
  if (time <= images * one->simulation.timeline.makespan.value) return plan;
  groups.image_by_image = true;
  TPU_TRY(Plan other, make());
  const Result<Simulation> by_image = simulated(other);
  return by_image.ok() && by_image->timeline.makespan.value < time ? other : plan;
}

/// Where lanes were given more memory than the chip has: the same with the chip's own.
std::optional<Configuration> Compiler::with_own_memory(const Configuration& configuration,
                                                       const Chip& chip) {
  if (configuration.overrides.empty()) return std::nullopt;
  Configuration own = configuration;
  std::erase_if(own.overrides, [](const auto& override) {
    return std::string_view(override.first).ends_with(kLocalMemorySize);
  });
  const Result<std::shared_ptr<const Chip>> smaller = this->chip(own);
  if (!smaller.ok()) return std::nullopt;
  const bool is_more = (*smaller)->local_memory.kib_per_lane < chip.local_memory.kib_per_lane;
  return is_more ? std::optional(own) : std::nullopt;
}

/// A lane with more memory than the chip has need not use it: of the plans for both sizes the one
/// is taken whose simulation on this machine ends first. Estimates and the fixed rules of kernels
/// may prefer larger tiles that turn out slower.
Result<Plan> Compiler::plan_of(const Network& network, const Chip& chip,
                               const Configuration& configuration) {
  TPU_TRY(Plan plan, plan_on(network, chip, configuration));
  if (configuration.groups.given != nullptr) return plan;
  const std::optional<Configuration> own = with_own_memory(configuration, chip);
  if (!own) return plan;
  TPU_TRY(const std::shared_ptr<const Chip> smaller, this->chip(*own));
  Result<Plan> kept = plan_on(network, *smaller, *own);
  if (!kept.ok()) return plan;
  const auto time_of = [&](const Plan& made) {
    const Result<Simulation> run =
        simulate(network.graph, chip, made, *network.facts, memo(configuration)->lowered);
    return run.ok() ? run->timeline.makespan.value : std::numeric_limits<std::int64_t>::max();
  };
  return time_of(*kept) < time_of(plan) ? *std::move(kept) : std::move(plan);
}

Result<Compiled> Compiler::compile(std::shared_ptr<const Network> network,
                                   const Configuration& configuration,
                                   const ProgressListener& listener) {
  TPU_TRY(std::shared_ptr<const Chip> known, chip(configuration));
  if (network->compiled != nullptr) {
    Plan plan = network->compiled->plan;
    return Compiled{std::move(network), std::move(known), std::move(plan)};
  }
  if (network->facts == nullptr) {  // rewritten elsewhere
    Network complete = *network;
    complete.facts = std::make_shared<const NetworkFacts>(complete.graph, *signatures_);
    network = std::make_shared<const Network>(std::move(complete));
  }
  report_progress(listener, "searching layer groups");
  TPU_TRY(Plan plan, plan_of(*network, *known, configuration));
  return Compiled{std::move(network), std::move(known), std::move(plan)};
}

Result<Compiled> Compiler::compile(const Configuration& configuration,
                                   const ProgressListener& listener) {
  report_progress(listener, "rewriting the network");
  TPU_TRY(std::shared_ptr<const Network> rewritten, network(configuration));
  return compile(std::move(rewritten), configuration, listener);
}

Result<Run> Compiler::run(std::shared_ptr<const Network> network,
                          const Configuration& configuration, const ProgressListener& listener) {
  TPU_TRY(Compiled compiled, compile(std::move(network), configuration, listener));
  report_progress(listener, "simulating");
  TPU_TRY(Simulation simulation,
          compiled.network->compiled != nullptr
              ? simulate(*compiled.network->compiled, *compiled.chip)
              : simulate(compiled.network->graph, *compiled.chip, compiled.plan,
                         *compiled.network->facts, memo(configuration)->lowered));
  return Run{std::move(compiled.network), std::move(compiled.chip), std::move(simulation)};
}

Result<Run> Compiler::run(const Configuration& configuration, const ProgressListener& listener) {
  report_progress(listener, "rewriting the network");
  TPU_TRY(std::shared_ptr<const Network> rewritten, network(configuration));
  return run(std::move(rewritten), configuration, listener);
}

}  // namespace tpuscope
