// Mish: x * tanh(softplus(x)).
//
// Why: ONNX got Mish with opset 18; before that exporters write three ops, or five where softplus
// is written as log(1 + exp(x)).
// Structure: Mul of x and Tanh of Softplus(x) or Log(Add(Exp(x), 1)), either way round.
// Conditions: nothing else reads the inner tensors.
//
//   p = Softplus(x)  t = Tanh(p)  y = Mul(x, t)   becomes   y = Mish(x)

#include "graph/idioms/match.h"

namespace tpuscope {
namespace {

bool is_softplus(const Graph& graph, Value value, Value x, MatchedOps& ops) {
  ops.push_back(value.op);
  if (const Op* softplus = producer(graph, value, "Softplus")) return softplus->inputs[0] == x;
  const Op* log = producer(graph, value, "Log");
  if (log == nullptr) return false;
  const std::optional<Offset> sum = as_offset(graph, log->inputs[0]);
  if (!sum || !nearly(sum->offset, 1)) return false;
  const Op* exp = producer(graph, sum->base, "Exp");
  ops.push_back(sum->op);
  ops.push_back(sum->base.op);
  return exp != nullptr && exp->inputs[0] == x;
}

bool rewrite_mish(Graph& graph, OpId root) {
  const std::vector<Value>& factors = graph[root].inputs;
  for (const std::size_t at : {0U, 1U}) {
    const Op* tanh = producer(graph, factors[at], "Tanh");
    const Value x = factors[1 - at];
    MatchedOps ops = {root};
    ops.push_back(factors[at].op);
    if (tanh == nullptr || !is_softplus(graph, tanh->inputs[0], x, ops)) continue;
    return replace_matched(graph, ops, {.type = "Mish", .made_by = "mish"}, {x});
  }
  return false;
}

Result<bool> run_mish(Graph& graph, const PassContext& context) {
  return rewrite_each(graph, context, "Mul", "mishes found", rewrite_mish);
}

TPU_REGISTER(register_pass({.name = "mish",
                            .summary = "recognises x * tanh(softplus(x))",
                            .stage = PassStage::kImport,
                            .order = 10,
                            .run = run_mish}));

}  // namespace
}  // namespace tpuscope
