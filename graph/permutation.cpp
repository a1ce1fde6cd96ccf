// Orders of axes and their reduced form.

#include "graph/permutation.h"

#include <numeric>

namespace tpuscope {

Permutation Permutation::identity(std::size_t rank) {
  Permutation result;
  result.order_.resize(rank);
  std::iota(result.order_.begin(), result.order_.end(), std::size_t{0});
  return result;
}

std::optional<Permutation> Permutation::from(const std::vector<std::int64_t>& order) {
  Permutation result;
  std::vector<bool> seen(order.size(), false);
  for (const std::int64_t axis : order) {
    const auto index = static_cast<std::size_t>(axis);
    if (axis < 0 || index >= order.size() || seen[index]) return std::nullopt;
    seen[index] = true;
    result.order_.push_back(index);
  }
  return result;
}

std::vector<std::int64_t> Permutation::to_list() const {
  return {order_.begin(), order_.end()};
}

bool Permutation::is_identity() const {
  return *this == identity(rank());
}

Permutation Permutation::inverse() const {
  Permutation result = identity(rank());
  for (std::size_t axis = 0; axis < rank(); ++axis)
    result.order_[order_[axis]] = axis;
  return result;
}

Permutation Permutation::then(const Permutation& next) const {
  TPU_CHECK(rank() == next.rank(), "permutations of rank {} and {}", rank(), next.rank());
  Permutation result = identity(rank());
  for (std::size_t axis = 0; axis < rank(); ++axis)
    result.order_[axis] = order_[next.order_[axis]];
  return result;
}

Shape Permutation::apply(const Shape& shape) const {
  TPU_CHECK(rank() == shape.size(), "permutation of rank {} on rank {}", rank(), shape.size());
  Shape result(shape.size());
  for (std::size_t axis = 0; axis < rank(); ++axis)
    result[axis] = shape[order_[axis]];
  return result;
}

bool Permutation::is_reshape_of(const Shape& input) const {
  return reduced(*this, input).order.is_identity();
}

ReducedPermutation reduced(const Permutation& order, const Shape& input) {
  // Result axes without the unit ones, then merged where both sides keep them neighbours.
  std::vector<std::vector<std::size_t>> blocks;  // runs of input axes, in result order
  const auto next_real_axis = [&](std::size_t axis) {
    do {
      ++axis;
    } while (axis < input.size() && input[axis] == 1);
    return axis;
  };
  for (std::size_t i = 0; i < order.rank(); ++i) {
    const std::size_t axis = order[i];
    if (input[axis] == 1) continue;
    if (!blocks.empty() && next_real_axis(blocks.back().back()) == axis) {
      blocks.back().push_back(axis);
    } else {
      blocks.push_back({axis});
    }
  }
  ReducedPermutation result;
  std::vector<std::int64_t> reduced_order(blocks.size());
  std::vector<std::int64_t> extents(blocks.size());
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    std::int64_t position = 0;  // of block i among the blocks in input order
    for (const auto& other : blocks) {
      if (other.front() < blocks[i].front()) ++position;
    }
    reduced_order[i] = position;
    std::int64_t extent = 1;
    for (const std::size_t axis : blocks[i])
      extent *= input[axis];
    extents[static_cast<std::size_t>(position)] = extent;
  }
  result.shape = extents;
  result.order = *Permutation::from(reduced_order);
  return result;
}

}  // namespace tpuscope
