// A ReLU that its producer applies to its own result. The machine clamps while it writes the result
// of a product or a sum, so that the ReLU costs nothing once the compiler has fused it (do_relu in
// the vendor's compiler). Ops that can do so share their attributes, kernel and emission here.

#pragma once

#include <string_view>
#include <vector>

#include "graph/onnx/emission.h"
#include "graph/op_def.h"
#include "graph/ops/elementwise.h"

namespace tpuscope {

/// `relu_limit` of a ReLU without an upper limit, as in the vendor's compiler.
inline constexpr double kNoReluLimit = -1;

/// The attribute table followed by the rows `relu` and `relu_limit`.
std::vector<AttributeDef> with_relu(std::vector<AttributeDef> attributes);

/// Whether ops of this type can apply a ReLU to their result.
bool can_fuse_relu(const OpDef& def);

/// The op's results with its ReLU applied, if it has one.
Result<std::vector<HostTensor>> apply_relu(const OpView& op,
                                           Result<std::vector<HostTensor>> results);

/// A kernel followed by apply_relu.
template <Result<std::vector<HostTensor>> (*kKernel)(const OpView&, std::span<const HostTensor>)>
Result<std::vector<HostTensor>> evaluate_with_relu(const OpView& op,
                                                   std::span<const HostTensor> inputs) {
  return apply_relu(op, kKernel(op, inputs));
}

/// The work followed by the passes of the op's ReLU over its result: none where there is none, and
/// none in INT8, where scaling clamps as well.
Work with_relu_passes(const OpView& op, Work work);
template <Work (*kWork)(const OpView&)>
Work work_with_relu(const OpView& op) {
  return with_relu_passes(op, kWork(op));
}

/// As OnnxEmission::finish, with a Relu or Clip after the node where the op has a ReLU.
Status finish_with_relu(OnnxEmission& out, std::string_view op_type,
                        const std::vector<std::string>& inputs, Attributes attributes = {});

/// As emit_by_name, by way of finish_with_relu.
Status emit_with_relu(OnnxEmission& out);

}  // namespace tpuscope
