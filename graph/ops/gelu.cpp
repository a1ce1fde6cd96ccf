// Gelu: x times the normal distribution function, either exactly with the error function or with
// the tanh approximation of the GELU paper (arXiv 1606.08415), which is what many exports contain.

#include <cmath>
#include <numbers>

#include <fmt/core.h>

#include "base/text.h"
#include "graph/ops/elementwise.h"

namespace tpuscope {
namespace {

bool is_tanh_form(const OpView& op) {
  return op.attrs().text("approximate") == "tanh";
}

Result<std::vector<TensorType>> infer_gelu(const OpView& op) {
  const std::string& form = op.attrs().text("approximate");
  if (form != "none" && form != "tanh") {
    return Error{.message = fmt::format("Gelu has no approximation {}", in_quotes(form)),
                 .hint = "use \"none\" or \"tanh\""};
  }
  return infer_same(op);
}

double exact(double x) {
  return 0.5 * x * (1 + std::erf(x / std::numbers::sqrt2));
}

double approximate(double x) {
  const double scale = std::numbers::sqrt2 * std::numbers::inv_sqrtpi;  // sqrt(2 / pi)
  return 0.5 * x * (1 + std::tanh(scale * (x + 0.044715 * x * x * x)));
}

Result<std::vector<HostTensor>> evaluate_gelu(const OpView& op,
                                              std::span<const HostTensor> inputs) {
  return map_each(op, inputs, is_tanh_form(op) ? approximate : exact);
}

Work work_gelu(const OpView& op) {
  if (is_tanh_form(op)) {
    // Eight instructions around a tanh, which itself is three, an exponential and a division.
    return vector_work(op, {{WorkUnit::kArith, 9},
                            {WorkUnit::kArith, 1, kInPlace},
                            {WorkUnit::kExp, 1, kInPlace},
                            {WorkUnit::kArith, 1},
                            {WorkUnit::kDivide, 1},
                            {WorkUnit::kArith, 3}});
  }
  return vector_work(op, {{WorkUnit::kArith, 1},
                          {WorkUnit::kErf, 1},
                          {WorkUnit::kArith, 2},
                          {WorkUnit::kArith, 1, kInPlace}});
}

OnnxValues translate_microsoft(OnnxNode& node) {
  return translate_as(node, "Gelu");
}

TPU_REGISTER(
    register_op(unary({.name = "Gelu",
                       .summary = "x * P(X <= x) for a normal X",
                       .attributes = {{"approximate", std::string("none"), "none or tanh"}},
                       .infer = infer_gelu,
                       .evaluate = evaluate_gelu,
                       .work = work_gelu})) &&
    register_onnx("Gelu", translate_by_name) &&
    register_onnx("com.microsoft.Gelu", translate_microsoft));

Status emit_exact(OnnxEmission& out) {
  const std::string scaled = out.add("Div", {out.input(0), out.scalar(std::numbers::sqrt2)});
  const std::string sum = out.add("Add", {out.add("Erf", {scaled}), out.scalar(1)});
  return out.finish("Mul", {out.add("Mul", {out.input(0), sum}), out.scalar(0.5)});
}

Status emit_tanh(OnnxEmission& out) {
  const std::string& x = out.input(0);
  const std::string cube = out.add("Mul", {out.add("Mul", {x, x}), x});
  const std::string inner = out.add("Add", {x, out.add("Mul", {cube, out.scalar(0.044715)})});
  const double scale = std::numbers::sqrt2 * std::numbers::inv_sqrtpi;
  const std::string tanh = out.add("Tanh", {out.add("Mul", {inner, out.scalar(scale)})});
  const std::string sum = out.add("Add", {tanh, out.scalar(1)});
  return out.finish("Mul", {out.add("Mul", {x, sum}), out.scalar(0.5)});
}

Status emit_gelu(OnnxEmission& out) {
  return is_tanh_form(out.view()) ? emit_tanh(out) : emit_exact(out);
}

TPU_REGISTER(register_onnx_emission("Gelu", emit_gelu));

}  // namespace
}  // namespace tpuscope
