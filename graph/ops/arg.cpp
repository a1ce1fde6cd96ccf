// Arg: position of the largest or smallest element of each row.

#include <algorithm>

#include <fmt/core.h>

#include "base/text.h"
#include "base/units.h"
#include "graph/onnx/emission.h"
#include "graph/onnx/node.h"
#include "graph/ops/rows.h"

namespace tpuscope {
namespace {

Result<std::vector<TensorType>> infer_arg(const OpView& op) {
  const std::string& mode = op.attrs().text("mode");
  if (mode != "max" && mode != "min") {
    return Error{.message = fmt::format("there is no mode {} of Arg", in_quotes(mode)),
                 .hint = "the modes are \"max\" and \"min\""};
  }
  TPU_TRY(const std::size_t axis, normalised_axis(op.attrs().integer("axis"), op.input(0).rank()));
  TensorType result{DType::kI64, op.input(0).shape};
  result.shape[axis] = 1;
  if (!op.attrs().flag("keepdims")) {
    result.shape.erase(result.shape.begin() + static_cast<std::ptrdiff_t>(axis));
  }
  return std::vector<TensorType>{result};
}

Result<std::vector<HostTensor>> evaluate_arg(const OpView& op, std::span<const HostTensor> inputs) {
  const HostTensor& x = inputs[0];
  const bool largest = op.attrs().text("mode") == "max";
  const bool last = op.attrs().flag("select_last_index");
  const Rows rows = rows_of(x.shape(), row_of_axis(op));
  HostTensor y = HostTensor::zeros(op.result());
  for (std::size_t i = 0; i < rows.starts.size(); ++i) {
    std::size_t best = 0;
    for (std::size_t j = 1; j < rows.offsets.size(); ++j) {
      const double value = x[rows.starts[i] + rows.offsets[j]];
      const double champion = x[rows.starts[i] + rows.offsets[best]];
      const bool better = largest ? value > champion : value < champion;
      if (better || (last && value == champion)) best = j;
    }
    y.values[i] = static_cast<double>(best);
  }
  return std::vector<HostTensor>{y};
}

/// Extreme of each row, and which elements equal it; positions, counted down, for every lane, of
/// which those stay; their extreme is the first, counted up again as an integer. Positions begin
/// with a table, and what there is of them is copied behind itself until they reach the row's end.
Work work_arg(const OpView& op) {
  constexpr std::int64_t kTable = 64;
  const Shape& shape = op.input(0).shape;
  const std::vector<bool> row = row_of_axis(op);
  const Shape rows = folded(shape, row);
  const std::int64_t length = row_length(shape, row);
  // Of any row, in one go.
  WorkStep fold = step_over(rows, WorkUnit::kDepthwise);
  fold.kernel = length;
  WorkStep pass = step_over(shape, WorkUnit::kArith);
  pass.operands = 2;
  const auto positions = [&](WorkUnit unit, std::int64_t passes) {
    return WorkStep{.unit = unit, .w = length, .passes = passes};
  };
  std::int64_t copies = 0;
  while (kTable << copies < length)
    ++copies;
  WorkStep table = positions(WorkUnit::kBroadcast, 1);
  table.w = std::min(kTable, length);
  WorkStep copy = positions(WorkUnit::kArith, copies);
  copy.w = ceil_div(length - table.w, std::max<std::int64_t>(1, copies));
  return {fold,
          pass,
          table,
          copy,
          positions(WorkUnit::kArith, 2),
          positions(WorkUnit::kConvert, 1),
          positions(WorkUnit::kBroadcast, 1),
          pass,
          fold,
          step_over(rows, WorkUnit::kArith),
          step_over(rows, WorkUnit::kConvert)};
}

Region input_region_arg(const OpView& op, std::size_t, const Region& result) {
  const std::size_t axis = checked_axis(op);
  Region region = result;
  const auto at = region.begin() + static_cast<std::ptrdiff_t>(axis);
  const Range row{0, op.input(0).shape[axis]};
  if (op.attrs().flag("keepdims")) {
    *at = row;
  } else {
    region.insert(at, row);
  }
  return region;
}

std::vector<bool> divisible_axes_arg(const OpView& op) {
  std::vector<bool> axes(op.result().rank(), true);
  if (op.attrs().flag("keepdims")) axes[checked_axis(op)] = false;
  return axes;
}

TPU_REGISTER(register_op({.name = "Arg",
                          .summary = "position of the largest or smallest element of each row",
                          .attributes = {{"mode", std::string("max"), "max or min", true},
                                         {"axis", 0, "the axis of the rows"},
                                         {"keepdims", true, "whether the axis stays with extent 1"},
                                         {"select_last_index", false,
                                          "which of equal elements counts"}},
                          .layout = LayoutRule::kRows,
                          .infer = infer_arg,
                          .evaluate = evaluate_arg,
                          .work = work_arg,
                          .input_region = input_region_arg,
                          .divisible_axes = divisible_axes_arg,
                          .row_axes = row_of_axis}));

OnnxValues translate_arg(OnnxNode& node, const char* mode) {
  TPU_TRY(const Value x, node.input(0));
  return single(node.add("Arg",
                         {{"mode", std::string(mode)},
                          {"axis", node.integer("axis", 0)},
                          {"keepdims", node.integer("keepdims", 1) != 0},
                          {"select_last_index", node.integer("select_last_index", 0) != 0}},
                         {x}));
}

TPU_REGISTER(register_onnx("ArgMax", [](OnnxNode& node) { return translate_arg(node, "max"); }) &&
             register_onnx("ArgMin", [](OnnxNode& node) { return translate_arg(node, "min"); }));

Status emit_arg(OnnxEmission& out) {
  Attributes attributes = out.attrs();
  attributes.erase("mode");
  return out.finish(out.attrs().text("mode") == "max" ? "ArgMax" : "ArgMin", out.inputs(),
                    attributes);
}

TPU_REGISTER(register_onnx_emission("Arg", emit_arg));

}  // namespace
}  // namespace tpuscope
