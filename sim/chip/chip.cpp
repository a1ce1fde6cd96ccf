// Rates derived from a chip's numbers.

#include "sim/chip/chip.h"

#include <algorithm>

#include <fmt/core.h>

namespace tpuscope {

std::string_view name_of(Evidence evidence) {
  switch (evidence) {
    case Evidence::kDocumented:
      return "documented";
    case Evidence::kInferred:
      return "inferred";
    case Evidence::kCalibrated:
      return "calibrated";
    case Evidence::kAssumed:
      return "assumed";
    case Evidence::kUser:
      return "user";
  }
  unreachable();
}

std::int64_t Chip::eu_count(DType type) const {
  // Wider types than the unit's 32 bits are handled as 32 bits, as the vendor's compiler does.
  const std::int64_t size = std::min<std::int64_t>(size_of(type), 4);
  const std::int64_t bytes = size == 1 ? array.i8_eu_bytes_per_lane : array.eu_bytes_per_lane;
  return std::max<std::int64_t>(1, bytes / size);
}

std::int64_t peak_macs_per_cycle(const Chip& chip, DType type) {
  switch (size_of(type)) {
    case 1:
      return chip.array.lanes * chip.cube.columns * chip.cube.i8_channels;
    case 2:
      return chip.array.lanes * chip.cube.columns * chip.cube.f16_channels;
    default:
      return chip.array.lanes * chip.cube.f32_macs_per_lane;
  }
}

bool has_unscaled_half_cube(const Chip& chip) {
  return chip.cube.scales_results == 0 && peak_macs_per_cycle(chip, DType::kF16) > 0;
}

Result<double> peak_macs_per_second(const Chip& chip, DType type) {
  const std::int64_t per_cycle = peak_macs_per_cycle(chip, type);
  if (per_cycle == 0) {
    return Error{.code = ErrorCode::kUnsupported,
                 .message = fmt::format("{} has no {}", chip.name, name_of(type)),
                 .hint = "choose another precision or chip"};
  }
  return static_cast<double>(per_cycle * chip.array.cores) * chip.clock.tiu_mhz * 1e6;
}

double peak_vector_elements_per_second(const Chip& chip, DType type) {
  return static_cast<double>(chip.array.cores * chip.array.lanes * chip.eu_count(type)) *
         chip.clock.tiu_mhz * 1e6;
}

std::optional<Chip> as_estimated(Chip chip) {
  if (chip.estimate.load_bytes_per_cycle <= 0) return std::nullopt;
  chip.prices = PriceModel::kEstimate;
  chip.command.tiu_gap_cycles = 0;
  chip.command.dma_gap_cycles = 0;
  chip.command.sync_cycles = 0;
  return chip;
}

std::optional<Chip> as_planned(const Chip& chip) {
  std::optional<Chip> planned = as_estimated(chip);
  if (!planned) return std::nullopt;
  planned->values.clear();
  planned->overhead.launch_us = 0;
  planned->overhead.net_us = 0;
  planned->overhead.host_net_us = 0;
  planned->overhead.host_kv_us_per_mb = 0;
  Chip::Instructions& numbers = planned->command;
  // What ComputePrice::estimated() drops, and what transfers begin with. Transfers that are
  // transposed on the way, picks and conflicts of banks cost what they do on silicon.
  for (double* number :
       {&numbers.conv_start_cycles,        &numbers.conv_pass_cycles,
        &numbers.conv_row_cycles,          &numbers.conv_f32_factor,
        &numbers.conv_f32_channel_cycles,  &numbers.matmul_start_cycles,
        &numbers.matmul_f32_narrow_factor, &numbers.matmul_f32_wide_factor,
        &numbers.cube_start_cycles,        &numbers.cube_f16_factor,
        &numbers.arith_start_cycles,       &numbers.arith_pair_start_cycles,
        &numbers.cast_start_cycles,        &numbers.divide_cycles,
        &numbers.special_start_cycles,     &numbers.rsqrt_cycles,
        &numbers.window_start_cycles,      &numbers.depthwise_cycles,
        &numbers.depthwise_narrow_cycles,  &numbers.depthwise_column_cycles,
        &numbers.depthwise_strided_cycles, &numbers.depthwise_strided_narrow_cycles,
        &numbers.pool_strided_cycles,      &numbers.pool_strided_narrow_cycles,
        &numbers.gather_start_cycles,      &numbers.gather_cycles,
        &numbers.lines_start_cycles,       &numbers.requant_start_cycles,
        &numbers.broadcast_start_cycles,   &numbers.static_start_cycles,
        &numbers.compare_start_cycles,     &numbers.load_start_cycles,
        &numbers.load_ramp_cycles,         &numbers.store_start_cycles,
        &numbers.store_ramp_cycles,        &numbers.fill_start_cycles,
        &numbers.sharing_factor,           &numbers.launch_us}) {
    *number = 0;
  }
  return planned;
}

std::string number_key(const Chip& chip) {
  std::string key;
  const auto add = [&](const auto& numbers) {
    // Integers and doubles, all of 8 bytes.
    static_assert(sizeof(numbers) % sizeof(double) == 0);
    key.append(reinterpret_cast<const char*>(&numbers), sizeof(numbers));
  };
  add(chip.clock);
  add(chip.array);
  add(chip.local_memory);
  add(chip.cube);
  add(chip.ddr);
  add(chip.overhead);
  add(chip.command);
  add(chip.estimate);
  key += chip.prices == PriceModel::kEstimate ? 'e' : 's';
  return key;
}

double peak_ddr_bytes_per_second(const Chip& chip) {
  return chip.ddr.peak_gbps * 1e9;
}

}  // namespace tpuscope
