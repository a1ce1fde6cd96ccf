// BitShift of integers. Products and quotients with powers of two say the same of the
// doubles that hold values here, without the undefined shifts of C.

#include <cmath>

#include <fmt/core.h>

#include "base/text.h"
#include "graph/ops/elementwise.h"

namespace tpuscope {
namespace {

/// Shifts by fewer than no bits or by all bits and more leave nothing but the sign.
double shifted(double a, double b, bool is_left, DType dtype) {
  const double bits = 8.0 * static_cast<double>(size_of(dtype));
  const double count = b < 0 || b >= bits ? bits : b;
  if (!is_left) return std::floor(std::ldexp(a, -static_cast<int>(count)));
  return count == bits ? 0 : std::ldexp(a, static_cast<int>(count));
}

Result<std::vector<TensorType>> infer_bit_shift(const OpView& op) {
  const std::string& direction = op.attrs().text("direction");
  if (direction != "LEFT" && direction != "RIGHT") {
    return Error{.message = fmt::format("there is no direction {}", in_quotes(direction)),
                 .hint = "use \"LEFT\" or \"RIGHT\""};
  }
  if (is_float(op.input(0).dtype)) {
    return Error{.message =
                     fmt::format("operand is {}, not an integer", name_of(op.input(0).dtype))};
  }
  return infer_broadcast(op);
}

Result<std::vector<HostTensor>> evaluate_bit_shift(const OpView& op,
                                                   std::span<const HostTensor> inputs) {
  const bool is_left = op.attrs().text("direction") == "LEFT";
  const DType dtype = op.input(0).dtype;
  return map_pairs(op, inputs, [&](double a, double b) { return shifted(a, b, is_left, dtype); });
}

TPU_REGISTER(
    register_op(binary({.name = "BitShift",
                        .summary = "a shifted by b bits",
                        .attributes = {{"direction", std::string(), "LEFT or RIGHT", true}},
                        .infer = infer_bit_shift,
                        .evaluate = evaluate_bit_shift,
                        .work = one_pass<WorkUnit::kArith>})) &&
    register_onnx_twin("BitShift"));

}  // namespace
}  // namespace tpuscope
