// Strided copies, their kernels and their tiles: see movement.h.

#include "graph/ops/movement.h"

#include <fmt/core.h>

#include "base/text.h"
#include "graph/ops/offsets.h"

namespace tpuscope {

StridedCopy simplified(StridedCopy copy) {
  StridedCopy merged{.operand = copy.operand,
                     .operand_offset = copy.operand_offset,
                     .result_offset = copy.result_offset};
  for (std::size_t axis = 0; axis < copy.extents.size(); ++axis) {
    const std::int64_t extent = copy.extents[axis];
    if (extent == 1) continue;
    const bool continues = !merged.extents.empty() &&
                           merged.operand_strides.back() == copy.operand_strides[axis] * extent &&
                           merged.result_strides.back() == copy.result_strides[axis] * extent;
    if (continues) {
      merged.extents.back() *= extent;
      merged.operand_strides.back() = copy.operand_strides[axis];
      merged.result_strides.back() = copy.result_strides[axis];
    } else {
      merged.extents.push_back(extent);
      merged.operand_strides.push_back(copy.operand_strides[axis]);
      merged.result_strides.push_back(copy.result_strides[axis]);
    }
  }
  if (merged.extents.empty()) {
    merged.extents = {1};
    merged.operand_strides = {1};
    merged.result_strides = {1};
  }
  return merged;
}

StridedCopy whole_result(const Shape& extents, std::vector<std::int64_t> operand_strides,
                         std::int64_t operand_offset) {
  return simplified({.extents = extents,
                     .operand_strides = std::move(operand_strides),
                     .result_strides = dense_strides(extents),
                     .operand_offset = operand_offset});
}

std::vector<HostTensor> run_copies(const OpView& op, std::span<const HostTensor> inputs,
                                   const Movement& movement, double fill) {
  HostTensor result = HostTensor::zeros(op.result());
  if (fill != 0) result.values.assign(result.values.size(), fill);
  for (const StridedCopy& copy : movement.copies) {
    const HostTensor& operand = inputs[copy.operand];
    for_each_offset<2>(
        copy.extents, {copy.operand_strides, copy.result_strides},
        {copy.operand_offset, copy.result_offset},
        [&](const std::array<std::int64_t, 2>& at) { result[at[1]] = operand[at[0]]; });
  }
  return {std::move(result)};
}

Result<std::vector<HostTensor>> evaluate_view(const OpView& op,
                                              std::span<const HostTensor> inputs) {
  return std::vector<HostTensor>{{op.result(), inputs[0].values}};
}

Region follow_axes(const Shape& operand, const std::vector<std::size_t>& result_axes,
                   const Region& result) {
  Region region = whole(operand);
  for (std::size_t axis = 0; axis < operand.size(); ++axis) {
    if (result_axes[axis] != kWholeAxis) region[axis] = result[result_axes[axis]];
  }
  return region;
}

std::vector<bool> all_axes(const OpView& op) {
  return std::vector<bool>(op.result().rank(), true);
}

Status check_list_length(const OpView& op, std::string_view name, std::size_t wanted) {
  const IntList& list = op.attrs().integers(name);
  if (list.size() == wanted) return Ok{};
  return Error{.message = fmt::format("{} has {} entries, {} are needed for {}", name, list.size(),
                                      wanted, type_text(op.input(0)))};
}

Result<std::int64_t> checked_index(double value, std::int64_t extent) {
  const std::int64_t index = saturated_integer(value);
  if (index < -extent || index >= extent) {
    return Error{.message = fmt::format("index {} is outside an axis of {}", index, extent)};
  }
  return index < 0 ? index + extent : index;
}

}  // namespace tpuscope
