// Cast: another element type. The values change only by the rounding that the caller applies to
// every result.

#include <cmath>

#include <fmt/core.h>

#include "graph/ops/elementwise.h"
#include "graph/text.h"

namespace tpuscope {
namespace {

Result<std::vector<TensorType>> infer(const OpView& op) {
  const std::string& to = op.attrs().text("to");
  const std::optional<DType> dtype = dtype_from_name(to);
  if (!dtype) {
    return Error{.message = fmt::format("there is no element type {}", in_quotes(to)),
                 .hint = "f32, f16, bf16, f64, bool, or i or u with 8, 16, 32 or 64"};
  }
  return std::vector<TensorType>{{*dtype, op.input(0).shape}};
}

double unchanged(double x) {
  return x;
}

Result<Value> cast(OnnxNode& node, DType to) {
  TPU_TRY(const Value x, node.input(0));
  if (node.graph().type(x).dtype == to) return x;
  return node.add("Cast", {{"to", std::string(name_of(to))}}, {x});
}

OnnxValues translate(OnnxNode& node) {
  TPU_TRY(const DType to, dtype_from_onnx(node.integer("to", 0)));
  return single(cast(node, to));
}

OnnxValues translate_like(OnnxNode& node) {
  TPU_TRY(const Value like, node.input(1));
  return single(cast(node, node.graph().type(like).dtype));
}

[[maybe_unused]] const bool registered =
    register_op(unary({.name = "Cast",
                       .summary = "the same values in another element type",
                       .attributes = {{"to", std::string(), "element type of the result", true}},
                       .infer = infer,
                       .evaluate = evaluate_each<unchanged>,
                       .work = one_pass<WorkUnit::kConvert>})) &&
    register_onnx("Cast", translate) && register_onnx("CastLike", translate_like);

Status emit(OnnxEmission& out) {
  return out.finish("Cast", out.inputs(), {{"to", onnx_from_dtype(out.view().result().dtype)}});
}

[[maybe_unused]] const bool emitted = register_onnx_emission("Cast", emit);

}  // namespace
}  // namespace tpuscope
