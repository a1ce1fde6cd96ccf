// Rows: sets of elements that an operator treats together (a softmax's row, the elements that a
// reduction folds), along any axes. One description serves kernels, work recipes and tiling rules.

#pragma once

#include "graph/ops/elementwise.h"

namespace tpuscope {

/// Positions of the rows of a dense tensor: element j of row i is at starts[i] + offsets[j].
struct Rows {
  std::vector<std::int64_t> starts{};   ///< row-major over the axes that are not in the row
  std::vector<std::int64_t> offsets{};  ///< row-major over the axes of the row
};
Rows rows_of(const Shape& shape, const std::vector<bool>& row_axes);

/// Flags of `rank` axes with one set.
std::vector<bool> one_axis(std::size_t rank, std::size_t axis);
/// Flags of `rank` axes with all from `first` on set.
std::vector<bool> axes_from(std::size_t rank, std::size_t first);

/// The attribute "axis" as 0..rank-1, for functions that run after infer() has checked it.
std::size_t checked_axis(const OpView& op);
/// The row axes of ops with one "axis".
std::vector<bool> row_of_axis(const OpView& op);
/// The row axes of ops that treat "axis" and all later axes together.
std::vector<bool> row_from_axis(const OpView& op);

/// Extents with those of the row axes replaced by 1.
Shape folded(const Shape& shape, const std::vector<bool>& row_axes);
/// Elements of one row.
std::int64_t row_length(const Shape& shape, const std::vector<bool>& row_axes);

/// The fold of the rows of a tensor, one result per row.
WorkStep fold_rows(const Shape& shape, const std::vector<bool>& row_axes);

/// Shape rule of ops that keep the type of operand 0 and have an "axis".
Result<std::vector<TensorType>> infer_along_axis(const OpView& op);

}  // namespace tpuscope
