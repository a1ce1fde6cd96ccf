// Weights of parts of products: see constant_products.h.

#include "passes/rewrites/constant_products.h"

#include "graph/idioms/weights.h"
#include "graph/queries.h"

namespace tpuscope {

bool has_constant_matrix(const Graph& graph, OpId id) {
  const Op& op = graph[id];
  if (!op.is("MatMul") || op.attributes.flag("hdim_is_batch")) return false;
  if (!is_weight(graph, op.inputs[1]) || graph.type(op.inputs[1]).rank() != 2) return false;
  const bool has_bias = op.inputs.size() > 2;
  const std::int64_t columns = graph.type(Value{id, 0}).shape.back();
  return !has_bias ||
         (is_weight(graph, op.inputs[2]) && graph.type(op.inputs[2]).shape == Shape{columns});
}

std::size_t column_axis(const Op& product) {
  return product.attributes.flag("right_transpose") ? 0 : 1;
}

Value places_of(Graph& graph, OpId near, Value weight, std::size_t axis, const Places& places,
                std::string_view made_by) {
  TensorType type = graph.type(weight);
  const Shape whole = type.shape;
  type.shape[axis] = places.count;
  const std::int64_t inner = element_count(whole, axis + 1, whole.size());
  const auto element = [=](const WeightValues& values, std::int64_t i) {
    const std::int64_t outer = i / inner / places.count;
    const std::int64_t place = places.at(i / inner % places.count);
    return (*values[0])[(outer * whole[axis] + place) * inner + i % inner];
  };
  return derived_weight(graph, near, type, {weight}, element, made_by);
}

}  // namespace tpuscope
