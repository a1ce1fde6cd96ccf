// Where a network could end so that what is refused in it stays outside.

#pragma once

#include <functional>
#include <string_view>
#include <vector>

#include "graph/onnx/body.h"

namespace tpuscope {

/// The tensors at which the network ends when it runs as far as it can: what refused nodes and
/// those after them read of the nodes before, and those of `outputs` that need no refused node. In
/// the order of the nodes. Empty where nothing that depends on an input is left. Constants and
/// inputs are none of them.
std::vector<std::string_view> cut_before(const OnnxNodes& nodes, const Body& body,
                                         const std::vector<std::string_view>& outputs,
                                         const std::function<bool(std::string_view)>& is_input,
                                         const std::function<bool(int)>& is_refused);

}  // namespace tpuscope
