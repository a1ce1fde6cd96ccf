// Trilu: the upper or lower triangle of matrices, zero elsewhere. A select by a fixed mask, so each
// pass is one instruction; elements depend on their row and column, so matrices stay whole.

#include <fmt/core.h>

#include "graph/ops/elementwise.h"

namespace tpuscope {
namespace {

Result<std::vector<TensorType>> infer_trilu(const OpView& op) {
  if (op.input(0).rank() < 2) {
    return Error{.message = fmt::format("{} holds no matrix", type_text(op.input(0)))};
  }
  return infer_same(op);
}

Result<std::vector<HostTensor>> evaluate_trilu(const OpView& op,
                                               std::span<const HostTensor> inputs) {
  const bool upper = op.attrs().integer("upper") != 0;
  const std::int64_t diagonal = op.attrs().integer("k");
  const Shape& shape = op.result().shape;
  const std::int64_t columns = shape[shape.size() - 1];
  const std::int64_t rows = shape[shape.size() - 2];
  HostTensor result{op.result(), inputs[0].values};
  for (std::int64_t i = 0; i < result.elements(); ++i) {
    const std::int64_t above = i % columns - i / columns % rows;  // the main diagonal
    if (upper ? above < diagonal : above > diagonal) result[i] = 0;
  }
  return std::vector<HostTensor>{std::move(result)};
}

std::vector<bool> row_axes_trilu(const OpView& op) {
  std::vector<bool> axes(op.input(0).rank(), false);
  axes[axes.size() - 2] = true;
  axes[axes.size() - 1] = true;
  return axes;
}

OnnxValues translate_trilu(OnnxNode& node) {
  TPU_TRY(const Value x, node.input(0));
  std::int64_t diagonal = 0;
  if (node.has_input(1)) {
    TPU_TRY(const IntList k, node.integers(1));
    if (k.size() != 1) return Error{.message = fmt::format("k has {} elements, not one", k.size())};
    diagonal = k[0];
  }
  return single(node.add("Trilu", {{"upper", node.integer("upper", 1)}, {"k", diagonal}}, {x}));
}

TPU_REGISTER(register_op({.name = "Trilu",
                          .summary = "upper or lower triangle of matrices",
                          .attributes = {{"upper", std::int64_t{1}, "1: upper, 0: lower"},
                                         {"k", std::int64_t{0},
                                          "diagonal that bounds it, 0: the main one"}},
                          .layout = LayoutRule::kRows,
                          .infer = infer_trilu,
                          .evaluate = evaluate_trilu,
                          .work = one_pass<WorkUnit::kArith>,
                          .row_axes = row_axes_trilu}) &&
             register_onnx("Trilu", translate_trilu));

Status emit_trilu(OnnxEmission& out) {
  const auto diagonal = static_cast<double>(out.attrs().integer("k"));
  return out.finish("Trilu",
                    {out.input(0), out.constant(HostTensor::scalar(DType::kI64, diagonal))},
                    {{"upper", out.attrs().integer("upper")}});
}

TPU_REGISTER(register_onnx_emission("Trilu", emit_trilu));

}  // namespace
}  // namespace tpuscope
