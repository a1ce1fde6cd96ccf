// The vendor's kernel of a permute: see turnover.h.

#include "passes/tiling/turnover.h"

#include <algorithm>

#include "sim/cost/instruction_cost.h"

namespace tpuscope {
namespace {

/// The most lanes among which so many rows go evenly.
std::int64_t even_lanes(const Chip& chip, std::int64_t extent) {
  std::int64_t lanes = std::min(chip.array.lanes, extent);
  while (extent % lanes != 0)
    --lanes;
  return lanes;
}

/// Lanes turned against what each of them has.
PlannedInstruction turning(const Chip& chip, std::int64_t rows, std::int64_t columns,
                           std::int64_t element_bytes) {
  ComputeInstruction fields{.kind = ComputeKind::kTranspose, .dtype = DType::kI8};
  fields.result = {1, narrowed(columns), 1, narrowed(rows)};
  fields.output.bits = static_cast<std::uint32_t>(8 * element_bytes);
  return {.fields = fields, .kind = command_kind(fields.kind), .price = price_of(fields, chip)};
}

/// One element per lane and cycle.
PlannedInstruction reordering(const Chip& chip, std::int64_t elements, std::int64_t lanes,
                              std::int64_t element_bytes) {
  constexpr std::uint32_t kBits = 8;
  const auto bits = static_cast<std::uint32_t>(kBits * std::min<std::int64_t>(element_bytes, 4));
  ComputeInstruction fields{.kind = ComputeKind::kCopy, .dtype = DType::kI8};
  fields.result = {1, narrowed(lanes), 1, narrowed(ceil_div(elements, lanes))};
  fields.output.bits = bits;
  for (InstructionOperand& operand : fields.operands) {
    operand = {.bits = bits,
               .is_strided = true,
               .address = 1,
               .w_stride = static_cast<std::uint32_t>(chip.array.eu_bytes_per_lane)};
  }
  return {.fields = fields, .kind = command_kind(fields.kind), .price = price_of(fields, chip)};
}

}  // namespace

SwappedMatrices swapped_matrices(const StridedCopy& copy) {
  SwappedMatrices found;
  for (std::size_t i = 0; i < copy.extents.size(); ++i) {
    if (copy.extents[i] == 1) continue;
    if (copy.operand_strides[i] == 1) found.columns = copy.extents[i];
    if (copy.result_strides[i] == 1) found.rows = copy.extents[i];
  }
  found.count = copy.elements() / (found.rows * found.columns);
  return found;
}

Turnover turnover_of(const Chip& chip, const StridedCopy& copy) {
  const std::int64_t elements = copy.elements();
  const auto [rows, columns, matrices] = swapped_matrices(copy);
  const std::int64_t lanes = chip.array.lanes;
  if (matrices > 1 && rows <= lanes && matrices >= std::min(lanes, columns)) {
    return {.lanes = std::min(lanes, matrices),
            .load_runs = elements / columns,
            .store_runs = elements / rows};
  }
  const auto is_even = [&](std::int64_t extent) { return 2 * even_lanes(chip, extent) >= lanes; };
  const std::int64_t longer = std::max(columns, rows);
  const std::int64_t shorter = std::min(columns, rows);
  const bool cuts_longer = matrices > 1 || longer <= lanes || is_even(longer);
  if (!cuts_longer && (shorter <= lanes || !is_even(shorter))) {
    return {.lanes = std::min(lanes, rows),
            .load_runs = rows,
            .store_runs = columns,
            .across_lanes = true};
  }
  const bool cuts_columns = (columns >= rows) == cuts_longer;
  const std::int64_t side = cuts_columns ? columns : rows;
  const std::int64_t used = even_lanes(chip, side);
  if (cuts_columns) {
    return {.lanes = std::min(lanes, side),
            .load_runs = matrices * rows * used,
            .store_runs = matrices * used};
  }
  return {.lanes = std::min(lanes, side),
          .load_runs = matrices * used,
          .store_runs = matrices * columns * used,
          .writes_apart = matrices > 1};
}

PlannedInstruction turnover_instruction(const Chip& chip, const Turnover& turnover,
                                        std::int64_t elements, std::int64_t element_bytes) {
  if (turnover.across_lanes)
    return turning(chip, turnover.load_runs, turnover.store_runs, element_bytes);
  return reordering(chip, elements, turnover.lanes, element_bytes);
}

}  // namespace tpuscope
