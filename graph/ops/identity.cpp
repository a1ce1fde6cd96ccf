// ONNX operators that are nothing at inference: Identity, and Dropout unless it really drops (which
// only training does). Both vanish at import.

#include <fmt/core.h>

#include "graph/ops/by_name.h"

namespace tpuscope {
namespace {

OnnxValues translate_identity(OnnxNode& node) {
  return single(node.input(0));
}

OnnxValues translate_dropout(OnnxNode& node) {
  TPU_TRY(const Value x, node.input(0));
  if (node.has_input(2)) {
    TPU_TRY(const IntList training, node.integers(2));
    double ratio = 0.5;
    if (node.has_input(1)) {
      TPU_TRY(const HostTensor given, node.constant(1));
      if (!given.values.empty()) ratio = given.values[0];
    }
    if (!training.empty() && training[0] != 0 && ratio != 0) {
      return Error{.code = ErrorCode::kUnsupported,
                   .message = fmt::format("Dropout drops {} of the elements at random, as in "
                                          "training",
                                          ratio),
                   .hint = "export the model in evaluation mode"};
    }
  }
  std::vector<Value> values = {x};
  if (node.output_used.size() > 1 && node.output_used[1]) {  // the mask: everything is kept
    TPU_TRY(const Value mask, filled_constant(node, {DType::kBool, node.graph().type(x).shape}, 1));
    values.push_back(mask);
  }
  return values;
}

[[maybe_unused]] const bool registered =
    register_onnx("Identity", translate_identity) && register_onnx("Dropout", translate_dropout);

}  // namespace
}  // namespace tpuscope
