// Composition of Slices: see slices.h.

#include "graph/idioms/slices.h"

namespace tpuscope {

SlicedBox sliced_box(const Graph& graph, Value value, std::optional<Value> source) {
  const Shape& shape = graph.type(value).shape;
  SlicedBox box{.source = value,
                .starts = IntList(shape.size(), 0),
                .steps = IntList(shape.size(), 1),
                .extents = shape};
  while (box.source != source && graph[box.source.op].is("Slice")) {
    const Op& slice = graph[box.source.op];
    const IntList& starts = slice.attributes.integers("starts");
    const IntList& steps = slice.attributes.integers("steps");  // empty: all 1
    for (std::size_t axis = 0; axis < starts.size(); ++axis) {
      const std::int64_t step = steps.empty() ? 1 : steps[axis];
      box.starts[axis] = starts[axis] + box.starts[axis] * step;
      box.steps[axis] *= step;
    }
    box.ops.push_back(box.source.op);
    box.source = slice.inputs[0];
  }
  return box;
}

std::optional<std::size_t> cut_axis(const OpView& slice) {
  std::optional<std::size_t> cut;
  for (std::size_t axis = 0; axis < slice.result().rank(); ++axis) {
    if (slice.result().shape[axis] == slice.input(0).shape[axis]) continue;
    if (cut.has_value()) return std::nullopt;
    cut = axis;
  }
  return cut;
}

}  // namespace tpuscope
