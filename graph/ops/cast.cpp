// Cast: another element type. The values change only by the rounding that the caller applies to
// every result. A scaled Cast is on the border of an INT8 region: the integers represent real
// numbers by a scale of their tensor. Scales come from calibration data, which the program has none
// of; they change no time, but such a Cast cannot be evaluated, nor its network written as ONNX.

#include <cmath>

#include <fmt/core.h>

#include "base/text.h"
#include "graph/ops/elementwise.h"

namespace tpuscope {
namespace {

Result<std::vector<TensorType>> infer_cast(const OpView& op) {
  const std::string& to = op.attrs().text("to");
  const std::optional<DType> dtype = dtype_from_name(to);
  if (!dtype) {
    return Error{.message = fmt::format("there is no element type {}", in_quotes(to)),
                 .hint = "f32, f16, bf16, f64, bool, or i or u with 8, 16, 32 or 64"};
  }
  return std::vector<TensorType>{{*dtype, op.input(0).shape}};
}

Result<std::vector<HostTensor>> evaluate_cast(const OpView& op,
                                              std::span<const HostTensor> inputs) {
  if (op.attrs().flag("scaled")) {
    return Error{.code = ErrorCode::kUnsupported,
                 .message = "the scales of an INT8 network are not known",
                 .hint = "evaluate it in f16 or f32"};
  }
  return map_each(op, inputs, [](double x) { return x; });
}

/// Between real numbers and integers that represent them there is a product with the scale.
Work work_cast(const OpView& op) {
  const DType from = op.input(0).dtype;
  const DType to = op.result().dtype;
  const Shape& shape = op.result().shape;
  WorkStep convert = step_over(shape, WorkUnit::kConvert);
  // Sums of 8-bit products are scaled as those of one product are.
  if (op.attrs().flag("scaled") && from == DType::kI32 && size_of(to) == 1 && !is_float(to)) {
    return {step_over(shape, WorkUnit::kRequant)};
  }
  if (!op.attrs().flag("scaled") || is_float(from) == is_float(to)) return {convert};
  WorkStep scale = step_over(shape, WorkUnit::kArith);
  scale.overwrites = true;
  const bool is_wide = size_of(is_float(from) ? from : to) > 2;
  if (is_float(to)) {
    // In 32 bits one instruction does both.
    if (is_wide) return {step_over(shape, WorkUnit::kRequant)};
    return {convert, scale};
  }
  if (!is_wide) return {scale, convert};
  WorkStep rounded = convert;
  rounded.overwrites = true;
  rounded.prepares = true;
  return {scale, rounded, convert};
}

Result<Value> cast(OnnxNode& node, DType to) {
  TPU_TRY(const Value x, node.input(0));
  if (node.graph().type(x).dtype == to) return x;
  return node.add("Cast", {{"to", std::string(name_of(to))}}, {x});
}

OnnxValues translate_cast(OnnxNode& node) {
  TPU_TRY(const DType to, dtype_from_onnx(node.integer("to", 0)));
  return single(cast(node, to));
}

OnnxValues translate_like(OnnxNode& node) {
  TPU_TRY(const Value like, node.input(1));
  return single(cast(node, node.graph().type(like).dtype));
}

TPU_REGISTER(
    register_op(unary({.name = "Cast",
                       .summary = "the same values in another element type",
                       .attributes = {{"to", std::string(), "element type of the result", true},
                                      {"scaled", false, "8-bit values represent real ones"}},
                       .infer = infer_cast,
                       .evaluate = evaluate_cast,
                       .work = work_cast})) &&
    register_onnx("Cast", translate_cast) && register_onnx("CastLike", translate_like));

Status emit_cast(OnnxEmission& out) {
  TPU_CHECK(!out.attrs().flag("scaled"), "{} has a scale, which no file holds", out.op().name);
  return out.finish("Cast", out.inputs(), {{"to", onnx_from_dtype(out.view().result().dtype)}});
}

TPU_REGISTER(register_onnx_emission("Cast", emit_cast));

}  // namespace
}  // namespace tpuscope
