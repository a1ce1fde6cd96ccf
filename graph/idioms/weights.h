// Weights that idioms make from others: a BatchNorm's factor that moves in a convolution's weight.
// Values are computed where all of them are known; a network without its weights still gets the
// right shapes.

#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "graph/graph.h"

namespace tpuscope {

/// Operands' values, in their order.
using WeightValues = std::vector<const HostTensor*>;

/// A new Weight of `type` beside `near`, named after the last of `from`. Element i is
/// `element(values, i)` when the values of all of `from` are known, rounded to the type unless one
/// of those has values that its own type cannot hold.
Value derived_weight(
    Graph& graph, OpId near, const TensorType& type, const std::vector<Value>& from,
    const std::function<double(const WeightValues& values, std::int64_t i)>& element,
    std::string_view made_by);

/// The Weight `value` in another shape of as many elements; itself when it has that shape.
Value reshaped_weight(Graph& graph, OpId near, Value value, const Shape& shape,
                      std::string_view made_by);

/// Whether `value` is a Weight with one element for each index of axis `axis` of `shape`, and
/// broadcasts along all other axes: [C,1,1] or [1,C,1,1] for axis 1 of [N,C,H,W].
bool is_vector_along(const Graph& graph, Value value, const Shape& shape, std::size_t axis);

}  // namespace tpuscope
