// Sub.

#include "graph/ops/elementwise.h"

namespace tpuscope {
namespace {

double sub_of(double a, double b) {
  return a - b;
}

TPU_REGISTER(register_op(binary({.name = "Sub",
                                 .summary = "a - b",
                                 .evaluate = evaluate_pairs<sub_of>,
                                 .work = scaled_sum_work})) &&
             register_onnx_twin("Sub"));

}  // namespace
}  // namespace tpuscope
