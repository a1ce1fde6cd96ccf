// PRelu: LeakyRelu with learned slopes, usually one per channel.

#include "graph/ops/elementwise.h"

namespace tpuscope {
namespace {

double prelu(double x, double slope) {
  return x < 0 ? slope * x : x;
}

Result<std::vector<TensorType>> infer_prelu(const OpView& op) {
  TPU_TRY(std::vector<TensorType> types, infer_broadcast(op));
  if (types[0].shape != op.input(0).shape) {
    return Error{.message = "slopes " + type_text(op.input(1)) + " do not broadcast to " +
                            type_text(op.input(0))};
  }
  return types;
}

Work work_prelu(const OpView& op) {
  return vector_work(op, {{WorkUnit::kArith, 1}, {WorkUnit::kCompare, 1}});
}

TPU_REGISTER(register_op(binary({.name = "PRelu",
                                 .summary = "x for x >= 0, slope * x below",
                                 .infer = infer_prelu,
                                 .evaluate = evaluate_pairs<prelu>,
                                 .work = work_prelu,
                                 .local_obstacle = always_local})) &&
             register_onnx_twin("PRelu"));

}  // namespace
}  // namespace tpuscope
