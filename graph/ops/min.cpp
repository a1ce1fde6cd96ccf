// Min. ONNX has it for any number of operands: a chain.

#include <cmath>

#include "graph/ops/elementwise.h"

namespace tpuscope {
namespace {

double min_of(double a, double b) {
  return std::isnan(a) || a < b ? a : b;
}

OnnxValues translate_min(OnnxNode& node) {
  return translate_chain(node, "Min");
}

TPU_REGISTER(register_op(binary({.name = "Min",
                                 .summary = "smaller of a and b",
                                 .evaluate = evaluate_pairs<min_of>,
                                 .work = one_pass<WorkUnit::kArith>})) &&
             register_onnx("Min", translate_min));

TPU_REGISTER(register_onnx_emission("Min", emit_by_name));

}  // namespace
}  // namespace tpuscope
