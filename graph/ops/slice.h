// For ONNX operators that are a Slice in disguise: Split, and Gather with constant indices.

#pragma once

#include "graph/onnx/node.h"

namespace tpuscope {

/// Elements start to start + extent - 1 of one axis; `x` itself when these are all.
Result<Value> add_axis_slice(OnnxNode& node, Value x, std::size_t axis, std::int64_t start,
                             std::int64_t extent);

}  // namespace tpuscope
