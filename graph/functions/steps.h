// Steps that several operators are taken apart into, so that each says only what is its own. All
// fold where their operands are constant.

#pragma once

#include "graph/onnx/node.h"

namespace tpuscope {

/// The same elements in another shape; the value itself where it has that shape.
Result<Value> reshaped(OnnxNode& node, Value x, const Shape& shape);
/// The axes in another order; the value itself where the order changes nothing.
Result<Value> permuted(OnnxNode& node, Value x, const IntList& order);
/// Tensors one after the other along an axis; one alone as it is.
Result<Value> concatenated(OnnxNode& node, const std::vector<Value>& parts, std::size_t axis);
/// The product with a number of the value's element type; the value itself for a 1.
Result<Value> scaled(OnnxNode& node, Value x, double factor);
/// Indices 0 to count - 1 as int64 along `axis` of a tensor of rank `rank`.
Value positions(OnnxNode& node, std::int64_t count, std::size_t axis, std::size_t rank);

}  // namespace tpuscope
