// Guarded softmax: Softmax, and 0 where it is no number.
//
// Why: a row whose scores are all masked has no largest one; torch's attention makes it 0, and both
// of its exporters write an IsNaN and a Where after every softmax. They read the scores twice
// more, and keep attention from being one group. Exports hold no such row: masks keep at least the
// token itself. Structure: Where of IsNaN of a Softmax, the number 0, and that Softmax. Conditions:
// nothing else reads the comparison.
//
//   s = Softmax(x)  n = IsNaN(s)  y = Where(n, 0, s)   becomes   y = Softmax(x)

#include <algorithm>

#include "graph/idioms/match.h"
#include "graph/queries.h"

namespace tpuscope {
namespace {

constexpr std::string_view kGuardedSoftmaxPass = "guarded_softmax";

/// Whether the value is a Weight that holds nothing but 0.
bool is_all_zero(const Graph& graph, Value value) {
  const Op& op = graph[value.op];
  return is_weight(graph, value) && op.data != nullptr &&
         std::all_of(op.data->values.begin(), op.data->values.end(),
                     [](double element) { return element == 0; });
}

bool rewrite_guarded_softmax(Graph& graph, OpId root) {
  const Op where = graph[root];
  const Op* guard = producer(graph, where.inputs[0], "IsNaN");
  const Op* softmax = producer(graph, where.inputs[2], "Softmax");
  if (guard == nullptr || softmax == nullptr || guard->inputs[0] != where.inputs[2]) return false;
  if (!is_all_zero(graph, where.inputs[1])) return false;
  const MatchedOps ops = {root, where.inputs[0].op, where.inputs[2].op};
  OpSpec spec{.type = "Softmax",
              .name = softmax->name,
              .attributes = softmax->attributes,
              .made_by = std::string(kGuardedSoftmaxPass)};
  return replace_matched(graph, ops, std::move(spec), {softmax->inputs[0]});
}

Result<bool> run_guarded_softmax(Graph& graph, const PassContext& context) {
  return rewrite_each(graph, context, "Where", "guards dropped", rewrite_guarded_softmax);
}

TPU_REGISTER(register_pass({.name = kGuardedSoftmaxPass,
                            .summary = "drops the guard against rows without any score",
                            .stage = PassStage::kImport,
                            .order = 10,
                            .run = run_guarded_softmax}));

}  // namespace
}  // namespace tpuscope
