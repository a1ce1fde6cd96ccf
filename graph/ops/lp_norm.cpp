// LpNorm: each row divided by the sum of its magnitudes (p = 1) or by its length (p = 2). Rows of
// zeros stay zero.

#include <cmath>

#include <fmt/core.h>

#include "graph/onnx/emission.h"
#include "graph/onnx/node.h"
#include "graph/ops/by_name.h"
#include "graph/ops/rows.h"

namespace tpuscope {
namespace {

Result<std::vector<TensorType>> infer_lp_norm(const OpView& op) {
  const std::int64_t p = op.attrs().integer("p");
  if (p != 1 && p != 2) return Error{.message = fmt::format("p is {}, allowed are 1 and 2", p)};
  return infer_along_axis(op);
}

Result<std::vector<HostTensor>> evaluate_lp_norm(const OpView& op,
                                                 std::span<const HostTensor> inputs) {
  HostTensor y = inputs[0];
  const bool squared = op.attrs().integer("p") == 2;
  const Rows rows = rows_of(y.shape(), row_of_axis(op));
  for (const std::int64_t start : rows.starts) {
    double norm = 0.0;
    for (const std::int64_t offset : rows.offsets) {
      const double value = y[start + offset];
      norm += squared ? value * value : std::abs(value);
    }
    if (squared) norm = std::sqrt(norm);
    if (norm == 0.0) continue;
    for (const std::int64_t offset : rows.offsets)
      y[start + offset] /= norm;
  }
  return std::vector<HostTensor>{y};
}

Work work_lp_norm(const OpView& op) {
  const Shape& shape = op.result().shape;
  const std::vector<bool> row = row_of_axis(op);
  const bool squared = op.attrs().integer("p") == 2;
  WorkStep magnitude = step_over(shape, WorkUnit::kArith);
  magnitude.feeds_fold = true;
  return {magnitude, fold_rows(shape, row),
          step_over(folded(shape, row), squared ? WorkUnit::kRsqrt : WorkUnit::kDivide),
          step_over(shape, WorkUnit::kArith)};
}

TPU_REGISTER(register_op({.name = "LpNorm",
                          .summary = "rows divided by their L1 or L2 norm",
                          .attributes = {{"axis", -1, "the axis of the rows"}, {"p", 2, "1 or 2"}},
                          .layout = LayoutRule::kRows,
                          .infer = infer_lp_norm,
                          .evaluate = evaluate_lp_norm,
                          .work = work_lp_norm,
                          .row_axes = row_of_axis}));

OnnxValues translate_lp_norm(OnnxNode& node) {
  TPU_TRY(const Value x, node.input(0));
  return single(
      node.add("LpNorm", {{"axis", node.integer("axis", -1)}, {"p", node.integer("p", 2)}}, {x}));
}

TPU_REGISTER(register_onnx("LpNormalization", translate_lp_norm));

Status emit_lp_norm(OnnxEmission& out) {
  return emit_as(out, "LpNormalization");
}

TPU_REGISTER(register_onnx_emission("LpNorm", emit_lp_norm));

}  // namespace
}  // namespace tpuscope
