// divide_by_constant: a division by a constant becomes a product with its reciprocal.
//
// Why: the machine has no division in its vector unit; one is a sequence of more than a dozen
// passes, where a product is one. Attention divides its scores by the root of the heads' size. The
// vendor's compiler has always made such divisions products, which is why `baseline` contains this
// switch.
//
// How: for each Div of floats by a Weight, a Mul by a Weight of the reciprocals, computed where the
// values are known. Not when
//   - a reciprocal is no normal number of the element type: 1 / 1e-6 is infinite in f16;
//   - the elements are integers: INT8 quotients by constants are priced as products already.
//
// Example:  Div(x, 8)     becomes     Mul(x, 0.125)

#include <algorithm>
#include <cmath>

#include "graph/idioms/weights.h"
#include "graph/pass.h"
#include "graph/queries.h"
#include "passes/rewrites/rewrite.h"

namespace tpuscope {
namespace {

constexpr std::string_view kDivideByConstantName = "divide_by_constant";

/// Whether 1 / value is a number that the type holds with all its digits: not 0, not infinite, and
/// not below the smallest normal number.
bool has_normal_reciprocal(DType type, double value) {
  const double reciprocal = rounded_to(type, 1 / value);
  const double smallest = type == DType::kF16 ? 0x1p-14 : 0x1p-126;
  return std::isfinite(reciprocal) && std::abs(reciprocal) >= smallest;
}

bool is_rewritten(const Graph& graph, const Op& op, const PassContext& context) {
  if (!op.is("Div") || !is_float(op.results[0].type.dtype)) return false;
  if (!is_weight(graph, op.inputs[1])) return false;
  const Op& divisor = graph[op.inputs[1].op];
  const DType type = divisor.results[0].type.dtype;
  const bool is_normal =
      divisor.data == nullptr ||
      std::all_of(divisor.data->values.begin(), divisor.data->values.end(),
                  [&](double value) { return has_normal_reciprocal(type, value); });
  if (!is_normal) context.explain(op.name, "stays: a reciprocal is beyond the element type");
  return is_normal;
}

Result<bool> divide_by_constant(Graph& graph, const PassContext& context) {
  bool changed = false;
  for (const OpId id : graph.topological_order()) {
    if (graph[id].is_dead || !is_rewritten(graph, graph[id], context)) continue;
    const Op op = graph[id];
    const auto reciprocal = [](const WeightValues& values, std::int64_t i) {
      return 1 / (*values[0])[i];
    };
    const Value factor = derived_weight(graph, id, graph.type(op.inputs[1]), {op.inputs[1]},
                                        reciprocal, kDivideByConstantName);
    const Value product{graph.add_checked({.type = "Mul",
                                           .name = op.name,
                                           .result_names = {op.results[0].name},
                                           .origin = op.origin,
                                           .made_by = std::string(kDivideByConstantName)},
                                          {op.inputs[0], factor}, &id)};
    replace(graph, id, product);
    context.explain(op.name, "is a product with the reciprocal");
    context.count("divisions turned into products");
    changed = true;
  }
  return changed;
}

TPU_REGISTER(register_pass({.name = kDivideByConstantName,
                            .summary = "make a division by a constant a product",
                            .stage = PassStage::kOptimise,
                            .order = 4,
                            .since = 2022,
                            .run = divide_by_constant}));

}  // namespace
}  // namespace tpuscope
