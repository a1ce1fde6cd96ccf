// The rules, from what an op is made of and a list of names: see half_rules.h.

#include "passes/precision/half_rules.h"

#include <algorithm>
#include <array>

#include "graph/queries.h"
#include "passes/precision/int8_rules.h"

namespace tpuscope {
namespace {

/// Ops that the compiler lowers to f32 although the machine has 16-bit instructions for all of it
/// (LoweringF16 of each op). Exponentials and logarithms alone, piecewise linear functions but
/// HardSigmoid, softmax, LayerNorm and reductions along rows have 16-bit forms.
constexpr std::array<std::string_view, 14> kF32Ops = {
    "Softplus", "Mish",        "Elu", "Celu",   "Selu",         "HardSigmoid", "Pow",
    "Arg",      "AveragePool", "Lrn", "LpNorm", "InstanceNorm", "CumSum",      "Host"};

/// Quotients, roots, error functions and sines exist in f32 only. An op that says which of its
/// steps are f32 converts by itself.
bool lacks_half_form(const Work& work) {
  const bool is_mixed = std::any_of(work.begin(), work.end(),
                                    [](const WorkStep& step) { return step.type.has_value(); });
  return !is_mixed && std::any_of(work.begin(), work.end(), [](const WorkStep& step) {
    return step.unit == WorkUnit::kDivide || step.unit == WorkUnit::kRsqrt ||
           step.unit == WorkUnit::kErf || step.unit == WorkUnit::kSin;
  });
}

}  // namespace

bool needs_f32(const Graph& graph, OpId id) {
  const Op& op = graph[id];
  const bool is_listed = std::any_of(kF32Ops.begin(), kF32Ops.end(),
                                     [&](std::string_view name) { return op.is(name); });
  if (is_listed || is_spatial_mean(op)) return true;
  // By a constant it is a product with the reciprocal; a reduction converts its sums itself.
  if (op.is("Div") && is_weight(graph, op.inputs[1])) return false;
  if (op.def->work == nullptr || op.is("Reduce")) return false;
  return lacks_half_form(op.def->work(graph.view(id)));
}

}  // namespace tpuscope
