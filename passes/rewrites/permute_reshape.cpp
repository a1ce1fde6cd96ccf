// Finds the blocks of axes that a permute and a reshape both keep whole.

#include "passes/rewrites/permute_reshape.h"

#include <utility>
#include <vector>

namespace tpuscope {

namespace {

/// The next block from axes `i` of `a` and `j` of `b` on, the shortest with as many elements on
/// both sides; empty when there is none.
std::optional<AxisBlock> next_block(const Shape& a, const Shape& b, std::size_t i, std::size_t j) {
  AxisBlock block{i, i, j, j};
  std::int64_t left = 1;
  std::int64_t right = 1;
  do {
    const bool takes_left =
        block.old_end < a.size() && (left <= right || block.new_end == b.size());
    if (takes_left) {
      left *= a[block.old_end++];
    } else if (block.new_end < b.size()) {
      right *= b[block.new_end++];
    } else {
      return std::nullopt;  // the shapes do not hold the same number of elements
    }
  } while (left != right || block.old_end == i || block.new_end == j);
  return block;
}

/// The first axis from `axis` on that is longer than 1.
std::size_t skip_ones(const Shape& shape, std::size_t axis) {
  while (axis < shape.size() && shape[axis] == 1)
    ++axis;
  return axis;
}

}  // namespace

std::vector<AxisBlock> common_blocks(const Shape& a, const Shape& b) {
  std::vector<AxisBlock> blocks;
  if (element_count(a) != element_count(b) || element_count(a) == 0) return blocks;
  std::size_t i = 0;
  std::size_t j = 0;
  while (i < a.size() || j < b.size()) {
    std::optional<AxisBlock> block = next_block(a, b, i, j);
    if (!block) return {};
    // The axes that are left after the last block are of extent 1: they join it.
    if (block->old_end == a.size() || block->new_end == b.size()) {
      block->old_end = skip_ones(a, block->old_end);
      block->new_end = skip_ones(b, block->new_end);
      if (block->old_end < a.size() || block->new_end < b.size()) return {};
    }
    i = block->old_end;
    j = block->new_end;
    blocks.push_back(*block);
  }
  return blocks;
}

std::optional<ReshapeThenPermute> commute(const Permutation& order, const Shape& permuted,
                                          const Shape& reshaped) {
  const std::vector<AxisBlock> blocks = common_blocks(permuted, reshaped);
  if (blocks.empty()) return std::nullopt;
  // A block can move as a whole when its axes were neighbours, in this order, before the permute.
  for (const AxisBlock& block : blocks) {
    for (std::size_t axis = block.old_begin + 1; axis < block.old_end; ++axis) {
      if (order[axis] != order[axis - 1] + 1) return std::nullopt;
    }
  }
  // Blocks in the order in which the unpermuted tensor holds them.
  std::vector<std::size_t> source_order(blocks.size());
  for (std::size_t i = 0; i < blocks.size(); ++i)
    source_order[i] = i;
  for (std::size_t i = 1; i < source_order.size(); ++i) {
    for (std::size_t j = i; j > 0; --j) {
      const auto first_axis = [&](std::size_t k) {
        return order[blocks[source_order[k]].old_begin];
      };
      if (first_axis(j - 1) > first_axis(j)) std::swap(source_order[j - 1], source_order[j]);
    }
  }
  ReshapeThenPermute result;
  std::vector<std::int64_t> position(reshaped.size());  // of each new axis in the new reshape
  for (const std::size_t i : source_order) {
    for (std::size_t axis = blocks[i].new_begin; axis < blocks[i].new_end; ++axis) {
      position[axis] = static_cast<std::int64_t>(result.shape.size());
      result.shape.push_back(reshaped[axis]);
    }
  }
  const auto new_order = Permutation::from(position);
  if (!new_order.has_value()) return std::nullopt;
  result.order = *new_order;
  return result;
}

}  // namespace tpuscope
