// Max. ONNX has it for any number of operands: a chain.

#include <cmath>

#include "graph/ops/elementwise.h"

namespace tpuscope {
namespace {

double max_of(double a, double b) {
  return std::isnan(a) || a > b ? a : b;
}

OnnxValues translate_max(OnnxNode& node) {
  return translate_chain(node, "Max");
}

TPU_REGISTER(register_op(binary({.name = "Max",
                                 .summary = "larger of a and b",
                                 .evaluate = evaluate_pairs<max_of>,
                                 .work = one_pass<WorkUnit::kArith>})) &&
             register_onnx("Max", translate_max));

TPU_REGISTER(register_onnx_emission("Max", emit_by_name));

}  // namespace
}  // namespace tpuscope
