// Softmax, LogSoftmax and Hardmax along one axis. On the machine: the largest element of each row,
// subtract, exponential, sum, reciprocal per row, multiply.

#include <algorithm>
#include <cmath>

#include "graph/onnx/emission.h"
#include "graph/onnx/node.h"
#include "graph/ops/by_name.h"
#include "graph/ops/rows.h"

namespace tpuscope {
namespace {

/// Applies `kernel(row)` to a copy of each row and puts it back.
template <typename Kernel>
Result<std::vector<HostTensor>> each_row(const OpView& op, const HostTensor& x, Kernel kernel) {
  HostTensor y = x;
  const Rows rows = rows_of(x.shape(), row_of_axis(op));
  std::vector<double> row(rows.offsets.size());
  if (row.empty()) return std::vector<HostTensor>{y};
  for (const std::int64_t start : rows.starts) {
    for (std::size_t i = 0; i < row.size(); ++i)
      row[i] = x[start + rows.offsets[i]];
    kernel(row);
    for (std::size_t i = 0; i < row.size(); ++i)
      y[start + rows.offsets[i]] = row[i];
  }
  return std::vector<HostTensor>{y};
}

/// Subtracts the row's largest element; returns the sum of the exponentials.
double shift_and_sum(std::vector<double>& row) {
  const double largest = *std::max_element(row.begin(), row.end());
  double sum = 0.0;
  for (double& value : row) {
    value -= largest;
    sum += std::exp(value);
  }
  return sum;
}

Result<std::vector<HostTensor>> softmax(const OpView& op, std::span<const HostTensor> inputs) {
  return each_row(op, inputs[0], [](std::vector<double>& row) {
    const double sum = shift_and_sum(row);
    for (double& value : row)
      value = std::exp(value) / sum;
  });
}

Result<std::vector<HostTensor>> log_softmax(const OpView& op, std::span<const HostTensor> inputs) {
  return each_row(op, inputs[0], [](std::vector<double>& row) {
    const double sum = shift_and_sum(row);
    for (double& value : row)
      value -= std::log(sum);
  });
}

Result<std::vector<HostTensor>> hardmax(const OpView& op, std::span<const HostTensor> inputs) {
  return each_row(op, inputs[0], [](std::vector<double>& row) {
    const auto largest = std::max_element(row.begin(), row.end()) - row.begin();
    std::fill(row.begin(), row.end(), 0.0);
    row[static_cast<std::size_t>(largest)] = 1.0;
  });
}

/// Largest of each row, subtract, exponential, sum of each row.
Work shared_work(const OpView& op) {
  const Shape& shape = op.result().shape;
  const WorkStep largest = fold_rows(shape, row_of_axis(op));
  WorkStep sum = largest;
  sum.type = DType::kF32;
  WorkStep shifted = step_over(shape, WorkUnit::kArith);
  shifted.operands = 2;
  shifted.overwrites = true;
  WorkStep power = step_over(shape, WorkUnit::kExp);
  power.overwrites = true;
  Work work{largest, shifted, power};
  if (size_of(op.result().dtype) <= 2) {
    work.push_back(float_step(shape, WorkUnit::kConvert));
    work.back().feeds_fold = true;
  }
  work.push_back(sum);
  return work;
}

/// Back to 16 bits, and a product with each row's factor.
void push_scaling(const OpView& op, Work& work, WorkUnit unit) {
  const Shape& shape = op.result().shape;
  const Shape rows = folded(shape, row_of_axis(op));
  // Quotients exist in f32 only, logarithms in 16 bits as well.
  const bool is_narrow = size_of(op.result().dtype) <= 2;
  const bool is_quotient = unit == WorkUnit::kDivide;
  if (is_quotient) work.push_back(float_step(rows, unit));
  if (is_narrow) work.push_back(float_step(rows, WorkUnit::kConvert));
  if (!is_quotient) work.push_back(step_over(rows, unit));
  work.push_back(step_over(shape, WorkUnit::kArith));
  work.back().operands = 2;
  work.back().overwrites = true;
}

/// In 8 bits the exponentials come from a table, and what they are divided by is rounded with the
/// scale of the result.
Work table_softmax_work(const OpView& op) {
  const Shape& shape = op.result().shape;
  const std::vector<bool> row = row_of_axis(op);
  const Shape rows = folded(shape, row);
  const auto fold = [&](DType type) {
    WorkStep step = fold_rows(shape, row);
    step.unit = WorkUnit::kDepthwise;  // in one go, whichever axis it is
    step.type = type;
    return step;
  };
  const auto wide = [&](const Shape& over, WorkUnit unit, bool overwrites) {
    WorkStep step = float_step(over, unit);
    step.overwrites = overwrites;
    return step;
  };
  WorkStep shifted = step_over(shape, WorkUnit::kArith);
  shifted.type = DType::kI16;
  shifted.operands = 2;
  return {fold(DType::kI8),
          shifted,
          step_over(shape, WorkUnit::kLookup),
          fold(DType::kF32),
          wide(rows, WorkUnit::kArith, true),
          wide(rows, WorkUnit::kDivide, false),
          wide(shape, WorkUnit::kArith, true),
          wide(shape, WorkUnit::kArith, true),
          wide(shape, WorkUnit::kConvert, false)};
}

Work softmax_work(const OpView& op) {
  if (op.result().dtype == DType::kI8) return table_softmax_work(op);
  Work work = shared_work(op);
  push_scaling(op, work, WorkUnit::kDivide);
  return work;
}

Work log_softmax_work(const OpView& op) {
  Work work = shared_work(op);
  push_scaling(op, work, WorkUnit::kLog);
  return work;
}

/// Largest of each row, position of the first that equals it, comparison with every position.
Work hardmax_work(const OpView& op) {
  const Shape& shape = op.result().shape;
  const WorkStep fold = fold_rows(shape, row_of_axis(op));
  return {fold, step_over(shape, WorkUnit::kCompare), fold, step_over(shape, WorkUnit::kCompare)};
}

LocalAnswer local_obstacle_softmax(const LocalQuery& query) {
  const std::size_t axis = checked_axis(query.op);
  if (query.op.result().rank() == 4 && axis >= 2) return std::nullopt;
  return LocalObstacle{"softmax_axis", "Softmax is local over the last two of four axes only"};
}

OpDef definition(std::string_view name, std::string_view summary) {
  return {.name = name,
          .summary = summary,
          .attributes = {{"axis", -1, "the axis of the rows"}},
          .layout = LayoutRule::kRows,
          .infer = infer_along_axis,
          .row_axes = row_of_axis};
}

bool register_all() {
  OpDef soft = definition("Softmax", "exponentials of each row, divided by their sum");
  soft.evaluate = softmax;
  soft.work = softmax_work;
  soft.local_obstacle = local_obstacle_softmax;
  OpDef log_soft = definition("LogSoftmax", "logarithm of Softmax");
  log_soft.evaluate = log_softmax;
  log_soft.work = log_softmax_work;
  log_soft.local_obstacle = local_obstacle_softmax;
  OpDef hard = definition("Hardmax", "1 at the first largest element of each row, 0 elsewhere");
  hard.evaluate = hardmax;
  hard.work = hardmax_work;
  return register_op(std::move(soft)) && register_op(std::move(log_soft)) &&
         register_op(std::move(hard));
}

TPU_REGISTER(register_all());

/// Before opset 13 all axes from "axis" on form one row; where more than one of them has several
/// elements that is a softmax between two reshapes.
OnnxValues translate_softmax(OnnxNode& node) {
  TPU_TRY(const Value x, node.input(0));
  const Shape shape = node.type(0).shape;
  const bool flattens = node.opset < 13;
  TPU_TRY(const std::size_t axis,
          normalised_axis(node.integer("axis", flattens ? 1 : -1), shape.size()));
  const Attributes along{{"axis", static_cast<std::int64_t>(axis)}};
  if (!flattens || element_count(shape, axis + 1, shape.size()) == 1) {
    return single(node.add(node.op_type, along, {x}));
  }
  const IntList flat = {element_count(shape, 0, axis), element_count(shape, axis, shape.size())};
  TPU_TRY(const Value rows, node.add("Reshape", {{"shape", flat}}, {x}));
  TPU_TRY(const Value y, node.add(node.op_type, {{"axis", 1}}, {rows}));
  return single(node.add("Reshape", {{"shape", shape}}, {y}));
}

TPU_REGISTER(register_onnx("Softmax", translate_softmax) &&
             register_onnx("LogSoftmax", translate_softmax) &&
             register_onnx("Hardmax", translate_softmax));

TPU_REGISTER(register_onnx_emission("Softmax", emit_by_name) &&
             register_onnx_emission("LogSoftmax", emit_by_name) &&
             register_onnx_emission("Hardmax", emit_by_name));

}  // namespace
}  // namespace tpuscope
