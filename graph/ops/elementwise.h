// What elementwise ops share, so that one is a formula, a recipe and a registration: shape rules,
// the kernels' loops and the counting of vector passes.

#pragma once

#include <array>
#include <initializer_list>
#include <span>
#include <vector>

#include "graph/op_def.h"
#include "graph/ops/by_name.h"
#include "graph/ops/offsets.h"

namespace tpuscope {

/// `count` instructions of one kind over the whole result.
struct Passes {
  WorkUnit unit = WorkUnit::kArith;
  std::int64_t count = 1;
  bool overwrites = false;  ///< as WorkStep::overwrites; of functions: their first instruction
};

/// For Passes::overwrites.
inline constexpr bool kInPlace = true;

/// A step over a tensor in the usual layout of local memory: axis 0 is n, axis 1 is spread over
/// lanes, the rest is h and w. A vector is spread over lanes as well.
WorkStep step_over(const Shape& shape, WorkUnit unit, std::int64_t passes = 1);

/// A step in f32, whatever the op's type.
WorkStep float_step(const Shape& shape, WorkUnit unit);

/// The steps of a recipe over the op's result. A function of one 8-bit tensor that takes more than
/// two plain passes is one look-up in a table of its 256 results instead, as in the vendor's
/// compiler.
Work vector_work(const OpView& op, std::initializer_list<Passes> recipe);

/// One pass of `kUnit`: the recipe of most ops.
template <WorkUnit kUnit>
Work one_pass(const OpView& op) {
  return vector_work(op, {{kUnit, 1}});
}

/// One pass; in INT8 first each operand's product with its multiplier, shifted, in 16 bits (Add,
/// Sub and their kind in the vendor's compiler).
Work scaled_sum_work(const OpView& op);
/// One pass; in INT8 two in 16 bits: one operand's product with the multiplier, then with the other
/// operand.
Work scaled_product_work(const OpView& op);

/// The result has the type of operand 0.
Result<std::vector<TensorType>> infer_same(const OpView& op);
/// Operands of one element type, broadcast.
Result<std::vector<TensorType>> infer_broadcast(const OpView& op);
/// As infer_broadcast, with a bool result.
Result<std::vector<TensorType>> infer_comparison(const OpView& op);
/// As infer_broadcast, for bool operands only.
Result<std::vector<TensorType>> infer_logic(const OpView& op);
/// An error unless all operands have one element type.
Status check_same_dtype(const OpView& op);

/// result[i] = function(operand[i])
template <typename Function>
std::vector<HostTensor> map_each(const OpView& op, std::span<const HostTensor> inputs,
                                 Function function) {
  HostTensor result = HostTensor::zeros(op.result());
  for (std::size_t i = 0; i < result.values.size(); ++i) {
    result.values[i] = function(inputs[0].values[i]);
  }
  return {std::move(result)};
}

/// result[i] = function(a[i], b[i]) with both operands broadcast.
template <typename Function>
std::vector<HostTensor> map_pairs(const OpView& op, std::span<const HostTensor> inputs,
                                  Function function) {
  HostTensor result = HostTensor::zeros(op.result());
  const Shape& shape = op.result().shape;
  for_each_offset<3>(shape,
                     {dense_strides(shape), broadcast_strides(op.input(0).shape, shape),
                      broadcast_strides(op.input(1).shape, shape)},
                     {}, [&](const std::array<std::int64_t, 3>& at) {
                       result[at[0]] = function(inputs[0][at[1]], inputs[1][at[2]]);
                     });
  return {std::move(result)};
}

/// Kernel of an op that is a function of one number.
template <double (*kFunction)(double)>
Result<std::vector<HostTensor>> evaluate_each(const OpView& op,
                                              std::span<const HostTensor> inputs) {
  return map_each(op, inputs, [](double x) { return kFunction(x); });
}

/// Kernel of an op that is a function of two numbers.
template <double (*kFunction)(double, double)>
Result<std::vector<HostTensor>> evaluate_pairs(const OpView& op,
                                               std::span<const HostTensor> inputs) {
  return map_pairs(op, inputs, [](double a, double b) { return kFunction(a, b); });
}

/// The definition as that of an elementwise op of one operand; what it states itself stays.
OpDef unary(OpDef definition);
/// As unary, with two broadcast operands.
OpDef binary(OpDef definition);

}  // namespace tpuscope
