// The circular and hyperbolic functions and their inverses, as one table: they differ in nothing
// but a C function and a recipe. Hyperbolic ones come from their definitions by exponentials, with
// e^-x as a reciprocal; their inverses from those by logarithms.

#include <cmath>

#include "graph/ops/elementwise.h"

namespace tpuscope {
namespace {

/// (e^x + e^-x) / 2 or (e^x - e^-x) / 2.
Work from_exp(const OpView& op) {
  return vector_work(op, {{WorkUnit::kExp, 1}, {WorkUnit::kDivide, 1}, {WorkUnit::kArith, 2}});
}

/// ln(x + sqrt(x * x + 1)) or with - 1: square, add, square root (rsqrt and three), add, log.
Work from_log_of_root(const OpView& op) {
  return vector_work(op, {{WorkUnit::kArith, 3 + 3}, {WorkUnit::kRsqrt, 1}, {WorkUnit::kLog, 1}});
}

/// ln((1 + x) / (1 - x)) / 2.
Work from_log_of_ratio(const OpView& op) {
  return vector_work(op, {{WorkUnit::kArith, 3}, {WorkUnit::kDivide, 1}, {WorkUnit::kLog, 1}});
}

/// The series of a cosine, times what it was shifted by.
Work from_cosine(const OpView& op) {
  return vector_work(op, {{WorkUnit::kSin, 1}, {WorkUnit::kArith, 1, kInPlace}});
}

template <double (*kFunction)(double)>
bool add(std::string_view name, std::string_view summary,
         Work (*work)(const OpView&) = one_pass<WorkUnit::kSin>) {
  return register_op(unary({.name = name,
                            .summary = summary,
                            .evaluate = evaluate_each<kFunction>,
                            .work = work})) &&
         register_onnx_twin(name);
}

TPU_REGISTER(add<std::sin>("Sin", "sine", from_cosine) && add<std::cos>("Cos", "cosine") &&
             add<std::tan>("Tan", "tangent") && add<std::asin>("Asin", "inverse sine") &&
             add<std::acos>("Acos", "inverse cosine") &&
             add<std::atan>("Atan", "inverse tangent") &&
             add<std::sinh>("Sinh", "hyperbolic sine", from_exp) &&
             add<std::cosh>("Cosh", "hyperbolic cosine", from_exp) &&
             add<std::asinh>("Asinh", "inverse hyperbolic sine", from_log_of_root) &&
             add<std::acosh>("Acosh", "inverse hyperbolic cosine", from_log_of_root) &&
             add<std::atanh>("Atanh", "inverse hyperbolic tangent", from_log_of_ratio));

}  // namespace
}  // namespace tpuscope
