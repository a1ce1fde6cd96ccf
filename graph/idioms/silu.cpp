// SiLU: x * sigmoid(x).
//
// Why: ONNX has no SiLU (opset 18), but half of all detectors use it after every convolution. As
// two ops it reads x twice and keeps an extra tensor alive in local memory.
// Structure: Mul of x and Sigmoid(x), either way round.
// Conditions: nothing else reads the sigmoid, the factor is x itself (x * sigmoid(1.702 * x), the
// "quick GELU", is another function and stays).
//
//   s = Sigmoid(x)  y = Mul(x, s)   becomes   y = Silu(x)

#include "graph/idioms/match.h"

namespace tpuscope {
namespace {

bool rewrite_silu(Graph& graph, OpId root) {
  const std::vector<Value>& factors = graph[root].inputs;
  for (const std::size_t at : {0U, 1U}) {
    const Op* sigmoid = producer(graph, factors[at], "Sigmoid");
    const Value x = factors[1 - at];
    if (sigmoid == nullptr || sigmoid->inputs[0] != x) continue;
    return replace_matched(graph, {root, factors[at].op}, {.type = "Silu", .made_by = "silu"}, {x});
  }
  return false;
}

Result<bool> run_silu(Graph& graph, const PassContext& context) {
  return rewrite_each(graph, context, "Mul", "silus found", rewrite_silu);
}

TPU_REGISTER(register_pass({.name = "silu",
                            .summary = "recognises x * sigmoid(x)",
                            .stage = PassStage::kImport,
                            .order = 10,
                            .run = run_silu}));

}  // namespace
}  // namespace tpuscope
