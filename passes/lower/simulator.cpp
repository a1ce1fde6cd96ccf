// Lowering, engines and the checks that every run must pass, also in release builds.

#include "passes/lower/simulator.h"

#include <algorithm>

#include "passes/lower/ddr_tensors.h"
#include "passes/lower/lower.h"
#include "passes/tiling/movement.h"
#include "sim/engine/engine.h"
#include "sim/verify/schedule_check.h"

namespace tpuscope {
namespace {

/// Release builds leave it to `tpuscope check` and the tests: it takes about as long as all before.
#ifdef NDEBUG
constexpr bool kVerifiesSchedules = false;
#else
constexpr bool kVerifiesSchedules = true;
#endif

/// Every group is planned within its lane's memory and every command works within it.
void check_capacity(const Plan& plan, const Program& program, const Chip& chip) {
  const std::int64_t capacity = chip.local_bytes_per_lane();
  for (std::size_t g = 0; g < plan.groups.size(); ++g) {
    TPU_CHECK(plan.groups[g].peak_local_bytes() <= capacity,
              "group {} takes {} of the {} bytes of a lane", g, plan.groups[g].peak_local_bytes(),
              capacity);
  }
  const auto is_inside = [capacity](const LocalRange& range) {
    return std::int64_t{range.address} + range.bytes <= capacity;
  };
  for (std::size_t i = 0; i < program.commands.size(); ++i) {
    const Command& command = program.commands[i];
    TPU_CHECK(is_inside(command.result) && is_inside(command.second_result) &&
                  std::all_of(command.operands.begin(), command.operands.end(), is_inside),
              "command {} leaves the {} bytes of its lane", i, capacity);
  }
}

/// Whether copies of the op write what they read more than once.
bool repeats(const Graph& graph, OpId op) {
  const Movement movement = graph[op].def->movement(graph.view(op));
  for (const StridedCopy& copy : movement.copies) {
    for (std::size_t i = 0; i < copy.extents.size(); ++i) {
      if (copy.extents[i] > 1 && copy.operand_strides[i] == 0) return true;
    }
  }
  return false;
}

/// Whether the op loads indices, by which it picks what it moves.
bool settles_indices(const Graph& graph, OpId op) {
  return graph[op].def->movement(graph.view(op)).gather_indices > 0;
}

/// Whether the op loads more than it picks.
bool picks(const Graph& graph, OpId op) {
  const Movement movement = graph[op].def->movement(graph.view(op));
  return std::any_of(movement.copies.begin(), movement.copies.end(),
                     [&](const StridedCopy& copy) { return picks_in_turns(movement, copy); });
}

/// What a movement carries into local memory it carries out again, once or more often, but for
/// what it does not pick and indices, and what an op alone computes, or the host, is stored once.
void check_bytes(const Graph& graph, const Simulation& simulation) {
  std::vector<std::int64_t> loaded(simulation.plan.groups.size());
  std::vector<std::int64_t> stored(simulation.plan.groups.size());
  for (const Command& command : simulation.program.commands) {
    if (command.direction == Direction::kDdrToLocal) loaded[command.group] += command.bytes;
    if (command.direction == Direction::kLocalToDdr) stored[command.group] += command.bytes;
    if (command.kind == CommandKind::kHost) stored[command.group] += command.ddr_write;
  }
  for (std::size_t g = 0; g < stored.size(); ++g) {
    const SingleOp* alone = simulation.plan.groups[g].single();
    if (alone == nullptr) continue;
    const Op& op = graph[alone->op];
    if (op.is("Launch")) continue;  // hands on what lies in DDR already
    if (op.def->layout == LayoutRule::kMovement) {
      TPU_CHECK(loaded[g] == stored[g] || (loaded[g] < stored[g] && repeats(graph, alone->op)) ||
                    (loaded[g] > stored[g] && picks(graph, alone->op)) ||
                    (stored[g] == 0 && settles_indices(graph, alone->op)),
                "{} loads {} bytes and stores {}", op.name, loaded[g], stored[g]);
      continue;
    }
    std::int64_t results = 0;
    for (const auto& result : op.results)
      results += result.type.bytes();
    TPU_CHECK(stored[g] == results, "{} stores {} bytes of {}", op.name, stored[g], results);
  }
}

constexpr std::int64_t kMostFigure = std::int64_t{1} << 62;

bool is_figure(std::int64_t value) {
  return value >= 0 && value <= kMostFigure;
}

/// No figure of a command is negative or beyond what 64 bits can add up.
void check_figures(const Simulation& simulation) {
  for (std::size_t i = 0; i < simulation.program.commands.size(); ++i) {
    const Command& command = simulation.program.commands[i];
    const CommandCost& cost = command.cost;
    const bool is_good = is_figure(cost.initial) && is_figure(cost.useful) &&
                         is_figure(cost.padding) && is_figure(cost.conflict) &&
                         is_figure(command.bytes) && is_figure(command.ddr_read) &&
                         is_figure(command.ddr_write) && is_figure(command.useful_ops) &&
                         is_figure(command.issued_ops);
    TPU_CHECK(is_good, "command {} ({}) has a figure below 0 or above 2^62", i,
              name_of(command.kind));
  }
  TPU_CHECK(is_figure(simulation.timeline.makespan.value) && is_figure(simulation.bounds.macs) &&
                is_figure(simulation.bounds.ddr_bytes) && is_figure(simulation.ddr_peak_bytes),
            "a figure of the run is below 0 or above 2^62");
}

/// Nothing beats physics. Commands round to picoseconds, hence the allowance of one each.
void check_bounds(const Simulation& simulation, const Chip& chip) {
  const auto allowance = static_cast<std::int64_t>(simulation.program.commands.size());
  const std::int64_t spent =
      simulation.timeline.makespan.value - simulation.timeline.launch.value + allowance;
  TPU_CHECK(spent >= simulation.bounds.time().value, "{} ps simulated, {} ps are the bound", spent,
            simulation.bounds.time().value);
  std::int64_t moved = 0;
  for (const Command& command : simulation.program.commands) {
    moved += command.ddr_read + command.ddr_write;
  }
  TPU_CHECK(moved >= simulation.bounds.ddr_bytes, "{} bytes moved, {} must be", moved,
            simulation.bounds.ddr_bytes);
  const double carried = static_cast<double>(spent) * 1e-12 * peak_ddr_bytes_per_second(chip);
  TPU_CHECK(static_cast<double>(moved) <= carried + 1, "{} bytes moved, the DDR carries {}", moved,
            carried);
}

}  // namespace

Result<Simulation> simulate(const Graph& graph, const Chip& chip, const Plan& plan) {
  SignatureTable signatures;
  LoweringMemo memo;
  return simulate(graph, chip, plan, NetworkFacts(graph, signatures), memo);
}

Result<Simulation> simulate(const Graph& graph, const Chip& chip, const Plan& plan,
                            const NetworkFacts& facts, LoweringMemo& memo) {
  Simulation simulation;
  simulation.plan = plan;
  TPU_TRY(simulation.bounds, bounds_of(facts.needed(graph), chip));
  TPU_TRY(simulation.program, lower(graph, chip, plan, facts, memo));
  simulation.timeline = run(simulation.program, chip);
  simulation.ddr_peak_bytes =
      peak_bytes(ddr_tensors(graph, simulation.program, simulation.timeline));
  TPU_TRY_STATUS(check_ddr(simulation.ddr_peak_bytes, chip));
  check_figures(simulation);
  check_bounds(simulation, chip);
  check_capacity(simulation.plan, simulation.program, chip);
  check_bytes(graph, simulation);
  if (kVerifiesSchedules) {
    const Errors errors = check_schedule(graph, chip, simulation.program, simulation.timeline);
    TPU_CHECK(errors.empty(), "{}", errors.front().message);
  }
  return simulation;
}

}  // namespace tpuscope
