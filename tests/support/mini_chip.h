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
                             value("i8_rate", "1") + "," + value("f16_rate", "1") + "," +
                             value("f32_rate", "0.5") + "," + value("fold_channels", "1")) +
         "," +
         section("ddr", value("peak_gbps", "16") + "," + value("efficiency", "1") + "," +
                            value("granule_bytes", "4") + "," + value("boundary_bytes", "64") +
                            "," + value("burst_bytes", "32") + "," + value("capacity_gib", "16")) +
         "," +
         section("gdma", value("ddr_to_local_bytes_per_cycle", "8") + "," +
                             value("local_to_ddr_bytes_per_cycle", "4") + "," +
                             value("ddr_to_ddr_bytes_per_cycle", "2") + "," +
                             value("local_to_local_bytes_per_cycle", "2") + "," +
                             value("start_cycles", "10") + "," + value("segment_cycles", "2") +
                             "," + value("unaligned_cycles", "3") + "," +
                             value("local_bytes_per_cycle", "16") + "," +
                             value("gather_elements_per_cycle", "0.25") + "," +
                             value("transpose_block_bytes", "4")) +
         "," +
         section(
             "bdc",
             value("conv_init_cycles", "5") + "," + value("matmul_init_cycles", "6") + "," +
                 value("matmul_cube_init_cycles", "7") + "," + value("depthwise_init_cycles", "3") +
                 "," + value("arith_init_cycles", "4") + "," + value("compare_init_cycles", "2") +
                 "," + value("convert_init_cycles", "4") + "," + value("special_init_cycles", "8") +
                 "," + value("lookup_init_cycles", "4") + "," + value("requant_init_cycles", "4") +
                 "," + value("divide_factor", "5") + "," + value("rsqrt_factor", "6") + "," +
                 value("reciprocal_factor", "5") + "," + value("depthwise_factor", "1") + "," +
                 value("lookup_cycles", "1") + "," + value("exp_terms_f32", "10") + "," +
                 value("exp_terms_16", "7") + "," + value("log_terms_f32", "16") + "," +
                 value("log_terms_16", "8") + "," + value("erf_terms", "10") + "," +
                 value("sin_terms", "16") + "," + value("bank_conflict_cycles", "1")) +
         "," +
         section("overhead", value("launch_us", "1") + "," + value("layer_us", "0") + "," +
                                 value("sync_cycles", "2") + "," + value("fetch_cycles", "0") +
                                 "," + value("core_sync_cycles", "3")) +
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
