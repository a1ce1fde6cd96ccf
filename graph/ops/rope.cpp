// Rope: rotary position embedding of x [B,tokens,heads,d] with cos and sin [B,tokens,1,d]. Element
// i of a row is turned with element i + d/2: y = x * cos + turned(x) * sin, where turned(x) has the
// second half, negated, in front of the first one.

#include <fmt/core.h>

#include "base/text.h"
#include "graph/onnx/emission.h"
#include "graph/ops/elementwise.h"
#include "graph/ops/rows.h"

namespace tpuscope {
namespace {

Result<std::vector<TensorType>> infer_rope(const OpView& op) {
  const TensorType& x = op.input(0);
  if (x.rank() != 4 || x.shape[3] % 2 != 0) {
    return Error{.message = fmt::format("x is {}, [B,tokens,heads,d] with an even d is needed",
                                        type_text(x))};
  }
  const Shape table{x.shape[0], x.shape[1], 1, x.shape[3]};
  for (std::size_t operand = 1; operand < 3; ++operand) {
    if (op.input(operand).shape == table) continue;
    return Error{.message = fmt::format("operand {} is {}, {} is needed", operand,
                                        type_text(op.input(operand)), list_text(table))};
  }
  return std::vector<TensorType>{x};
}

Result<std::vector<HostTensor>> evaluate_rope(const OpView& op,
                                              std::span<const HostTensor> inputs) {
  HostTensor y = HostTensor::zeros(op.result());
  const Shape& shape = op.result().shape;
  const std::int64_t heads = shape[2];
  const std::int64_t width = shape[3];
  const std::int64_t half = width / 2;
  for (std::int64_t row = 0; row < shape[0] * shape[1] * heads; ++row) {
    const std::int64_t table = row / heads * width;
    for (std::int64_t i = 0; i < width; ++i) {
      const double other =
          i < half ? -inputs[0][row * width + i + half] : inputs[0][row * width + i - half];
      y[row * width + i] =
          inputs[0][row * width + i] * inputs[1][table + i] + other * inputs[2][table + i];
    }
  }
  return std::vector<HostTensor>{std::move(y)};
}

/// Two copies of halves, two products, a sum.
Work work_rope(const OpView& op) {
  const Shape& shape = op.result().shape;
  Shape half = shape;
  half[3] /= 2;
  WorkStep product = step_over(shape, WorkUnit::kArith, 3);
  product.operands = 2;
  return {step_over(half, WorkUnit::kArith, 2), product};
}

Region input_region_rope(const OpView& op, std::size_t operand, const Region& result) {
  Region region = result;
  region[3] = {0, op.input(0).shape[3]};
  if (operand > 0) region[2] = {0, 1};
  return region;
}

std::vector<bool> row_axes_rope(const OpView&) {
  return one_axis(4, 3);
}

TPU_REGISTER(register_op({.name = "Rope",
                          .summary = "rotary position embedding: x, cos, sin",
                          .operands = {3, 3},
                          .layout = LayoutRule::kRows,
                          .infer = infer_rope,
                          .evaluate = evaluate_rope,
                          .work = work_rope,
                          .input_region = input_region_rope,
                          .row_axes = row_axes_rope,
                          .local_obstacle = always_local}));

Status emit_rope(OnnxEmission& out) {
  const std::int64_t width = out.view().result().shape[3];
  const auto slice = [&](std::int64_t begin, std::int64_t end) {
    return out.add("Slice",
                   {out.input(0), out.integers({begin}), out.integers({end}), out.integers({3})});
  };
  const std::string second = out.add("Neg", {slice(width / 2, width)});
  const std::string turned =
      out.add("Concat", {second, slice(0, width / 2)}, {{"axis", std::int64_t{3}}});
  return out.finish("Add", {out.add("Mul", {out.input(0), out.input(1)}),
                            out.add("Mul", {turned, out.input(2)})});
}

TPU_REGISTER(register_onnx_emission("Rope", emit_rope));

}  // namespace
}  // namespace tpuscope
