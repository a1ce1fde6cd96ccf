// Sums over commands and charges; definitions are at the fields in metrics.h.

#include "profiles/report/metrics.h"

#include <algorithm>
#include <array>
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

using Spans = std::vector<std::pair<Picoseconds, Picoseconds>>;

Picoseconds length_of(const Spans& spans) {
  Picoseconds sum{};
  for (const auto& [start, end] : spans)
    sum += end - start;
  return sum;
}

/// Both in order of time, and disjoint in themselves.
Picoseconds overlap_of(const Spans& a, const Spans& b) {
  Picoseconds sum{};
  for (std::size_t i = 0, k = 0; i < a.size() && k < b.size();) {
    const Picoseconds start = std::max(a[i].first, b[k].first);
    const Picoseconds end = std::min(a[i].second, b[k].second);
    if (start < end) sum += end - start;
    ++(a[i].second < b[k].second ? i : k);
  }
  return sum;
}

/// Commands of a core's engine are disjoint and in order; the host is no engine of the chip.
std::vector<CoreUse> core_uses(const Program& program, const Timeline& timeline) {
  std::vector<std::array<Spans, kEngineCount>> spans(1);
  for (std::size_t i = 0; i < program.commands.size(); ++i) {
    const Command& command = program.commands[i];
    if (command.kind == CommandKind::kHost) continue;
    if (command.core >= spans.size()) spans.resize(command.core + 1);
    spans[command.core][static_cast<std::size_t>(command.engine)].emplace_back(timeline.start[i],
                                                                               timeline.end[i]);
  }
  std::vector<CoreUse> uses;
  for (const auto& core : spans) {
    const Spans& bdc = core[static_cast<std::size_t>(Engine::kBdc)];
    const Spans& gdma = core[static_cast<std::size_t>(Engine::kGdma)];
    uses.push_back({.bdc_busy = length_of(bdc),
                    .gdma_busy = length_of(gdma),
                    .overlap = overlap_of(bdc, gdma)});
  }
  const std::vector<std::vector<CoreWait>> waits = core_waits(program, timeline);
  for (std::size_t core = 0; core < waits.size(); ++core) {
    for (const CoreWait& wait : waits[core])
      uses[core].wait += wait.end - wait.begin;
  }
  return uses;
}

Picoseconds mean_of(const std::vector<CoreUse>& uses, Picoseconds CoreUse::*part) {
  Picoseconds sum{};
  for (const CoreUse& use : uses)
    sum += use.*part;
  return {sum.value / static_cast<std::int64_t>(uses.size())};
}

/// Time during which no engine runs; the host may.
Picoseconds idle_time(const std::vector<Charge>& charges, const Program& program) {
  Picoseconds sum{};
  for (const Charge& charge : charges) {
    const bool is_engine =
        (charge.kind == ChargeKind::kCompute || charge.kind == ChargeKind::kTransfer) &&
        program.commands[charge.command].kind != CommandKind::kHost;
    if (!is_engine) sum += charge.length();
  }
  return sum;
}

}  // namespace

Summary summarise(const Simulation& simulation, const std::vector<Charge>& charges,
                  const Chip& chip, DType precision) {
  Summary summary = summarise_times(simulation, charges, chip, precision);
  summary.local_memory_peak_bytes =
      peak_of(local_memory_use(simulation.program, simulation.timeline)) * chip.array.lanes;
  return summary;
}

Summary summarise_times(const Simulation& simulation, const std::vector<Charge>& charges,
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
  summary.core_use = core_uses(simulation.program, timeline);
  summary.bdc_busy = mean_of(summary.core_use, &CoreUse::bdc_busy);
  summary.gdma_busy = mean_of(summary.core_use, &CoreUse::gdma_busy);
  summary.overlap = mean_of(summary.core_use, &CoreUse::overlap);
  if (summary.core_use.size() == 1) summary.core_use.clear();
  for (const Charge& charge : charges)
    add_charge(summary.waterfall, charge, simulation.program);
  summary.verdict = verdict_of(summary.waterfall);
  summary.interval = interval_of(
      residuals(), {chip.name, summary.cores, precision_name(precision), summary.verdict.bound()},
      summary.makespan);
  summary.exposed_load = summary.waterfall[Step::kExposedLoad];
  summary.exposed_store = summary.waterfall[Step::kExposedStore];
  summary.exposed_copy = summary.waterfall[Step::kExposedCopy];
  summary.idle = idle_time(charges, simulation.program);
  summary.macs = simulation.bounds.macs;
  summary.compute_utilisation = ratio(simulation.bounds.compute_time.value, summary.makespan.value);
  const Result<double> peak = peak_macs_per_second(chip, precision);
  summary.peak_macs_per_second = peak.ok() ? *peak : 0;
  summary.peak_ddr_bytes_per_second = peak_ddr_bytes_per_second(chip);
  summary.reachable_ddr_bytes_per_second =
      std::min(summary.peak_ddr_bytes_per_second,
               chip.command.load_bytes_per_cycle * chip.clock.dma_mhz * 1e6);
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
  return summary;
}

}  // namespace tpuscope
