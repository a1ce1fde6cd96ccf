// Clip: min and max with constants. ONNX has them as attributes up to opset 10 and as inputs later;
// inputs that are computed become Max and Min ops.

#include <algorithm>
#include <limits>

#include "graph/ops/elementwise.h"

namespace tpuscope {
namespace {

// Not infinity, which JSON cannot hold; ONNX names the same default.
constexpr double kNoLimit = static_cast<double>(std::numeric_limits<float>::max());

Result<std::vector<HostTensor>> evaluate_clip(const OpView& op,
                                              std::span<const HostTensor> inputs) {
  const double low = op.attrs().number("min");
  const double high = op.attrs().number("max");
  return map_each(op, inputs, [=](double x) { return std::min(std::max(x, low), high); });
}

Work work_clip(const OpView& op) {
  const int limits = (op.attrs().number("min") > -kNoLimit ? 1 : 0) +
                     (op.attrs().number("max") < kNoLimit ? 1 : 0);
  // Up to the largest of the 8-bit elements there is nothing to cut off.
  if (limits < 2 || op.result().dtype == DType::kI8)
    return vector_work(op, {{WorkUnit::kArith, 1}});
  return vector_work(op, {{WorkUnit::kArith, 1}, {WorkUnit::kArith, 1, kInPlace}});
}

/// The limit in attribute `name` or operand `operand`; empty when it is computed.
std::optional<double> limit(const OnnxNode& node, std::string_view name, std::size_t operand,
                            double fallback) {
  if (!node.has_input(operand)) return node.number(name, fallback);
  const Result<HostTensor> values = node.constant(operand);
  if (!values.ok() || values->values.size() != 1) return std::nullopt;
  return values->values[0];
}

OnnxValues translate_clip(OnnxNode& node) {
  TPU_TRY(Value x, node.input(0));
  const std::optional<double> low = limit(node, "min", 1, -kNoLimit);
  const std::optional<double> high = limit(node, "max", 2, kNoLimit);
  if (low && high) return single(node.add("Clip", {{"min", *low}, {"max", *high}}, {x}));
  if (node.has_input(1)) {
    TPU_TRY(x, node.add("Max", {}, {x, *node.inputs[1]}));
  }
  if (node.has_input(2)) {
    TPU_TRY(x, node.add("Min", {}, {x, *node.inputs[2]}));
  }
  return std::vector<Value>{x};
}

TPU_REGISTER(register_op(unary({.name = "Clip",
                                .summary = "x limited to min..max",
                                .attributes = {{"min", -kNoLimit, "lower limit"},
                                               {"max", kNoLimit, "upper limit"}},
                                .evaluate = evaluate_clip,
                                .work = work_clip})) &&
             register_onnx("Clip", translate_clip));

Status emit_clip(OnnxEmission& out) {
  const double low = out.attrs().number("min");
  const double high = out.attrs().number("max");
  std::vector<std::string> inputs = {out.input(0), low > -kNoLimit ? out.scalar(low) : ""};
  if (high < kNoLimit) inputs.push_back(out.scalar(high));
  return out.finish("Clip", inputs);
}

TPU_REGISTER(register_onnx_emission("Clip", emit_clip));

}  // namespace
}  // namespace tpuscope
