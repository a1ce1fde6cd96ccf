// ONNX operators that are nothing at inference: Identity, and Dropout outside training or with a
// ratio of 0 (which torch exports in training mode, even for evaluation). Both vanish at import.

#include "graph/ops/by_name.h"

namespace tpuscope {
namespace {

OnnxValues translate_identity(OnnxNode& node) {
  if (!node.sequences.empty() && node.sequences[0] != nullptr) {
    return single_sequence(node, *node.sequences[0]);
  }
  return single(node.input(0));
}

/// Whether the node drops anything at all. The default ratio is 0.5.
Result<bool> drops(const OnnxNode& node) {
  if (!node.has_input(2)) return false;
  TPU_TRY(const HostTensor training, node.constant(2));
  if (training.values.empty() || training.values[0] == 0) return false;
  if (!node.has_input(1)) return true;
  TPU_TRY(const HostTensor ratio, node.constant(1));
  return ratio.values.empty() || ratio.values[0] != 0;
}

OnnxValues translate_dropout(OnnxNode& node) {
  TPU_TRY(const Value x, node.input(0));
  TPU_TRY(const bool random, drops(node));
  if (random) return unsupported(node, "training_mode, which makes random numbers,");
  std::vector<Value> values = {x};
  if (node.output_used.size() > 1 && node.output_used[1]) {  // the mask: everything is kept
    TPU_TRY(const Value mask, filled_constant(node, {DType::kBool, node.graph().type(x).shape}, 1));
    values.push_back(mask);
  }
  return values;
}

TPU_REGISTER(register_onnx("Identity", translate_identity) &&
             register_onnx("Dropout", translate_dropout));

}  // namespace
}  // namespace tpuscope
