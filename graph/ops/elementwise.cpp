// Shape rules and recipes of elementwise ops: see elementwise.h.

#include "graph/ops/elementwise.h"

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

Work vector_work(const OpView& op, std::initializer_list<Passes> recipe) {
  Work work;
  for (const Passes& passes : recipe) {
    work.push_back(step_over(op.result().shape, passes.unit, passes.count));
  }
  return work;
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
