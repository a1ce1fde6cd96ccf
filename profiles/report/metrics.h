// Metrics: the figures that summarise one run. Each has one definition, given here; views only
// print them.

#pragma once

#include <algorithm>
#include <vector>

#include "passes/lower/simulator.h"
#include "profiles/report/blame.h"
#include "profiles/report/interval.h"
#include "profiles/report/verdict.h"
#include "sim/chip/chip.h"

namespace tpuscope {

/// What one of several cores does.
struct CoreUse {
  Picoseconds bdc_busy{};
  Picoseconds gdma_busy{};  ///< without work of the host
  Picoseconds overlap{};    ///< both run
  Picoseconds wait{};       ///< for other cores
};

struct Summary {
  std::int64_t cores = 1;           ///< that the run could use
  std::int64_t batch = 1;           ///< images of one run, where the network is known
  Picoseconds makespan{};           ///< launch included
  std::int64_t cycles = 0;          ///< makespan in cycles of the BDC clock
  std::int64_t clock_khz = 0;       ///< that clock
  Picoseconds bdc_busy{};           ///< time during which a BDC command runs, mean of the cores
  Picoseconds gdma_busy{};          ///< time during which a GDMA command runs, mean of the cores
  Picoseconds overlap{};            ///< time during which both run, mean of the cores
  std::vector<CoreUse> core_use{};  ///< the same by core; empty where one core works
  Picoseconds exposed_load{};       ///< only a transfer from DDR runs; a step of the waterfall
  Picoseconds exposed_store{};      ///< only a transfer to DDR runs; a step of the waterfall
  Picoseconds exposed_copy{};       ///< only another transfer runs; a step of the waterfall
  Picoseconds idle{};               ///< no engine of any core runs; launch included
  std::int64_t ddr_read_bytes = 0;  ///< on the bus, whole bursts
  std::int64_t ddr_write_bytes = 0;
  std::int64_t useful_ops = 0;      ///< operations on BDC that the network needs
  std::int64_t issued_ops = 0;      ///< operations on BDC that are performed, padding included
  std::int64_t macs = 0;            ///< multiply-accumulates of convolutions and matrix products
  double peak_macs_per_second = 0;  ///< of the chip in the run's precision
  double peak_ddr_bytes_per_second = 0;
  /// That loads reach: what the GDMA takes, if the DDR gives it.
  double reachable_ddr_bytes_per_second = 0;
  /// What no grouping and no schedule can beat: bytes that must cross the DDR bus once, and the
  /// time of those bytes or of the products at peak rate, whichever is longer.
  std::int64_t bound_ddr_bytes = 0;
  Picoseconds bound{};
  std::int64_t local_memory_peak_bytes = 0;  ///< in use at once, all lanes of all cores
  std::int64_t local_memory_bytes = 0;       ///< that the chip has
  std::int64_t lanes = 0;                    ///< that local memory is divided into
  std::int64_t local_memory_banks = 0;       ///< that each lane's part consists of
  double peak_vector_ops_per_second = 0;     ///< one-pass arithmetic in the run's precision
  Waterfall waterfall{};                     ///< adds up to the makespan
  Verdict verdict{};                         ///< what bounds the run
  Interval interval{};  ///< of comparable runs on boards; none where the run was measured itself
  BankUse banks{};      ///< of compiled models: counts only, the lists by command are empty
  std::size_t bdc_commands = 0;
  std::size_t gdma_commands = 0;

  /// Time that the macs take at their peaks (each in its own precision) / makespan.
  double compute_utilisation = 0;
  /// DDR bytes of both directions / what the bus could carry during the makespan.
  double bandwidth_utilisation() const;
  /// Transfers during which nothing is computed.
  Picoseconds exposed() const { return exposed_load + exposed_store + exposed_copy; }
  Picoseconds per_image() const { return {makespan.value / std::max<std::int64_t>(batch, 1)}; }
  double images_per_second() const { return runs_per_second() * static_cast<double>(batch); }
  /// Runs of the network per second when they follow each other.
  double runs_per_second() const;
};

/// `precision` chooses the peak that is quoted; utilisation weighs each precision by itself.
Summary summarise(const Simulation& simulation, const std::vector<Charge>& charges,
                  const Chip& chip, DType precision);
/// The same but for the use of local memory, which takes longer than all else: for studies of
/// hundreds of runs that ask for times.
Summary summarise_times(const Simulation& simulation, const std::vector<Charge>& charges,
                        const Chip& chip, DType precision);

}  // namespace tpuscope
