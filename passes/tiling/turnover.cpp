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

/// Elements of a vector that lie so far apart that each is in a line of its own take a cycle each.
PlannedInstruction reordering(const Turnover& turnover, const Chip& chip,
                              std::int64_t element_bytes) {
  constexpr std::uint32_t kBits = 8;
  const auto bits = static_cast<std::uint32_t>(kBits * std::min<std::int64_t>(element_bytes, 4));
  ComputeInstruction fields{.kind = ComputeKind::kCopy, .dtype = DType::kI8};
  fields.result = {narrowed(turnover.matrices), narrowed(turnover.lanes), 1,
                   narrowed(turnover.rows * turnover.columns)};
  fields.output.bits = bits;
  for (InstructionOperand& operand : fields.operands) {
    operand = {.bits = bits, .is_strided = true, .address = 1, .w_stride = narrowed(turnover.step)};
  }
  return {.fields = fields, .kind = command_kind(fields.kind), .price = price_of(fields, chip)};
}

}  // namespace

SwappedMatrices swapped_matrices(const StridedCopy& copy) {
  SwappedMatrices found;
  std::int64_t row_stride = 0;     // in the source
  std::int64_t column_stride = 0;  // in the result
  for (std::size_t i = 0; i < copy.extents.size(); ++i) {
    if (copy.extents[i] == 1) continue;
    if (copy.operand_strides[i] == 1) {
      found.columns = copy.extents[i];
      column_stride = copy.result_strides[i];
    }
    if (copy.result_strides[i] == 1) {
      found.rows = copy.extents[i];
      row_stride = copy.operand_strides[i];
    }
  }
  found.count = copy.elements() / (found.rows * found.columns);
  found.is_whole_source = row_stride == found.columns;
  found.is_whole_result = column_stride == found.rows;
  return found;
}

Turnover turnover_of(const Chip& chip, const StridedCopy& copy) {
  const std::int64_t elements = copy.elements();
  const SwappedMatrices swapped = swapped_matrices(copy);
  const std::int64_t rows = swapped.rows;
  const std::int64_t columns = swapped.columns;
  const std::int64_t matrices = swapped.count;
  const std::int64_t lanes = chip.array.lanes;
  const bool has_many = matrices > 1 && rows <= lanes && matrices >= std::min(lanes, columns);
  if (has_many || matrices >= lanes) {
    return {.lanes = std::min(lanes, matrices),
            .load_runs = swapped.is_whole_source ? matrices : elements / columns,
            .store_runs = swapped.is_whole_result ? matrices : elements / rows,
            .rows = rows,
            .columns = columns,
            .matrices = ceil_div(matrices, lanes),
            .step = swapped.is_whole_source ? std::max(rows, columns) : rows};
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
            .store_runs = matrices * used,
            .rows = rows,
            .columns = columns / used,
            .matrices = matrices,
            .step = std::max(rows, columns / used)};
  }
  return {.lanes = std::min(lanes, side),
          .load_runs = matrices * used,
          .store_runs = matrices * columns * used,
          .rows = rows / used,
          .columns = columns,
          .matrices = matrices,
          .step = rows / used,
          .writes_apart = matrices > 1 && rows == used};
}

PlannedInstruction picking_instruction(const Chip& chip, std::int64_t rows, std::int64_t elements,
                                       std::int64_t step, std::int64_t element_bytes) {
  constexpr std::int64_t kBits = 8;
  const auto bits = static_cast<std::uint32_t>(kBits * element_bytes);
  ComputeInstruction fields{.kind = ComputeKind::kCopy, .dtype = DType::kI8};
  fields.result = {1, narrowed(rows), 1, narrowed(elements)};
  fields.output.bits = bits;
  fields.operands[0] = {.bits = bits, .is_strided = true, .address = 1, .w_stride = narrowed(step)};
  return {.fields = fields, .kind = command_kind(fields.kind), .price = price_of(fields, chip)};
}

PlannedInstruction turnover_instruction(const Chip& chip, const Turnover& turnover,
                                        std::int64_t element_bytes) {
  if (turnover.across_lanes)
    return turning(chip, turnover.load_runs, turnover.store_runs, element_bytes);
  return reordering(turnover, chip, element_bytes);
}

}  // namespace tpuscope
