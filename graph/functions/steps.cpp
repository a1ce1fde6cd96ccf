// Steps: see steps.h.

#include "graph/functions/steps.h"

#include <numeric>

namespace tpuscope {

Result<Value> reshaped(OnnxNode& node, Value x, const Shape& shape) {
  if (node.graph().type(x).shape == shape) return x;
  return node.add("Reshape", {{"shape", shape}}, {x});
}

Result<Value> permuted(OnnxNode& node, Value x, const IntList& order) {
  IntList same(order.size());
  std::iota(same.begin(), same.end(), 0);
  if (order == same) return x;
  return node.add("Permute", {{"order", order}}, {x});
}

Result<Value> concatenated(OnnxNode& node, const std::vector<Value>& parts, std::size_t axis) {
  if (parts.size() == 1) return parts.front();
  return node.add("Concat", {{"axis", static_cast<std::int64_t>(axis)}}, parts);
}

Result<Value> scaled(OnnxNode& node, Value x, double factor) {
  if (factor == 1) return x;
  const DType dtype = node.graph().type(x).dtype;
  return node.add("Mul", {}, {x, node.constant_of(HostTensor::scalar(dtype, factor))});
}

Value positions(OnnxNode& node, std::int64_t count, std::size_t axis, std::size_t rank) {
  HostTensor tensor{{DType::kI64, Shape(rank, 1)},
                    std::vector<double>(static_cast<std::size_t>(count))};
  tensor.type.shape[axis] = count;
  std::iota(tensor.values.begin(), tensor.values.end(), 0.0);
  return node.constant_of(std::move(tensor));
}

}  // namespace tpuscope
