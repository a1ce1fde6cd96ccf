// A chip as the vendor's compiler estimates it: no start-ups, no factors, the rates of its own
// listings. What it says of a command is then comparable with ours, and only the commands differ.

#pragma once

#include <string>

#include "sim/chip/chip.h"

namespace tpuscope::testing {

/// `name`: "bm1684x" or "bm1688".
inline ChipOverrides estimate_overrides(const std::string& name) {
  ChipOverrides overrides;
  for (const char* key :
       {"conv_start",    "conv_pass",        "conv_row",      "matmul_start",    "cube_start",
        "arith_start",   "arith_pair_start", "cast_start",    "special_start",   "window_start",
        "gather_start",  "lines_start",      "requant_start", "broadcast_start", "static_start",
        "compare_start", "load_start",       "load_ramp",     "store_start",     "store_ramp",
        "copy_start",    "fill_start",       "matrix_start",  "tiu_gap",         "dma_gap",
        "sync"})
    overrides.emplace_back(std::string("command.") + key + "_cycles", "0");
  const bool is_wide = name == "bm1684x";
  const auto set = [&](const char* key, const char* wide, const char* narrow) {
    overrides.emplace_back(key, is_wide ? wide : narrow);
  };
  set("clock.tiu_mhz", "1000", "900");
  set("clock.dma_mhz", "1000", "900");
  set("command.load_bytes_per_cycle", "54.02", "26.67");
  set("command.store_bytes_per_cycle", "41", "26");
  set("command.copy_bytes_per_cycle", "59.6", "59.6");
  set("command.load_run_cycles", "4.74", "4.8");
  set("command.store_run_cycles", "3.1", "3.1");
  if (!is_wide) {
    overrides.emplace_back("command.load_start_cycles", "290");
    overrides.emplace_back("command.store_start_cycles", "170");
  }
  set("command.gather_row_cycles", "11", "11");
  for (const char* key : {"cube_f16_factor", "depthwise_cycles", "depthwise_narrow_cycles",
                          "depthwise_column_cycles", "sharing_factor"})
    overrides.emplace_back(std::string("command.") + key, "1");
  // An index is loaded and adjusted first.
  overrides.emplace_back("command.copy_start_cycles", "3");
  overrides.emplace_back("command.divide_cycles", "31");
  overrides.emplace_back("ddr.peak_gbps", "200");
  overrides.emplace_back("ddr.efficiency", "1");
  overrides.emplace_back("overhead.core_sync_cycles", "0");
  return overrides;
}

}  // namespace tpuscope::testing
