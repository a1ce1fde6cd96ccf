// CumSum: running sums along one axis, from the front or the back, with or without the element
// itself.

#include <algorithm>

#include <fmt/core.h>

#include "graph/onnx/emission.h"
#include "graph/onnx/node.h"
#include "graph/ops/rows.h"

namespace tpuscope {
namespace {

Result<std::vector<HostTensor>> evaluate_cumsum(const OpView& op,
                                                std::span<const HostTensor> inputs) {
  const HostTensor& x = inputs[0];
  HostTensor y = HostTensor::zeros(op.result());
  Rows rows = rows_of(x.shape(), row_of_axis(op));
  if (op.attrs().flag("reverse")) std::reverse(rows.offsets.begin(), rows.offsets.end());
  for (const std::int64_t start : rows.starts) {
    double sum = 0.0;
    for (const std::int64_t offset : rows.offsets) {
      const double before = sum;
      sum += x[start + offset];
      y[start + offset] = op.attrs().flag("exclusive") ? before : sum;
    }
  }
  return std::vector<HostTensor>{y};
}

/// The elements before, or those behind.
Region input_region_cumsum(const OpView& op, std::size_t /*operand*/, const Region& result) {
  Region region = result;
  const std::size_t axis = checked_axis(op);
  if (op.attrs().flag("reverse")) {
    region[axis].end = op.input(0).shape[axis];
  } else {
    region[axis].begin = 0;
  }
  return region;
}

Work work_cumsum(const OpView& op) {
  return {step_over(op.result().shape, WorkUnit::kArith)};
}

TPU_REGISTER(register_op({.name = "CumSum",
                          .summary = "running sums along one axis",
                          .attributes = {{"axis", 0, "the axis of the rows", true},
                                         {"exclusive", false,
                                          "whether an element's own value is left out"},
                                         {"reverse", false, "whether sums run from the end"}},
                          .layout = LayoutRule::kRows,
                          .infer = infer_along_axis,
                          .evaluate = evaluate_cumsum,
                          .work = work_cumsum,
                          .input_region = input_region_cumsum,
                          .row_axes = row_of_axis}));

OnnxValues translate_cumsum(OnnxNode& node) {
  TPU_TRY(const Value x, node.input(0));
  TPU_TRY(const IntList axis, node.integers(std::size_t{1}));
  if (axis.size() != 1) {
    return Error{.message = fmt::format("axis has {} elements, 1 is needed", axis.size())};
  }
  return single(node.add("CumSum",
                         {{"axis", axis[0]},
                          {"exclusive", node.integer("exclusive", 0) != 0},
                          {"reverse", node.integer("reverse", 0) != 0}},
                         {x}));
}

TPU_REGISTER(register_onnx("CumSum", translate_cumsum));

Status emit_cumsum(OnnxEmission& out) {
  const auto axis = static_cast<double>(out.attrs().integer("axis"));
  Attributes attributes = out.attrs();
  attributes.erase("axis");
  return out.finish("CumSum", {out.input(0), out.constant(HostTensor::scalar(DType::kI64, axis))},
                    attributes);
}

TPU_REGISTER(register_onnx_emission("CumSum", emit_cumsum));

}  // namespace
}  // namespace tpuscope
