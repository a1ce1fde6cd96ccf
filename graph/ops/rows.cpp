// Rows of tensors: see rows.h.

#include "graph/ops/rows.h"

#include "graph/ops/offsets.h"

namespace tpuscope {
namespace {

std::vector<std::int64_t> offsets_along(const Shape& shape, const std::vector<bool>& axes,
                                        bool wanted) {
  Shape extents = shape;
  for (std::size_t axis = 0; axis < shape.size(); ++axis) {
    if (axes[axis] != wanted) extents[axis] = 1;
  }
  std::vector<std::int64_t> offsets;
  for_each_offset<1>(extents, {dense_strides(shape)}, {},
                     [&](const std::array<std::int64_t, 1>& at) { offsets.push_back(at[0]); });
  return offsets;
}

}  // namespace

Rows rows_of(const Shape& shape, const std::vector<bool>& row_axes) {
  return {offsets_along(shape, row_axes, false), offsets_along(shape, row_axes, true)};
}

std::vector<bool> one_axis(std::size_t rank, std::size_t axis) {
  std::vector<bool> axes(rank, false);
  axes.at(axis) = true;
  return axes;
}

std::vector<bool> axes_from(std::size_t rank, std::size_t first) {
  std::vector<bool> axes(rank, false);
  for (std::size_t axis = first; axis < rank; ++axis)
    axes[axis] = true;
  return axes;
}

std::size_t checked_axis(const OpView& op) {
  return normalised_axis(op.attrs().integer("axis"), op.input(0).rank()).value();
}

std::vector<bool> row_of_axis(const OpView& op) {
  return one_axis(op.input(0).rank(), checked_axis(op));
}

std::vector<bool> row_from_axis(const OpView& op) {
  return axes_from(op.input(0).rank(), checked_axis(op));
}

Shape folded(const Shape& shape, const std::vector<bool>& row_axes) {
  Shape result = shape;
  for (std::size_t axis = 0; axis < shape.size(); ++axis) {
    if (row_axes[axis]) result[axis] = 1;
  }
  return result;
}

std::int64_t row_length(const Shape& shape, const std::vector<bool>& row_axes) {
  std::int64_t length = 1;
  for (std::size_t axis = 0; axis < shape.size(); ++axis) {
    if (row_axes[axis]) length *= shape[axis];
  }
  return length;
}

WorkStep fold_rows(const Shape& shape, const std::vector<bool>& row_axes) {
  // Elements that lie next to each other are folded in two goes, others under a window as high as
  // their axis.
  bool is_inner = true;
  for (std::size_t axis = 0; axis < shape.size(); ++axis) {
    if (row_axes[axis] && shape[axis] > 1) is_inner = true;
    if (!row_axes[axis] && shape[axis] > 1) is_inner = false;
  }
  const WorkUnit unit = is_inner ? WorkUnit::kReduce : WorkUnit::kDepthwise;
  WorkStep step = step_over(folded(shape, row_axes), unit);
  step.kernel = row_length(shape, row_axes);
  return step;
}

Result<std::vector<TensorType>> infer_along_axis(const OpView& op) {
  TPU_TRY([[maybe_unused]] const std::size_t axis,
          normalised_axis(op.attrs().integer("axis"), op.input(0).rank()));
  return std::vector<TensorType>{op.input(0)};
}

}  // namespace tpuscope
