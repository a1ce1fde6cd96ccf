// Body: the nodes of a graph of an ONNX file, of a branch, of a loop or of a function, in the order
// in which they are read. What no output needs is left out before anything looks at it: files hold
// unread nodes of training and of metrics, and hand-made files need not be in order.

#pragma once

#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <onnx/onnx_pb.h>

#include "base/result.h"

namespace tpuscope {

using OnnxNodes = google::protobuf::RepeatedPtrField<onnx::NodeProto>;

/// The node's name, or "<op_type>_<index>" when it has none.
std::string node_name(const onnx::NodeProto& node, int index);

/// Calls `visit` with every tensor name that a node reads: its inputs, and what its subgraphs (the
/// branches of an If) take from outside.
void for_each_read(const onnx::NodeProto& node, const std::function<void(std::string_view)>& visit);

/// The nodes that the outputs need.
struct Body {
  std::vector<int> order{};           ///< indices of the nodes, producers first
  std::set<std::string_view> read{};  ///< names that these nodes or the outside read
};

/// Chooses and orders the nodes; the file's order when it is one. `is_known` says whether a tensor
/// exists without a node: inputs, initializers, tensors of outer graphs. Errors: two nodes write
/// one tensor; a node reads what nothing produces; a cycle.
Result<Body> body_of(const OnnxNodes& nodes, const std::vector<std::string_view>& outputs,
                     const std::function<bool(std::string_view)>& is_known);

}  // namespace tpuscope
