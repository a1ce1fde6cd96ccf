// ONNX operators that are nothing at inference: Identity, and Dropout outside training. Both vanish
// at import.

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
    if (!training.empty() && training[0] != 0) {
      return unsupported(node, "training_mode, which makes random numbers,");
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
