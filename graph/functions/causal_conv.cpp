// CausalConvWithState (operator set 27): a depthwise convolution over the past alone, whose last
// positions are kept for the next call.

#include <fmt/core.h>

#include "base/text.h"
#include "graph/functions/steps.h"
#include "graph/ops/by_name.h"
#include "graph/ops/slice.h"

namespace tpuscope {
namespace {

OnnxValues translate_causal_conv(OnnxNode& node) {
  TPU_TRY(const Value x, node.input(0));
  TPU_TRY(const Value weight, node.input(1));
  const TensorType type = node.type(0);
  if (type.rank() != 3 || node.type(1).rank() != 3 || node.type(1).shape[2] < 1) {
    return Error{.message = fmt::format("a causal convolution of {} with {}", type_text(type),
                                        type_text(node.type(1)))};
  }
  const std::int64_t kept = node.type(1).shape[2] - 1;
  Value whole = x;
  if (kept > 0) {
    Value past =
        node.constant_of(HostTensor::zeros({type.dtype, {type.shape[0], type.shape[1], kept}}));
    if (node.has_input(3)) past = *node.inputs[3];
    TPU_TRY(whole, concatenated(node, {past, x}, 2));
  }
  std::vector<Value> operands = {whole, weight};
  if (node.has_input(2)) operands.push_back(*node.inputs[2]);
  TPU_TRY(Value y, node.add("Conv", {{"group", type.shape[1]}}, operands));
  const std::string activation = node.text("activation", "none");
  if (activation == "silu" || activation == "swish") {
    TPU_TRY(y, node.add("Silu", {}, {y}));
  } else if (activation != "none") {
    return unsupported(node, "activation " + in_quotes(activation));
  }
  TPU_TRY(const Value state,
          add_axis_slice(node, whole, 2, node.graph().type(whole).shape[2] - kept, kept));
  return std::vector<Value>{y, state};
}

TPU_REGISTER(register_onnx("CausalConvWithState", translate_causal_conv));

}  // namespace
}  // namespace tpuscope
