// One place names the figures of the summary, so that report and page cannot differ.

#include "profiles/views/summary_json.h"

#include <nlohmann/json.hpp>

namespace tpuscope {

nlohmann::ordered_json summary_json(const Summary& summary) {
  return {{"time_ps", summary.makespan.value},
          {"cycles", summary.cycles},
          {"clock_khz", summary.clock_khz},
          {"cores", summary.cores},
          {"bdc_busy_ps", summary.bdc_busy.value},
          {"gdma_busy_ps", summary.gdma_busy.value},
          {"overlap_ps", summary.overlap.value},
          {"exposed_load_ps", summary.exposed_load.value},
          {"exposed_store_ps", summary.exposed_store.value},
          {"exposed_copy_ps", summary.exposed_copy.value},
          {"idle_ps", summary.idle.value},
          {"ddr_read_bytes", summary.ddr_read_bytes},
          {"ddr_write_bytes", summary.ddr_write_bytes},
          {"bound_ps", summary.bound.value},
          {"bound_ddr_bytes", summary.bound_ddr_bytes},
          {"macs", summary.macs},
          {"useful_ops", summary.useful_ops},
          {"issued_ops", summary.issued_ops},
          {"peak_macs_per_second", summary.peak_macs_per_second},
          {"peak_vector_ops_per_second", summary.peak_vector_ops_per_second},
          {"peak_ddr_bytes_per_second", summary.peak_ddr_bytes_per_second},
          {"compute_utilisation", summary.compute_utilisation},
          {"bandwidth_utilisation", summary.bandwidth_utilisation()},
          {"local_memory_peak_bytes", summary.local_memory_peak_bytes},
          {"local_memory_bytes", summary.local_memory_bytes},
          {"lanes", summary.lanes},
          {"local_memory_banks", summary.local_memory_banks},
          {"bdc_commands", summary.bdc_commands},
          {"gdma_commands", summary.gdma_commands}};
}

}  // namespace tpuscope
