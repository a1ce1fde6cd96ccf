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

double peak_ddr_bytes_per_second(const Chip& chip) {
  return chip.ddr.peak_gbps * 1e9;
}

}  // namespace tpuscope
