// Sums over commands and charges; definitions are at the fields in metrics.h.

#include "profiles/report/metrics.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/figures.h"
#include "passes/precision/precision.h"
#include "profiles/report/local_memory.h"
#include "profiles/report/waterfall.h"

namespace tpuscope {

double Summary::bandwidth_utilisation() const {
  const double seconds = static_cast<double>(makespan.value) * 1e-12;
  const double possible = peak_ddr_bytes_per_second * seconds;
  return possible > 0 ? static_cast<double>(ddr_read_bytes + ddr_write_bytes) / possible : 0;
}

double Summary::runs_per_second() const {
  return makespan.value > 0 ? 1e12 / static_cast<double>(makespan.value) : 0;
}

namespace {

/// Time during which a command of the engine runs on some core.
Picoseconds busy_time(const Program& program, const Timeline& timeline, Engine engine,
                      std::int64_t cores) {
  Picoseconds sum{};
  std::vector<std::pair<Picoseconds, Picoseconds>> spans;
  for (std::size_t i = 0; i < program.commands.size(); ++i) {
    if (program.commands[i].engine != engine) continue;
    if (cores == 1) sum += timeline.end[i] - timeline.start[i];
    if (cores > 1) spans.emplace_back(timeline.start[i], timeline.end[i]);
  }
  std::sort(spans.begin(), spans.end());
  Picoseconds until{};
  for (const auto& [start, end] : spans) {
    sum += std::max(end, until) - std::max(start, until);
    until = std::max(end, until);
  }
  return sum;
}

}  // namespace

Summary summarise(const Simulation& simulation, const std::vector<Charge>& charges,
                  const Chip& chip, DType precision) {
  const auto& commands = simulation.program.commands;
  const Timeline& timeline = simulation.timeline;
  Summary summary{.makespan = timeline.makespan};
  summary.bound_ddr_bytes = simulation.bounds.ddr_bytes;
  summary.bound = simulation.bounds.time();
  summary.clock_khz = std::llround(chip.engine_mhz(Engine::kBdc) * 1000);
  summary.cycles = cycles_in(summary.makespan, summary.clock_khz);
  for (std::size_t i = 0; i < commands.size(); ++i) {
    const Command& command = commands[i];
    const bool is_bdc = command.engine == Engine::kBdc;
    ++(is_bdc ? summary.bdc_commands : summary.gdma_commands);
    summary.ddr_read_bytes += command.ddr_read;
    summary.ddr_write_bytes += command.ddr_write;
    summary.useful_ops += command.useful_ops;
    summary.issued_ops += command.issued_ops;
  }
  summary.cores = chip.array.cores;
  summary.bdc_busy = busy_time(simulation.program, timeline, Engine::kBdc, summary.cores);
  summary.gdma_busy = busy_time(simulation.program, timeline, Engine::kGdma, summary.cores);
  for (const Charge& charge : charges)
    add_charge(summary.waterfall, charge, simulation.program);
  summary.gdma_busy -= summary.waterfall[Step::kHost];  // it is no engine of the chip
  summary.verdict = verdict_of(summary.waterfall);
  summary.interval = interval_of(
      residuals(), {chip.name, summary.cores, precision_name(precision), summary.verdict.bound()},
      summary.makespan);
  summary.exposed_load = summary.waterfall[Step::kExposedLoad];
  summary.exposed_store = summary.waterfall[Step::kExposedStore];
  summary.exposed_copy = summary.waterfall[Step::kExposedCopy];
  summary.overlap = summary.gdma_busy - summary.exposed();
  summary.idle = summary.makespan - summary.bdc_busy - summary.exposed();
  summary.macs = simulation.bounds.macs;
  summary.compute_utilisation = ratio(simulation.bounds.compute_time.value, summary.makespan.value);
  const Result<double> peak = peak_macs_per_second(chip, precision);
  summary.peak_macs_per_second = peak.ok() ? *peak : 0;
  summary.peak_ddr_bytes_per_second = peak_ddr_bytes_per_second(chip);
  summary.local_memory_bytes = chip.local_bytes() * chip.array.cores;
  summary.lanes = chip.array.lanes;
  summary.local_memory_banks = chip.local_memory.banks;
  if (simulation.banks) {
    summary.banks = *simulation.banks;
    summary.banks.is_sharing.clear();
    summary.banks.is_meeting.clear();
    summary.banks.met_of.clear();
  }
  summary.peak_vector_ops_per_second = peak_vector_elements_per_second(chip, precision);
  summary.local_memory_peak_bytes =
      peak_of(local_memory_use(simulation.program, timeline)) * chip.array.lanes;
  return summary;
}

}  // namespace tpuscope
