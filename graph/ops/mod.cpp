// Mod: the remainder with the sign of the divisor (as in Python), or with fmod that of the dividend
// (as in C).

#include <cmath>

#include "graph/ops/elementwise.h"

namespace tpuscope {
namespace {

double c_remainder(double a, double b) {
  return b == 0 ? std::nan("") : std::fmod(a, b);
}

double floored_remainder(double a, double b) {
  const double remainder = c_remainder(a, b);
  return remainder != 0 && (remainder < 0) != (b < 0) ? remainder + b : remainder;
}

Result<std::vector<HostTensor>> evaluate_mod(const OpView& op, std::span<const HostTensor> inputs) {
  return map_pairs(op, inputs, op.attrs().integer("fmod") != 0 ? c_remainder : floored_remainder);
}

Work work_mod(const OpView& op) {
  // divide, round, multiply, subtract
  return vector_work(op, {{WorkUnit::kDivide, 1}, {WorkUnit::kArith, 3}});
}

TPU_REGISTER(
    register_op(binary({.name = "Mod",
                        .summary = "remainder of a / b",
                        .attributes = {{"fmod", std::int64_t{0}, "1: the sign follows a, not b"}},
                        .evaluate = evaluate_mod,
                        .work = work_mod})) &&
    register_onnx_twin("Mod"));

}  // namespace
}  // namespace tpuscope
