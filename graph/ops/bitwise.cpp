// Bitwise and, or, exclusive or and negation of integers. Values are doubles here, exact up to
// 2^53: beyond that the low bits of 64-bit integers are not those of the file.

#include <fmt/core.h>

#include "graph/ops/elementwise.h"

namespace tpuscope {
namespace {

double bits_and(double a, double b) {
  return static_cast<double>(saturated_integer(a) & saturated_integer(b));
}
double bits_or(double a, double b) {
  return static_cast<double>(saturated_integer(a) | saturated_integer(b));
}
double bits_xor(double a, double b) {
  return static_cast<double>(saturated_integer(a) ^ saturated_integer(b));
}
double bits_not(double a) {
  return static_cast<double>(~saturated_integer(a));
}

Status check_integers(const OpView& op) {
  const DType dtype = op.input(0).dtype;
  if (!is_float(dtype)) return Ok{};
  return Error{.message = fmt::format("operand is {}, not an integer", name_of(dtype))};
}

Result<std::vector<TensorType>> infer_bitwise(const OpView& op) {
  TPU_TRY_STATUS(check_integers(op));
  return op.inputs.size() == 1 ? infer_same(op) : infer_broadcast(op);
}

template <double (*kFunction)(double, double)>
bool add_bitwise(std::string_view name, std::string_view summary) {
  return register_op(binary({.name = name,
                             .summary = summary,
                             .infer = infer_bitwise,
                             .evaluate = evaluate_pairs<kFunction>,
                             .work = one_pass<WorkUnit::kArith>})) &&
         register_onnx_twin(name);
}

TPU_REGISTER(add_bitwise<bits_and>("BitwiseAnd", "bits that both have") &&
             add_bitwise<bits_or>("BitwiseOr", "bits that one has") &&
             add_bitwise<bits_xor>("BitwiseXor", "bits that differ") &&
             register_op(unary({.name = "BitwiseNot",
                                .summary = "all bits the other way round",
                                .infer = infer_bitwise,
                                .evaluate = evaluate_each<bits_not>,
                                .work = one_pass<WorkUnit::kArith>})) &&
             register_onnx_twin("BitwiseNot"));

}  // namespace
}  // namespace tpuscope
