// NonZero and Compress: how many elements they select depends on data, so they have no static
// shape. Of constants it is known: exporters make index tables that way.

#include <fmt/core.h>

#include "graph/functions/steps.h"
#include "graph/ops/by_name.h"
#include "graph/queries.h"

namespace tpuscope {
namespace {

/// What the operator selects by, which must be a constant.
Result<HostTensor> selector(const OnnxNode& node, const Graph& graph, std::size_t input) {
  TPU_TRY(const Value value, node.input(input));
  if (is_weight(graph, value)) return node.constant(input);
  return Error{
      .code = ErrorCode::kUnsupported,
      .message = fmt::format("operator \"{}\" of data is not supported", node.op_type),
      .hint = fmt::format("how much it selects is known only on the host; --outputs {} ends "
                          "the network before it",
                          node.input_names[input])};
}

OnnxValues translate_non_zero(OnnxNode& node) {
  TPU_TRY(const HostTensor x, selector(node, node.graph(), 0));
  const Shape& shape = x.shape();
  const std::vector<std::int64_t> strides = dense_strides(shape);
  std::vector<std::int64_t> places;
  for (std::int64_t i = 0; i < x.elements(); ++i) {
    if (x[i] != 0) places.push_back(i);
  }
  const auto rank = static_cast<std::int64_t>(shape.size());
  HostTensor indices{{DType::kI64, {rank, static_cast<std::int64_t>(places.size())}}, {}};
  for (std::size_t axis = 0; axis < shape.size(); ++axis) {
    for (const std::int64_t place : places)
      indices.values.push_back(static_cast<double>(place / strides[axis] % shape[axis]));
  }
  return std::vector<Value>{node.constant_of(std::move(indices))};
}

OnnxValues translate_compress(OnnxNode& node) {
  TPU_TRY(Value x, node.input(0));
  TPU_TRY(const HostTensor condition, selector(node, node.graph(), 1));
  std::size_t axis = 0;
  if (node.has("axis")) {
    TPU_TRY(axis, normalised_axis(node.integer("axis", 0), node.type(0).rank()));
  } else {
    TPU_TRY(x, reshaped(node, x, {node.type(0).elements()}));
  }
  std::vector<std::int64_t> taken;
  for (std::int64_t i = 0; i < condition.elements(); ++i) {
    if (condition[i] != 0) taken.push_back(i);
  }
  const Value indices = node.constant_of(HostTensor::integers(taken));
  return single(node.add("Gather", {{"axis", static_cast<std::int64_t>(axis)}}, {x, indices}));
}

TPU_REGISTER(register_onnx("NonZero", translate_non_zero) &&
             register_onnx("Compress", translate_compress));

}  // namespace
}  // namespace tpuscope
