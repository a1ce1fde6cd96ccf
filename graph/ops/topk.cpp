// TopK: the k largest or smallest elements of each row, and their positions.

#include <algorithm>
#include <numeric>

#include <fmt/core.h>

#include "base/text.h"
#include "graph/onnx/emission.h"
#include "graph/onnx/node.h"
#include "graph/ops/rows.h"

namespace tpuscope {
namespace {

Result<std::vector<TensorType>> infer_topk(const OpView& op) {
  TPU_TRY(const std::size_t axis, normalised_axis(op.attrs().integer("axis"), op.input(0).rank()));
  TensorType values = op.input(0);
  const std::int64_t k = op.attrs().integer("k");
  if (k < 0 || k > values.shape[axis]) {
    return Error{.message = fmt::format("k is {}, axis {} of {} has {} elements", k, axis,
                                        type_text(values), values.shape[axis])};
  }
  values.shape[axis] = k;
  return std::vector<TensorType>{values, {DType::kI64, values.shape}};
}

Result<std::vector<HostTensor>> evaluate_topk(const OpView& op,
                                              std::span<const HostTensor> inputs) {
  const HostTensor& x = inputs[0];
  const bool largest = op.attrs().flag("largest");
  HostTensor values = HostTensor::zeros(op.result(0));
  HostTensor positions = HostTensor::zeros(op.result(1));
  const std::vector<bool> row = row_of_axis(op);
  const Rows from = rows_of(x.shape(), row);
  const Rows to = rows_of(values.shape(), row);
  if (values.elements() == 0) return std::vector<HostTensor>{values, positions};
  for (std::size_t i = 0; i < from.starts.size(); ++i) {
    const auto at = [&](std::size_t j) { return x[from.starts[i] + from.offsets[j]]; };
    std::vector<std::size_t> order(from.offsets.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
      return largest ? at(a) > at(b) : at(a) < at(b);
    });
    for (std::size_t j = 0; j < to.offsets.size(); ++j) {
      values[to.starts[i] + to.offsets[j]] = at(order[j]);
      positions[to.starts[i] + to.offsets[j]] = static_cast<double>(order[j]);
    }
  }
  return std::vector<HostTensor>{values, positions};
}

Work work_topk(const OpView& op) {
  const std::vector<bool> row = row_of_axis(op);
  WorkStep step = step_over(folded(op.input(0).shape, row), WorkUnit::kSort);
  step.kernel = row_length(op.input(0).shape, row);
  return {step};
}

Region input_region_topk(const OpView& op, std::size_t, const Region& result) {
  Region region = result;
  const std::size_t axis = checked_axis(op);
  region[axis] = {0, op.input(0).shape[axis]};
  return region;
}

TPU_REGISTER(
    register_op({.name = "TopK",
                 .summary = "the k largest or smallest elements of each row and their positions",
                 .attributes = {{"k", 1, "elements to keep", true},
                                {"axis", -1, "the axis of the rows"},
                                {"largest", true, "largest or smallest"},
                                {"sorted", true, "whether the caller relies on their order"}},
                 .layout = LayoutRule::kRows,
                 .infer = infer_topk,
                 .evaluate = evaluate_topk,
                 .work = work_topk,
                 .input_region = input_region_topk,
                 .row_axes = row_of_axis}));

OnnxValues translate_topk(OnnxNode& node) {
  TPU_TRY(const Value x, node.input(0));
  std::int64_t k = node.integer("k", 0);  // an input since opset 10
  if (node.opset >= 10) {
    TPU_TRY(const IntList values, node.integers(std::size_t{1}));
    if (values.size() != 1) {
      return Error{.message = fmt::format("k has {} elements, 1 is needed", values.size())};
    }
    k = values[0];
  }
  return node.add_all("TopK",
                      {{"k", k},
                       {"axis", node.integer("axis", -1)},
                       {"largest", node.integer("largest", 1) != 0},
                       {"sorted", node.integer("sorted", 1) != 0}},
                      {x});
}

TPU_REGISTER(register_onnx("TopK", translate_topk));

Status emit_topk(OnnxEmission& out) {
  Attributes attributes = out.attrs();
  attributes.erase("k");
  return out.finish("TopK", {out.input(0), out.integers({out.attrs().integer("k")})}, attributes);
}

TPU_REGISTER(register_onnx_emission("TopK", emit_topk));

}  // namespace
}  // namespace tpuscope
