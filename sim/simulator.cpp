// Lowering, engines and the checks that every run must pass, also in release builds.

#include "sim/simulator.h"

#include "sim/engine.h"
#include "sim/lower.h"
#include "sim/schedule_check.h"

namespace tpuscope {
namespace {

/// Release builds leave it to `tpuscope check` and the tests: it takes about as long as all before.
#ifdef NDEBUG
constexpr bool kVerifiesSchedules = false;
#else
constexpr bool kVerifiesSchedules = true;
#endif

/// Nothing beats physics. Commands round to picoseconds, hence the allowance of one each.
void check_bounds(const Simulation& simulation) {
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
}

}  // namespace

Result<Simulation> simulate(const Graph& graph, const Chip& chip, const Plan& plan) {
  Simulation simulation;
  simulation.plan = plan;
  TPU_TRY(simulation.bounds, bounds_of(graph, chip));
  TPU_TRY(simulation.program, lower(graph, chip, plan));
  simulation.timeline = run(simulation.program, chip);
  check_bounds(simulation);
  if (kVerifiesSchedules) {
    const Errors errors =
        check_schedule(graph, chip, simulation.plan, simulation.program, simulation.timeline);
    TPU_CHECK(errors.empty(), "{}", errors.front().message);
  }
  return simulation;
}

}  // namespace tpuscope
