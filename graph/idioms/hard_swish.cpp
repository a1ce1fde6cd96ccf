// HardSwish: x * clip(x / 6 + 0.5, 0, 1).
//
// Why: ONNX got HardSwish with opset 14; before that torch writes x * HardSigmoid(x), or
// x * clip(x + 3, 0, 6) / 6 for MobileNetV3's own formula.
// Structure: a product of x and HardSigmoid(x) with slope 1/6 and value 0.5 at zero, or of x,
// Clip(Add(x, 3), 0, 6) and the number 1/6, in any order.
// Conditions: the numbers are known and right, nothing else reads the inner tensors.
//
//   a = Add(x, 3)  c = Clip(a) min=0.0 max=6.0  m = Mul(x, c)  y = Div(m, 6)
//   becomes  y = HardSwish(x)

#include "graph/idioms/match.h"

namespace tpuscope {
namespace {

/// Whether `value` is HardSigmoid(x) * `height`.
bool is_hard_sigmoid(const Graph& graph, Value value, Value x, double height, MatchedOps& ops) {
  ops.push_back(value.op);
  if (const Op* sigmoid = producer(graph, value, "HardSigmoid")) {
    return sigmoid->inputs[0] == x && nearly(height, 1) &&
           nearly(sigmoid->attributes.number("alpha"), 1.0 / 6) &&
           nearly(sigmoid->attributes.number("beta"), 0.5);
  }
  const Op* clip = producer(graph, value, "Clip");
  if (clip == nullptr || !nearly(height, 6) || clip->attributes.number("min") != 0 ||
      !nearly(clip->attributes.number("max"), 6)) {
    return false;
  }
  const std::optional<Offset> sum = as_offset(graph, clip->inputs[0]);
  if (!sum || !(sum->base == x) || !nearly(sum->offset, 3)) return false;
  ops.push_back(sum->op);
  return true;
}

bool rewrite_hard_swish(Graph& graph, OpId root) {
  const Product product = as_product(graph, {root, 0});
  if (product.factors.size() != 2 || !(product.scale > 0)) return false;
  for (const std::size_t x_at : {0U, 1U}) {
    const Value x = product.factors[x_at];
    MatchedOps ops = product.ops;
    const double height = 1 / product.scale;
    if (!is_hard_sigmoid(graph, product.factors[1 - x_at], x, height, ops)) continue;
    return replace_matched(graph, ops, {.type = "HardSwish", .made_by = "hard_swish"}, {x});
  }
  return false;
}

Result<bool> run_hard_swish(Graph& graph, const PassContext& context) {
  return rewrite_products(graph, context, "hard swishes found", rewrite_hard_swish);
}

TPU_REGISTER(register_pass({.name = "hard_swish",
                            .summary = "recognises x * hard_sigmoid(x)",
                            .stage = PassStage::kImport,
                            .order = 10,
                            .run = run_hard_swish}));

}  // namespace
}  // namespace tpuscope
