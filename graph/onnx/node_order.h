// The order in which the nodes of an ONNX graph are read. ONNX demands that producers come first,
// but hand-made files often do not; only a real cycle is an error.

#pragma once

#include <functional>
#include <set>
#include <string_view>
#include <vector>

#include <onnx/onnx_pb.h>

#include "base/result.h"

namespace tpuscope {

/// The node's name, or "<op_type>_<index>" when it has none.
std::string node_name(const onnx::NodeProto& node, int index);

/// Calls `visit` with every tensor name that a node reads: its inputs, and what its subgraphs (the
/// branches of an If) take from outside.
void for_each_read(const onnx::NodeProto& node, const std::function<void(std::string_view)>& visit);

/// Indices of the nodes so that producers come first; the file's order when it is one. `is_known`
/// tells whether a tensor exists without a node: inputs, initializers, tensors of outer graphs.
/// Errors: two nodes write one tensor; a node reads what nothing produces; a cycle.
Result<std::vector<int>> node_order(const onnx::GraphProto& graph,
                                    const std::function<bool(std::string_view)>& is_known);

}  // namespace tpuscope
