// Mul.

#include "graph/ops/elementwise.h"

namespace tpuscope {
namespace {

double mul_of(double a, double b) {
  return a * b;
}

TPU_REGISTER(register_op(binary({.name = "Mul",
                                 .summary = "a * b",
                                 .evaluate = evaluate_pairs<mul_of>,
                                 .work = scaled_product_work})) &&
             register_onnx_twin("Mul"));

}  // namespace
}  // namespace tpuscope
