// A machine small enough to check by hand: 4 lanes of 8 bytes, 1 KiB per lane in 4 banks, a cube of
// 2 columns by 4 (i8) or 2 (f16) channels, 1 cycle = 1 ns, DDR 8 bytes per cycle in granules of 4.

#pragma once

#include <string>

#include <doctest/doctest.h>

#include "sim/chip/chip.h"

namespace tpuscope::test {

inline std::string mini_chip_json() {
  const auto value = [](const std::string& key, const std::string& number) {
    return "\"" + key + "\": {\"value\": " + number +
           ", \"evidence\": \"assumed\", \"source\": \"made for tests\"}";
  };
  const auto section = [](const std::string& name, const std::string& rows) {
    return "\"" + name + "\": {" + rows + "}";
  };
  return "{\"name\": \"mini\", \"summary\": \"for tests\", " +
         section("array", value("cores", "1") + "," + value("lanes", "4") + "," +
                              value("eu_bytes_per_lane", "8") + "," +
                              value("i8_eu_bytes_per_lane", "8") + "," + value("i8_batch", "1")) +
         "," + section("clock", value("tiu_mhz", "1000") + "," + value("dma_mhz", "1000")) + "," +
         section("local_memory", value("kib_per_lane", "1") + "," + value("banks", "4")) + "," +
         section("cube", value("i8_channels", "4") + "," + value("f16_channels", "2") + "," +
                             value("columns", "2") + "," + value("f32_macs_per_lane", "2") + "," +
                             value("scales_results", "0")) +
         "," +
         section("ddr", value("peak_gbps", "16") + "," + value("efficiency", "1") + "," +
                            value("granule_bytes", "4") + "," + value("capacity_gib", "16")) +
         "," + section("overhead", value("launch_us", "1") + "," + value("core_sync_cycles", "3")) +
         "," +
         section(
             "command",
             value("cube_16_channels", "2") + "," + value("cube_16_columns", "2") + "," +
                 value("conv_start_cycles", "5") + "," + value("conv_pass_cycles", "0") + "," +
                 value("conv_row_cycles", "0") + "," + value("conv_f32_factor", "2") + "," +
                 value("conv_f32_channel_cycles", "0") + "," + value("matmul_start_cycles", "6") +
                 "," + value("matmul_f32_narrow_factor", "2") + "," +
                 value("matmul_f32_wide_factor", "2") + "," + value("cube_start_cycles", "7") +
                 "," + value("cube_f16_factor", "1") + "," + value("arith_start_cycles", "4") +
                 "," + value("arith_pair_start_cycles", "4") + "," +
                 value("cast_start_cycles", "4") + "," + value("divide_cycles", "5") + "," +
                 value("special_start_cycles", "8") + "," + value("rsqrt_cycles", "6") + "," +
                 value("window_start_cycles", "3") + "," + value("depthwise_cycles", "1") + "," +
                 value("depthwise_narrow_cycles", "1") + "," +
                 value("depthwise_column_cycles", "1") + "," +
                 value("depthwise_strided_cycles", "1") + "," +
                 value("depthwise_strided_narrow_cycles", "1") + "," +
                 value("pool_strided_cycles", "1") + "," +
                 value("pool_strided_narrow_cycles", "1") + "," +
                 value("gather_start_cycles", "4") + "," + value("gather_cycles", "1") + "," +
                 value("lines_start_cycles", "4") + "," + value("requant_start_cycles", "4") + "," +
                 value("broadcast_start_cycles", "4") + "," + value("static_start_cycles", "1") +
                 "," + value("compare_start_cycles", "2") + "," + value("system_cycles", "1") +
                 "," + value("bank_conflict_cycles", "1") + "," +
                 value("load_bytes_per_cycle", "8") + "," + value("store_bytes_per_cycle", "4") +
                 "," + value("copy_bytes_per_cycle", "2") + "," + value("load_start_cycles", "9") +
                 "," + value("load_ramp_cycles", "0") + "," + value("store_start_cycles", "10") +
                 "," + value("store_ramp_cycles", "0") + "," + value("copy_start_cycles", "10") +
                 "," + value("fill_start_cycles", "10") + "," + value("matrix_start_cycles", "10") +
                 "," + value("outstanding_runs", "1") + "," + value("load_run_cycles", "2") + "," +
                 value("store_run_cycles", "2") + "," + value("copy_run_cycles", "2") + "," +
                 value("gather_row_cycles", "2") + "," + value("load_element_cycles", "4") + "," +
                 value("store_element_cycles", "4") + "," + value("tiu_gap_cycles", "0") + "," +
                 value("dma_gap_cycles", "0") + "," + value("sync_cycles", "2") + "," +
                 value("sharing_factor", "1") + "," + value("launch_us", "0")) +
         "}";
}

inline Chip mini_chip(const ChipOverrides& overrides = {}) {
  const Result<Chip> chip = parse_chip(mini_chip_json(), "mini.json", overrides);
  if (!chip.ok()) FAIL(chip.error().where, ": ", chip.error().message);
  return *chip;
}

/// The real one.
inline Chip bm1684x(const ChipOverrides& overrides = {}) {
  const Result<Chip> chip = load_chip("bm1684x", overrides);
  if (!chip.ok()) FAIL(chip.error().where, ": ", chip.error().message);
  return *chip;
}

}  // namespace tpuscope::test
