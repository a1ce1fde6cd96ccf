// Steps of permutes: see permute_steps.h. The axis that belongs in front comes there by turning the
// matrix of [what is before it, itself and what follows]; what followed goes back by turning it
// again, which those in front do not take part in.
//
//   [A, B, C] -> [C, B, A]:        [A·B, C] -> [C, A·B], then C times [A, B] -> [B, A]
//   [A, B, C, D] -> [C, A, B, D]:  [A·B, C·D] -> [C·D, A·B], then C times [D, A·B] -> [A·B, D]

#include "passes/rewrites/permute_steps.h"

#include "passes/rewrites/rewrite.h"

namespace tpuscope {
namespace {

/// `count` matrices of rows and columns that a step turns over.
struct Exchange {
  std::int64_t count = 1;
  std::int64_t rows = 1;
  std::int64_t columns = 1;
};

/// Where the result first has another axis than the operand; the rank if nowhere.
std::size_t first_moved(const Permutation& order) {
  std::size_t axis = 0;
  while (axis < order.rank() && order[axis] == axis)
    ++axis;
  return axis;
}

/// Whether one exchange of neighbouring blocks does it: in smallest form these are two axes.
bool is_one_exchange(const Permutation& order) {
  const std::size_t first = first_moved(order);
  if (first + 1 >= order.rank() || order[first] != first + 1 || order[first + 1] != first) {
    return false;
  }
  const std::size_t end = first + 2;
  return end == order.rank() || (end + 1 == order.rank() && order[end] == end);
}

/// Whether pixels of blocks become channels, or channels such pixels: rows and columns of blocks
/// are as many, and next to what they divide.
bool moves_blocks(const ReducedPermutation& permute) {
  const auto folds = [](const Shape& shape, const Permutation& order) {
    const std::size_t rank = order.rank();
    return rank >= 4 && order[rank - 1] == rank - 2 && shape[rank - 1] == shape[rank - 3];
  };
  return folds(permute.shape, permute.order) ||
         folds(permute.order.apply(permute.shape), permute.order.inverse());
}

std::vector<Exchange> steps_of(ReducedPermutation permute) {
  std::vector<Exchange> steps;
  while (!permute.order.is_identity()) {
    const Shape& shape = permute.shape;
    const std::size_t first = first_moved(permute.order);
    const std::size_t taken = permute.order[first];
    const std::int64_t count = element_count(shape, 0, first);
    const std::int64_t before = element_count(shape, first, taken);
    const std::int64_t after = element_count(shape, taken + 1, shape.size());
    steps.push_back({count, before, shape[taken] * after});
    if (after > 1) steps.push_back({count * shape[taken], after, before});
    std::vector<std::int64_t> moved = Permutation::identity(shape.size()).to_list();
    moved.erase(moved.begin() + static_cast<std::ptrdiff_t>(taken));
    moved.insert(moved.begin() + static_cast<std::ptrdiff_t>(first),
                 static_cast<std::int64_t>(taken));
    const Permutation step = *Permutation::from(moved);
    permute = reduced(step.inverse().then(permute.order), step.apply(shape));
  }
  return steps;
}

}  // namespace

void add_permute_steps(Graph& graph) {
  bool any = false;
  for (const OpId id : graph.topological_order()) {
    if (!is_permute(graph[id])) continue;
    const Op op = graph[id];
    const ReducedPermutation permute = reduced(order_of(op), graph.type(op.inputs[0]).shape);
    const bool is_direct = permute.order.is_identity() || is_one_exchange(permute.order);
    if (is_direct || moves_blocks(permute)) continue;
    Value value = op.inputs[0];
    for (const Exchange& step : steps_of(permute)) {
      value =
          add_reshape(graph, value, {step.count, step.rows, step.columns}, id, op, kPermuteSteps);
      value = add_permute(graph, value, *Permutation::from({0, 2, 1}), id, op, kPermuteSteps);
    }
    replace(graph, id, add_reshape(graph, value, op.results[0].type.shape, id, op, kPermuteSteps));
    any = true;
  }
  if (any) graph.compact();
}

}  // namespace tpuscope
