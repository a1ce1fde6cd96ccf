// Derived weights: shapes always, values where the file has them.

#include "graph/idioms/weights.h"

#include <algorithm>

#include "graph/queries.h"

namespace tpuscope {
namespace {

/// Whether there are values that the type cannot hold. A proof of rewrites lowers a network's types
/// and keeps its values, so that a difference is one of the rewriting.
bool has_finer_values(const HostTensor& tensor) {
  const DType type = tensor.type.dtype;
  return std::any_of(tensor.values.begin(), tensor.values.end(),
                     [type](double value) { return rounded_to(type, value) != value; });
}

}  // namespace

Value derived_weight(
    Graph& graph, OpId near, const TensorType& type, const std::vector<Value>& from,
    const std::function<double(const WeightValues& values, std::int64_t i)>& element,
    std::string_view made_by) {
  WeightValues values;
  bool known = true;
  for (const Value value : from) {
    values.push_back(graph[value.op].data.get());
    known = known && values.back() != nullptr;
  }
  OpSpec spec{.type = "Weight",
              .name = graph[from.back()].name,
              .origin = graph[from.back().op].origin,
              .made_by = std::string(made_by),
              .result_types = {type}};
  if (known) {
    HostTensor data = HostTensor::zeros(type);
    for (std::int64_t i = 0; i < data.elements(); ++i)
      data[i] = element(values, i);
    if (std::none_of(values.begin(), values.end(),
                     [](const HostTensor* value) { return has_finer_values(*value); })) {
      data.round();
    }
    spec.data = std::make_shared<const HostTensor>(std::move(data));
  }
  return {graph.add_checked(std::move(spec), {}, &near), 0};
}

Value reshaped_weight(Graph& graph, OpId near, Value value, const Shape& shape,
                      std::string_view made_by) {
  TensorType type = graph.type(value);
  if (type.shape == shape) return value;
  TPU_CHECK(element_count(shape) == type.elements(), "reshaping a weight changes its size");
  type.shape = shape;
  const auto same = [](const WeightValues& values, std::int64_t i) { return (*values[0])[i]; };
  return derived_weight(graph, near, type, {value}, same, made_by);
}

bool is_vector_along(const Graph& graph, Value value, const Shape& shape, std::size_t axis) {
  const Shape& own = graph.type(value).shape;
  if (!is_weight(graph, value) || own.size() > shape.size()) return false;
  const std::size_t skipped = shape.size() - own.size();  // broadcasting aligns last axes
  if (axis < skipped || own[axis - skipped] != shape[axis]) return false;
  return element_count(own) == shape[axis];
}

}  // namespace tpuscope
