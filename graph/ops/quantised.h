// What translations of quantised operators share.

#pragma once

#include <vector>

#include "graph/onnx/node.h"

namespace tpuscope {

/// The real numbers that integers represent: operands are the integers, their scale and, where
/// there is one, their zero point. A constant becomes one of real numbers that remembers as
/// `stored` the type in which the file holds it.
Result<Value> dequantised(OnnxNode& node, const std::vector<Value>& operands);

}  // namespace tpuscope
