// Rows of the field table. Limits bound what is a machine at all; a physical range for fitting is
// in the chip file beside its evidence.

#include "sim/chip/chip_fields.h"

#include <algorithm>
#include <array>
#include <string>

#include "base/check.h"

namespace tpuscope {
namespace {

// clang-format off: one row per field
constexpr auto kFields = std::to_array<ChipField>({
    {"array", "cores", [](Chip& c) -> FieldPlace { return &c.array.cores; }, 1, 64},
    {"array", "lanes", [](Chip& c) -> FieldPlace { return &c.array.lanes; }, 1, 1024},
    {"array", "eu_bytes_per_lane", [](Chip& c) -> FieldPlace { return &c.array.eu_bytes_per_lane; },
     4, 1024},
    {"array", "i8_eu_bytes_per_lane",
     [](Chip& c) -> FieldPlace { return &c.array.i8_eu_bytes_per_lane; }, 1, 1024},
    {"array", "i8_batch", [](Chip& c) -> FieldPlace { return &c.array.i8_batch; }, 1, 64},
    {"array", "native_4_bit", [](Chip& c) -> FieldPlace { return &c.array.native_4_bit; }, 0, 1,
     true},
    {"clock", "tiu_mhz", [](Chip& c) -> FieldPlace { return &c.clock.tiu_mhz; }, 1, 10000},
    {"clock", "dma_mhz", [](Chip& c) -> FieldPlace { return &c.clock.dma_mhz; }, 1, 10000},
    {"local_memory", "kib_per_lane",
     [](Chip& c) -> FieldPlace { return &c.local_memory.kib_per_lane; }, 1, 65536},
    {"local_memory", "banks", [](Chip& c) -> FieldPlace { return &c.local_memory.banks; }, 1, 1024},
    {"cube", "i8_channels", [](Chip& c) -> FieldPlace { return &c.cube.i8_channels; }, 0, 4096},
    {"cube", "f16_channels", [](Chip& c) -> FieldPlace { return &c.cube.f16_channels; }, 0, 4096},
    {"cube", "columns", [](Chip& c) -> FieldPlace { return &c.cube.columns; }, 1, 256},
    {"cube", "f32_macs_per_lane", [](Chip& c) -> FieldPlace { return &c.cube.f32_macs_per_lane; },
     0, 4096},
    {"cube", "scales_results", [](Chip& c) -> FieldPlace { return &c.cube.scales_results; }, 0, 1},
    {"ddr", "peak_gbps", [](Chip& c) -> FieldPlace { return &c.ddr.peak_gbps; }, 0.1, 10000},
    {"ddr", "efficiency", [](Chip& c) -> FieldPlace { return &c.ddr.efficiency; }, 0.01, 1},
    {"ddr", "granule_bytes", [](Chip& c) -> FieldPlace { return &c.ddr.granule_bytes; }, 1, 4096},
    {"ddr", "capacity_gib", [](Chip& c) -> FieldPlace { return &c.ddr.capacity_gib; }, 1, 65536},
    {"overhead", "launch_us", [](Chip& c) -> FieldPlace { return &c.overhead.launch_us; }, 0,
     1000000},
    {"overhead", "core_sync_cycles",
     [](Chip& c) -> FieldPlace { return &c.overhead.core_sync_cycles; }, 0, 1000000},
    {"overhead", "net_us", [](Chip& c) -> FieldPlace { return &c.overhead.net_us; }, 0, 1000000,
     true},
    {"overhead", "host_net_us", [](Chip& c) -> FieldPlace { return &c.overhead.host_net_us; }, 0,
     1000000, true},
    {"overhead", "host_kv_us_per_mb",
     [](Chip& c) -> FieldPlace { return &c.overhead.host_kv_us_per_mb; }, 0, 1000000, true},
    {"command", "cube_16_channels",
     [](Chip& c) -> FieldPlace { return &c.command.cube_16_channels; }, 1, 10000},
    {"command", "cube_16_columns", [](Chip& c) -> FieldPlace { return &c.command.cube_16_columns; },
     1, 10000},
    {"command", "conv_start_cycles",
     [](Chip& c) -> FieldPlace { return &c.command.conv_start_cycles; }, 0, 100000},
    {"command", "conv_pass_cycles",
     [](Chip& c) -> FieldPlace { return &c.command.conv_pass_cycles; }, 0, 10000},
    {"command", "conv_row_cycles", [](Chip& c) -> FieldPlace { return &c.command.conv_row_cycles; },
     0, 10000},
    {"command", "conv_f32_factor", [](Chip& c) -> FieldPlace { return &c.command.conv_f32_factor; },
     0, 10000},
    {"command", "conv_f32_channel_cycles",
     [](Chip& c) -> FieldPlace { return &c.command.conv_f32_channel_cycles; }, 0, 10000},
    {"command", "matmul_start_cycles",
     [](Chip& c) -> FieldPlace { return &c.command.matmul_start_cycles; }, 0, 100000},
    {"command", "matmul_f32_narrow_factor",
     [](Chip& c) -> FieldPlace { return &c.command.matmul_f32_narrow_factor; }, 0, 10000},
    {"command", "matmul_f32_wide_factor",
     [](Chip& c) -> FieldPlace { return &c.command.matmul_f32_wide_factor; }, 0, 10000},
    {"command", "cube_start_cycles",
     [](Chip& c) -> FieldPlace { return &c.command.cube_start_cycles; }, 0, 100000},
    {"command", "cube_f16_factor", [](Chip& c) -> FieldPlace { return &c.command.cube_f16_factor; },
     0, 10000},
    {"command", "arith_start_cycles",
     [](Chip& c) -> FieldPlace { return &c.command.arith_start_cycles; }, 0, 100000},
    {"command", "arith_pair_start_cycles",
     [](Chip& c) -> FieldPlace { return &c.command.arith_pair_start_cycles; }, 0, 100000},
    {"command", "cast_start_cycles",
     [](Chip& c) -> FieldPlace { return &c.command.cast_start_cycles; }, 0, 100000},
    {"command", "divide_cycles", [](Chip& c) -> FieldPlace { return &c.command.divide_cycles; }, 0,
     10000},
    {"command", "special_start_cycles",
     [](Chip& c) -> FieldPlace { return &c.command.special_start_cycles; }, 0, 100000},
    {"command", "rsqrt_cycles", [](Chip& c) -> FieldPlace { return &c.command.rsqrt_cycles; }, 0,
     10000},
    {"command", "window_start_cycles",
     [](Chip& c) -> FieldPlace { return &c.command.window_start_cycles; }, 0, 100000},
    {"command", "depthwise_cycles",
     [](Chip& c) -> FieldPlace { return &c.command.depthwise_cycles; }, 0, 10000},
    {"command", "depthwise_narrow_cycles",
     [](Chip& c) -> FieldPlace { return &c.command.depthwise_narrow_cycles; }, 0, 10000},
    {"command", "depthwise_column_cycles",
     [](Chip& c) -> FieldPlace { return &c.command.depthwise_column_cycles; }, 0, 10000},
    {"command", "depthwise_strided_cycles",
     [](Chip& c) -> FieldPlace { return &c.command.depthwise_strided_cycles; }, 0, 10000},
    {"command", "depthwise_strided_narrow_cycles",
     [](Chip& c) -> FieldPlace { return &c.command.depthwise_strided_narrow_cycles; }, 0, 10000},
    {"command", "pool_strided_cycles",
     [](Chip& c) -> FieldPlace { return &c.command.pool_strided_cycles; }, 0, 10000},
    {"command", "pool_strided_narrow_cycles",
     [](Chip& c) -> FieldPlace { return &c.command.pool_strided_narrow_cycles; }, 0, 10000},
    {"command", "gather_start_cycles",
     [](Chip& c) -> FieldPlace { return &c.command.gather_start_cycles; }, 0, 100000},
    {"command", "gather_cycles", [](Chip& c) -> FieldPlace { return &c.command.gather_cycles; }, 0,
     10000},
    {"command", "lines_start_cycles",
     [](Chip& c) -> FieldPlace { return &c.command.lines_start_cycles; }, 0, 100000},
    {"command", "requant_start_cycles",
     [](Chip& c) -> FieldPlace { return &c.command.requant_start_cycles; }, 0, 100000},
    {"command", "broadcast_start_cycles",
     [](Chip& c) -> FieldPlace { return &c.command.broadcast_start_cycles; }, 0, 100000},
    {"command", "static_start_cycles",
     [](Chip& c) -> FieldPlace { return &c.command.static_start_cycles; }, 0, 100000},
    {"command", "compare_start_cycles",
     [](Chip& c) -> FieldPlace { return &c.command.compare_start_cycles; }, 0, 100000},
    {"command", "system_cycles", [](Chip& c) -> FieldPlace { return &c.command.system_cycles; }, 0,
     10000},
    {"command", "bank_conflict_cycles",
     [](Chip& c) -> FieldPlace { return &c.command.bank_conflict_cycles; }, 0, 1000},
    {"command", "load_bytes_per_cycle",
     [](Chip& c) -> FieldPlace { return &c.command.load_bytes_per_cycle; }, 0.1, 100000},
    {"command", "store_bytes_per_cycle",
     [](Chip& c) -> FieldPlace { return &c.command.store_bytes_per_cycle; }, 0.1, 100000},
    {"command", "copy_bytes_per_cycle",
     [](Chip& c) -> FieldPlace { return &c.command.copy_bytes_per_cycle; }, 0.1, 100000},
    {"command", "load_start_cycles",
     [](Chip& c) -> FieldPlace { return &c.command.load_start_cycles; }, 0, 100000},
    {"command", "load_ramp_cycles",
     [](Chip& c) -> FieldPlace { return &c.command.load_ramp_cycles; }, 0, 10000},
    {"command", "store_start_cycles",
     [](Chip& c) -> FieldPlace { return &c.command.store_start_cycles; }, 0, 100000},
    {"command", "store_ramp_cycles",
     [](Chip& c) -> FieldPlace { return &c.command.store_ramp_cycles; }, 0, 10000},
    {"command", "copy_start_cycles",
     [](Chip& c) -> FieldPlace { return &c.command.copy_start_cycles; }, 0, 100000},
    {"command", "fill_start_cycles",
     [](Chip& c) -> FieldPlace { return &c.command.fill_start_cycles; }, 0, 100000},
    {"command", "matrix_start_cycles",
     [](Chip& c) -> FieldPlace { return &c.command.matrix_start_cycles; }, 0, 100000},
    {"command", "outstanding_runs",
     [](Chip& c) -> FieldPlace { return &c.command.outstanding_runs; }, 1, 100000},
    {"command", "load_run_cycles", [](Chip& c) -> FieldPlace { return &c.command.load_run_cycles; },
     0, 10000},
    {"command", "store_run_cycles",
     [](Chip& c) -> FieldPlace { return &c.command.store_run_cycles; }, 0, 10000},
    {"command", "copy_run_cycles", [](Chip& c) -> FieldPlace { return &c.command.copy_run_cycles; },
     0, 10000},
    {"command", "gather_row_cycles",
     [](Chip& c) -> FieldPlace { return &c.command.gather_row_cycles; }, 0, 10000},
    {"command", "load_element_cycles",
     [](Chip& c) -> FieldPlace { return &c.command.load_element_cycles; }, 0, 10000},
    {"command", "store_element_cycles",
     [](Chip& c) -> FieldPlace { return &c.command.store_element_cycles; }, 0, 10000},
    {"command", "tiu_gap_cycles", [](Chip& c) -> FieldPlace { return &c.command.tiu_gap_cycles; },
     0, 10000},
    {"command", "dma_gap_cycles", [](Chip& c) -> FieldPlace { return &c.command.dma_gap_cycles; },
     0, 10000},
    {"command", "sync_cycles", [](Chip& c) -> FieldPlace { return &c.command.sync_cycles; }, 0,
     10000},
    {"command", "sharing_factor", [](Chip& c) -> FieldPlace { return &c.command.sharing_factor; },
     1, 10000},
    {"command", "launch_us", [](Chip& c) -> FieldPlace { return &c.command.launch_us; }, 0,
     1000000},
    {"estimate", "load_bytes_per_cycle",
     [](Chip& c) -> FieldPlace { return &c.estimate.load_bytes_per_cycle; }, 0, 10000, true},
    {"estimate", "store_bytes_per_cycle",
     [](Chip& c) -> FieldPlace { return &c.estimate.store_bytes_per_cycle; }, 0, 10000, true},
    {"estimate", "copy_bytes_per_cycle",
     [](Chip& c) -> FieldPlace { return &c.estimate.copy_bytes_per_cycle; }, 0, 10000, true},
});
// clang-format on

}  // namespace

std::span<const ChipField> chip_fields() {
  return kFields;
}

std::string path_of(const ChipField& field) {
  return std::string(field.section) + "." + std::string(field.key);
}

double get(const ChipField& field, const Chip& chip) {
  Chip copy = chip;
  return std::visit([](auto* place) { return static_cast<double>(*place); }, field.place(copy));
}

void set(const ChipField& field, Chip& chip, double value) {
  std::visit(
      [value](auto* place) {
        *place = static_cast<std::remove_reference_t<decltype(*place)>>(value);
      },
      field.place(chip));
}

bool is_whole(const ChipField& field) {
  Chip chip;
  return std::holds_alternative<std::int64_t*>(field.place(chip));
}

bool is_whole_number(std::string_view path) {
  const auto field = std::find_if(chip_fields().begin(), chip_fields().end(),
                                  [&](const ChipField& row) { return path_of(row) == path; });
  TPU_CHECK(field != chip_fields().end(), "a chip has no {}", path);
  return is_whole(*field);
}

}  // namespace tpuscope
