// Shape rules and recipes of elementwise ops: see elementwise.h.

#include "graph/ops/elementwise.h"

#include <algorithm>
#include <optional>

#include <fmt/core.h>

namespace tpuscope {

WorkStep step_over(const Shape& shape, WorkUnit unit, std::int64_t passes) {
  WorkStep step{.unit = unit, .passes = passes};
  if (shape.size() == 1) {
    step.c = shape[0];
    return step;
  }
  if (!shape.empty()) step.n = shape[0];
  if (shape.size() > 1) step.c = shape[1];
  if (shape.size() > 2) step.h = shape[2];
  if (shape.size() > 3) step.w = element_count(shape, 3, shape.size());
  return step;
}

WorkStep float_step(const Shape& shape, WorkUnit unit) {
  WorkStep step = step_over(shape, unit);
  step.type = DType::kF32;
  return step;
}

namespace {

/// The vendor's compiler computes 8-bit LeakyRelu and Clip, of two passes, and looks the rest up.
constexpr std::int64_t kMostPlainPasses = 2;

bool is_table(const OpView& op, std::initializer_list<Passes> recipe) {
  const bool has_one =
      op.inputs.size() == 1 || (op.inputs.size() == 2 && op.input(1) == table_type());
  if (!has_one || op.input(0).dtype != DType::kI8) return false;
  if (op.result().dtype != DType::kI8) return false;
  std::int64_t plain = 0;
  for (const Passes& passes : recipe) {
    if (passes.unit != WorkUnit::kArith && passes.unit != WorkUnit::kCompare) return true;
    plain += passes.count;
  }
  return plain > kMostPlainPasses;
}

/// An operand of one channel beside a result of several is copied to every lane first.
void push_lane_broadcasts(const OpView& op, std::optional<DType> type, Work& work) {
  constexpr std::size_t kChannels = 1;
  const Shape& result = op.result().shape;
  if (op.inputs.size() < 2 || result.size() <= kChannels || result[kChannels] == 1) return;
  for (const TensorType& input : op.inputs) {
    Shape shape(result.size() - std::min(result.size(), input.rank()), 1);
    shape.insert(shape.end(), input.shape.begin(), input.shape.end());
    const bool is_broadcast = input.elements() > 1 && input.elements() < op.result().elements();
    if (!is_broadcast || shape.size() != result.size() || shape[kChannels] != 1) continue;
    // One number per image needs no copies: strides of 0 reach it.
    if (element_count(shape, kChannels, shape.size()) == 1 && result.size() > 2) continue;
    work.push_back(step_over(shape, WorkUnit::kBroadcast));
    work.back().type = type;
  }
}

bool has_number(const OpView& op) {
  return std::any_of(op.inputs.begin(), op.inputs.end(),
                     [](const TensorType& type) { return type.elements() == 1; }) &&
         op.result().elements() > 1;
}

/// A pass of `kArith`, and scalings before it where the elements are 8-bit.
Work scaled_work(const OpView& op, std::int64_t scalings) {
  Work work;
  WorkStep step = step_over(op.result().shape, WorkUnit::kArith);
  step.operands = static_cast<std::int64_t>(op.inputs.size());
  const bool is_scaled = op.result().dtype == DType::kI8;
  if (is_scaled && scalings > 0) {
    work.push_back(step_over(op.result().shape, WorkUnit::kArith, scalings));
    work.back().type = DType::kI16;
    step.type = DType::kI16;
  }
  push_lane_broadcasts(op, step.type, work);
  work.push_back(step);
  return work;
}

/// Where one operand is a number of the command: its scale is known.
Work scaled_by_number(const OpView& op, std::int64_t scalings) {
  Work work = scaled_work(op, scalings);
  if (scalings > 0) work.back().overwrites = true;
  return work;
}

/// The table goes to every lane first.
Work table_work(const OpView& op) {
  WorkStep spread{.unit = WorkUnit::kBroadcast, .w = table_type().bytes(), .overwrites = true};
  return {spread, step_over(op.result().shape, WorkUnit::kLookup)};
}

}  // namespace

Work vector_work(const OpView& op, std::initializer_list<Passes> recipe) {
  if (is_table(op, recipe)) return table_work(op);
  Work work;
  for (const Passes& passes : recipe) {
    work.push_back(step_over(op.result().shape, passes.unit, passes.count));
    work.back().overwrites = passes.overwrites;
    work.back().operands = static_cast<std::int64_t>(std::max<std::size_t>(1, op.inputs.size()));
  }
  Work broadcasts;
  push_lane_broadcasts(op, std::nullopt, broadcasts);
  work.insert(work.begin(), broadcasts.begin(), broadcasts.end());
  return work;
}

Work scaled_sum_work(const OpView& op) {
  if (op.result().dtype == DType::kI8 && has_number(op)) return scaled_by_number(op, 1);
  return scaled_work(op, static_cast<std::int64_t>(op.inputs.size()));
}

Work scaled_product_work(const OpView& op) {
  if (op.result().dtype == DType::kI8 && has_number(op)) return scaled_by_number(op, 0);
  return scaled_work(op, 1);
}

Result<std::vector<TensorType>> infer_same(const OpView& op) {
  return std::vector{op.input(0)};
}

Status check_same_dtype(const OpView& op) {
  for (const TensorType& type : op.inputs) {
    if (type.dtype != op.input(0).dtype) {
      return Error{.message = fmt::format("operands are {} and {}", name_of(op.input(0).dtype),
                                          name_of(type.dtype)),
                   .hint = "insert a Cast so that both have one element type"};
    }
  }
  return Ok{};
}

Result<std::vector<TensorType>> infer_broadcast(const OpView& op) {
  TPU_TRY_STATUS(check_same_dtype(op));
  Shape shape = op.input(0).shape;
  for (const TensorType& type : op.inputs) {
    TPU_TRY(shape, broadcast(shape, type.shape));
  }
  return std::vector<TensorType>{{op.input(0).dtype, shape}};
}

Result<std::vector<TensorType>> infer_comparison(const OpView& op) {
  TPU_TRY(std::vector<TensorType> types, infer_broadcast(op));
  types[0].dtype = DType::kBool;
  return types;
}

Result<std::vector<TensorType>> infer_logic(const OpView& op) {
  for (const TensorType& type : op.inputs) {
    if (type.dtype != DType::kBool) {
      return Error{.message = fmt::format("operand is {}, not bool", name_of(type.dtype))};
    }
  }
  return infer_broadcast(op);
}

OpDef unary(OpDef definition) {
  definition.operands = {1, 1};
  definition.layout = LayoutRule::kElementwise;
  if (definition.infer == nullptr) definition.infer = infer_same;
  return definition;
}

OpDef binary(OpDef definition) {
  definition.operands = {2, 2};
  definition.layout = LayoutRule::kElementwise;
  if (definition.infer == nullptr) definition.infer = infer_broadcast;
  if (definition.local_obstacle == nullptr) definition.local_obstacle = local_binary;
  return definition;
}

}  // namespace tpuscope
