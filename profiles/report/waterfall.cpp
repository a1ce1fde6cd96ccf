// Names of the steps, and how one charge is split among them.

#include "profiles/report/waterfall.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "base/figures.h"

namespace tpuscope {
namespace {

constexpr std::array<StepText, kStepCount> kTexts = {{
    {"useful_compute", "convolutions and products", "compute",
     "the cube does work that the network needs"},
    {"alignment_padding", "alignment padding", "padding", "lanes and units compute on padding"},
    {"vector_work", "vector and special-function work", "vector",
     "element-wise work keeps BDC busy"},
    {"exposed_load", "exposed loads", "load", "BDC waits for data from DDR"},
    {"exposed_store", "exposed stores", "store", "BDC waits for results to reach DDR"},
    {"exposed_copy", "exposed DDR copies", "copy", "data moves and nothing is computed"},
    {"host_work", "work of the host", "host", "the chip waits for the host"},
    {"bank_conflicts", "bank conflict stalls", "conflict",
     "operands and result share a bank of local memory"},
    {"issue", "sync and issue overhead", "issue", "commands start up or wait to be issued"},
    {"layer_turn", "group switch overhead", "group switch",
     "both engines idle between layer groups"},
    {"core_imbalance", "core imbalance", "core imbalance",
     "cores wait until others end what they share"},
    {"launch", "launch", "launch", "the chip has not started yet"},
    {"idle", "idle", "idle", "nothing runs"},
}};

Step step_of_transfer(const Command& command) {
  if (command.kind == CommandKind::kHost) return Step::kHost;
  switch (command.direction) {
    case Direction::kDdrToLocal:
      return Step::kExposedLoad;
    case Direction::kLocalToDdr:
      return Step::kExposedStore;
    case Direction::kNone:
    case Direction::kDdrToDdr:
    case Direction::kLocalToLocal:
      return Step::kExposedCopy;
  }
  unreachable();
}

/// Shares `length` out in proportion to the parts of the cost. Each boundary is rounded once, so
/// that the shares add up to the length.
void add_compute(Waterfall& waterfall, Picoseconds length, const Command& command) {
  const CommandCost& cost = command.cost;
  const Step work = is_cube(command.kind) ? Step::kUsefulCompute : Step::kVector;
  const std::array<std::pair<Step, std::int64_t>, 4> parts = {{{work, cost.useful},
                                                               {Step::kPadding, cost.padding},
                                                               {Step::kConflict, cost.conflict},
                                                               {Step::kIssue, cost.initial}}};
  Picoseconds charged{};
  std::int64_t cycles = 0;
  for (const auto& [step, part] : parts) {
    cycles += part;
    const Picoseconds boundary{cost.total() == 0 ? 0 : mul_div(length.value, cycles, cost.total())};
    waterfall[step] += boundary - charged;
    charged = boundary;
  }
  waterfall[Step::kIssue] += length - charged;
}

}  // namespace

const StepText& text_of(Step step) {
  return kTexts[static_cast<std::size_t>(step)];
}

Picoseconds Waterfall::total() const {
  Picoseconds sum{};
  for (const Picoseconds step : steps)
    sum += step;
  return sum;
}

Step Waterfall::largest() const {
  return static_cast<Step>(std::max_element(steps.begin(), steps.end()) - steps.begin());
}

void add_charge(Waterfall& waterfall, const Charge& charge, const Program& program) {
  waterfall[Step::kCoreImbalance] += charge.core_wait;
  const Picoseconds rest = charge.length() - charge.core_wait;
  switch (charge.kind) {
    case ChargeKind::kCompute:
      return add_compute(waterfall, rest, program.commands[charge.command]);
    case ChargeKind::kTransfer:
      waterfall[step_of_transfer(program.commands[charge.command])] += rest;
      return;
    case ChargeKind::kIssue:
      waterfall[Step::kIssue] += rest;
      return;
    case ChargeKind::kLayer:
      waterfall[Step::kLayer] += rest;
      return;
    case ChargeKind::kLaunch:
      waterfall[Step::kLaunch] += charge.length();
      return;
    case ChargeKind::kIdle:
      waterfall[Step::kIdle] += charge.length();
      return;
  }
  unreachable();
}

}  // namespace tpuscope
