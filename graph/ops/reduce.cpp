// Reduce: folds elements along axes to their sum, mean, largest ... One op with a mode: what the
// modes share (axes, shapes, tiling) is all but the fold itself.

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>

#include <fmt/core.h>

#include "base/text.h"
#include "graph/onnx/emission.h"
#include "graph/onnx/node.h"
#include "graph/ops/rows.h"

namespace tpuscope {
namespace {

const std::vector<std::string> kReduceModes = {
    "sum", "mean", "max", "min", "prod", "l1", "l2", "log_sum", "log_sum_exp", "sum_square"};

/// Flags of the axes that are folded; all when the list is empty.
Result<std::vector<bool>> folded_axes(const OpView& op) {
  const std::size_t rank = op.input(0).rank();
  const IntList& axes = op.attrs().integers("axes");
  std::vector<bool> flags(rank, axes.empty());
  for (const std::int64_t entry : axes) {
    TPU_TRY(const std::size_t axis, normalised_axis(entry, rank));
    if (flags[axis]) {
      return Error{.message = fmt::format("axes {} name axis {} twice", list_text(axes), axis)};
    }
    flags[axis] = true;
  }
  return flags;
}

std::vector<bool> row_axes_reduce(const OpView& op) {
  return folded_axes(op).value();
}

Result<std::vector<TensorType>> infer_reduce(const OpView& op) {
  const std::string& mode = op.attrs().text("mode");
  if (std::find(kReduceModes.begin(), kReduceModes.end(), mode) == kReduceModes.end()) {
    return Error{.message = fmt::format("there is no mode {} of Reduce", in_quotes(mode)),
                 .hint = did_you_mean(mode, kReduceModes)};
  }
  TPU_TRY(const std::vector<bool> flags, folded_axes(op));
  TensorType result{op.input(0).dtype, {}};
  for (std::size_t axis = 0; axis < flags.size(); ++axis) {
    if (!flags[axis]) {
      result.shape.push_back(op.input(0).shape[axis]);
    } else if (op.attrs().flag("keepdims")) {
      result.shape.push_back(1);
    }
  }
  return std::vector<TensorType>{result};
}

/// Sum of f(x) over a row.
template <typename Function>
double sum_of(const std::vector<double>& row, Function f) {
  double sum = 0.0;
  for (const double x : row)
    sum += f(x);
  return sum;
}

double log_sum_exp(const std::vector<double>& row) {
  double largest = -std::numeric_limits<double>::infinity();
  for (const double x : row)
    largest = std::max(largest, x);
  if (!std::isfinite(largest)) return largest;
  return largest + std::log(sum_of(row, [&](double x) { return std::exp(x - largest); }));
}

double fold_reduce(const std::string& mode, const std::vector<double>& row) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  const auto itself = [](double x) { return x; };
  const auto square = [](double x) { return x * x; };
  const auto pick = [&](double first, auto better) {
    for (const double x : row)
      first = better(x, first) || std::isnan(x) ? x : first;
    return first;
  };
  if (mode == "sum") return sum_of(row, itself);
  if (mode == "mean") return sum_of(row, itself) / static_cast<double>(row.size());
  if (mode == "max") return pick(-kInfinity, std::greater<>());
  if (mode == "min") return pick(kInfinity, std::less<>());
  if (mode == "l1") return sum_of(row, [](double x) { return std::abs(x); });
  if (mode == "l2") return std::sqrt(sum_of(row, square));
  if (mode == "log_sum") return std::log(sum_of(row, itself));
  if (mode == "log_sum_exp") return log_sum_exp(row);
  if (mode == "sum_square") return sum_of(row, square);
  double product = 1.0;
  for (const double x : row)
    product *= x;
  return product;
}

Result<std::vector<HostTensor>> evaluate_reduce(const OpView& op,
                                                std::span<const HostTensor> inputs) {
  const Rows rows = rows_of(inputs[0].shape(), row_axes_reduce(op));
  HostTensor y = HostTensor::zeros(op.result());
  std::vector<double> row(rows.offsets.size());
  for (std::size_t i = 0; i < rows.starts.size(); ++i) {
    for (std::size_t j = 0; j < row.size(); ++j)
      row[j] = inputs[0][rows.starts[i] + rows.offsets[j]];
    y.values[i] = fold_reduce(op.attrs().text("mode"), row);
  }
  return std::vector<HostTensor>{y};
}

/// Square root in f32: x * rsqrt(x), with 0, infinity and what is no number selected apart.
void push_root(DType type, const Shape& rows, Work& work) {
  const bool is_narrow = size_of(type) <= 2;
  if (is_narrow) work.push_back(float_step(rows, WorkUnit::kConvert));
  work.push_back(float_step(rows, WorkUnit::kRsqrt));
  work.push_back(float_step(rows, WorkUnit::kCompare));
  work.back().passes = 2;
  work.push_back(float_step(rows, WorkUnit::kArith));
  work.back().operands = 2;
  if (is_narrow) work.push_back(float_step(rows, WorkUnit::kConvert));
}

/// Sums and means are the same instruction, whose factor is 1 or the length's reciprocal.
Work work_reduce(const OpView& op) {
  const std::string& mode = op.attrs().text("mode");
  const Shape& shape = op.input(0).shape;
  const std::vector<bool> flags = row_axes_reduce(op);
  const Shape rows = folded(shape, flags);
  Work work;
  if (mode == "log_sum_exp") {
    work.push_back(fold_rows(shape, flags));
    work.push_back(step_over(shape, WorkUnit::kArith));  // subtract the largest
    work.push_back(step_over(shape, WorkUnit::kExp));
  } else if (mode == "l1" || mode == "l2" || mode == "sum_square") {
    work.push_back(step_over(shape, WorkUnit::kArith));  // magnitude or square
  }
  work.push_back(fold_rows(shape, flags));
  if (mode == "l2") push_root(op.result().dtype, rows, work);
  if (mode.starts_with("log")) work.push_back(step_over(rows, WorkUnit::kLog));
  if (mode == "log_sum_exp") work.push_back(step_over(rows, WorkUnit::kArith));
  return work;
}

Region input_region_reduce(const OpView& op, std::size_t, const Region& result) {
  Region region = whole(op.input(0).shape);
  const std::vector<bool> flags = row_axes_reduce(op);
  std::size_t next = 0;
  for (std::size_t axis = 0; axis < flags.size(); ++axis) {
    if (!flags[axis]) region[axis] = result[next];
    if (!flags[axis] || op.attrs().flag("keepdims")) ++next;
  }
  return region;
}

std::vector<bool> divisible_axes_reduce(const OpView& op) {
  std::vector<bool> axes;
  for (const bool flag : row_axes_reduce(op)) {
    if (!flag || op.attrs().flag("keepdims")) axes.push_back(!flag);
  }
  return axes;
}

/// Folds within a lane: the axes on n and on the lanes stay as they are.
LocalAnswer local_obstacle_reduce(const LocalQuery& query) {
  const std::vector<bool> rows = row_axes_reduce(query.op);
  const bool is_inner = rows.size() > 2 && !rows[0] && !rows[1];
  if (is_inner && query.op.attrs().flag("keepdims")) return std::nullopt;
  return LocalObstacle{"reduce_axes",
                       "only reductions of axes after the second, kept with extent 1"};
}

TPU_REGISTER(register_op({.name = "Reduce",
                          .summary = "folds the elements along axes",
                          .attributes = {{"mode", std::string("sum"),
                                          "sum, mean, max, min, prod, l1, l2, "
                                          "log_sum, log_sum_exp, sum_square",
                                          true},
                                         {"axes", IntList{}, "axes to fold; empty: all"},
                                         {"keepdims", true,
                                          "whether folded axes stay with extent 1"}},
                          .layout = LayoutRule::kRows,
                          .infer = infer_reduce,
                          .evaluate = evaluate_reduce,
                          .work = work_reduce,
                          .input_region = input_region_reduce,
                          .divisible_axes = divisible_axes_reduce,
                          .row_axes = row_axes_reduce,
                          .local_obstacle = local_obstacle_reduce}));

/// Folded by itself before the others, the last axis makes rows short enough. Rows come in pieces
/// along their longest axis, of which even the smallest must fit a lane.
std::optional<std::size_t> axis_apart(const Shape& shape, const IntList& axes) {
  constexpr std::int64_t kMostBeside = 4096;  // elements of a row at one place of that axis
  std::vector<bool> flags(shape.size(), axes.empty());
  for (const std::int64_t axis : axes) {
    const Result<std::size_t> folded = normalised_axis(axis, shape.size());
    if (!folded.ok()) return std::nullopt;  // refused where types are found
    flags[*folded] = true;
  }
  std::int64_t row = 1;
  std::int64_t longest = 1;
  std::optional<std::size_t> last;
  for (std::size_t axis = 0; axis < shape.size(); ++axis) {
    if (!flags[axis] || shape[axis] <= 1) continue;
    row *= shape[axis];
    longest = std::max(longest, shape[axis]);
    last = axis;
  }
  return row / longest > kMostBeside ? last : std::nullopt;
}

/// A Reduce node; one that folds too much at once after one that folds an axis of it.
Result<Value> add_reduce(OnnxNode& node, Value x, const std::string& mode, const IntList& axes) {
  const auto add = [&](const std::string& fold, const IntList& along, bool keeps) {
    return node.add("Reduce", {{"mode", fold}, {"axes", along}, {"keepdims", keeps}}, {x});
  };
  std::string rest = mode;
  while (const auto apart = axis_apart(node.graph().type(x).shape, axes)) {
    TPU_TRY(x, add(rest == "log_sum" ? "sum" : rest, {static_cast<std::int64_t>(*apart)}, true));
    if (mode == "sum_square") rest = "sum";
  }
  return add(rest, axes, node.integer("keepdims", 1) != 0);
}

/// Axes are an attribute in older operator sets and an input in newer ones; no axes means all of
/// them unless the node says otherwise.
OnnxValues translate_reduce(OnnxNode& node, const char* mode) {
  TPU_TRY(const Value x, node.input(0));
  TPU_TRY(const std::optional<IntList> given, list_by_opset(node, "axes", 1));
  const IntList axes = given.value_or(IntList{});
  if (axes.empty() && node.integer("noop_with_empty_axes", 0) != 0) return std::vector<Value>{x};
  return single(add_reduce(node, x, mode, axes));
}

#define TPU_REDUCTION(onnx_name, mode) \
  register_onnx(onnx_name, [](OnnxNode& node) { return translate_reduce(node, mode); })

TPU_REGISTER(TPU_REDUCTION("ReduceSum", "sum") && TPU_REDUCTION("ReduceMean", "mean") &&
             TPU_REDUCTION("ReduceMax", "max") && TPU_REDUCTION("ReduceMin", "min") &&
             TPU_REDUCTION("ReduceProd", "prod") && TPU_REDUCTION("ReduceL1", "l1") &&
             TPU_REDUCTION("ReduceL2", "l2") && TPU_REDUCTION("ReduceLogSum", "log_sum") &&
             TPU_REDUCTION("ReduceLogSumExp", "log_sum_exp") &&
             TPU_REDUCTION("ReduceSumSquare", "sum_square"));

#undef TPU_REDUCTION

/// "ReduceLogSumExp" of "log_sum_exp".
std::string onnx_name(const std::string& mode) {
  std::string name = "Reduce";
  bool starts_word = true;
  for (const char letter : mode) {
    if (letter != '_') {
      const bool raised = starts_word && letter >= 'a' && letter <= 'z';
      name += raised ? static_cast<char>(letter - 'a' + 'A') : letter;
    }
    starts_word = letter == '_';
  }
  return name;
}

Status emit_reduce(OnnxEmission& out) {
  const std::string& mode = out.attrs().text("mode");
  const IntList& axes = out.attrs().integers("axes");
  std::vector<std::string> inputs = {out.input(0)};
  if (!axes.empty()) inputs.push_back(out.integers(axes));
  return out.finish(onnx_name(mode), inputs, {{"keepdims", out.attrs().flag("keepdims")}});
}

TPU_REGISTER(register_onnx_emission("Reduce", emit_reduce));

}  // namespace
}  // namespace tpuscope
