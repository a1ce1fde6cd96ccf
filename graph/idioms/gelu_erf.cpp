// GELU in its exact form: x * 0.5 * (1 + erf(x / sqrt(2))).
//
// Why: before opset 20 ONNX had no GELU, so exporters write five ops. A TPU has one instruction
// sequence for it that reads x once, and layer grouping should see one elementwise op.
// Structure: a product of x, the sum erf(x * c) + 1 and the number 0.5, in any order and nesting:
// torch writes ((x * (erf(x / 1.4142) + 1)) * 0.5), TensorFlow halves x first.
// Conditions: c is 1 / sqrt(2), all numbers are known, nothing else reads the inner tensors.
//
//   d = Div(x, 1.4142)  e = Erf(d)  s = Add(e, 1)  m = Mul(x, s)  y = Mul(m, 0.5)
//   becomes  y = Gelu(x)

#include <numbers>

#include "graph/idioms/match.h"

namespace tpuscope {
namespace {

bool rewrite_gelu_erf(Graph& graph, OpId root) {
  Product product = as_product(graph, {root, 0});
  if (product.factors.size() != 2 || !nearly(product.scale, 0.5)) return false;
  for (const std::size_t x_at : {0U, 1U}) {
    const Value x = product.factors[x_at];
    const std::optional<Offset> sum = as_offset(graph, product.factors[1 - x_at]);
    if (!sum || !nearly(sum->offset, 1)) continue;
    const Op* erf = producer(graph, sum->base, "Erf");
    if (erf == nullptr) continue;
    const Product inner = as_product(graph, erf->inputs[0]);
    if (inner.factors != std::vector<Value>{x} || inner.ops.empty()) continue;
    if (!nearly(inner.scale, 1 / std::numbers::sqrt2)) continue;
    MatchedOps ops = product.ops;
    ops.insert(ops.end(), {sum->op, sum->base.op});
    ops.insert(ops.end(), inner.ops.begin(), inner.ops.end());
    return replace_matched(graph, ops, {.type = "Gelu", .made_by = "gelu_erf"}, {x});
  }
  return false;
}

Result<bool> run_gelu_erf(Graph& graph, const PassContext& context) {
  return rewrite_products(graph, context, "gelus found", rewrite_gelu_erf);
}

TPU_REGISTER(register_pass({.name = "gelu_erf",
                            .summary = "recognises GELU written with the error function",
                            .stage = PassStage::kImport,
                            .order = 20,
                            .run = run_gelu_erf}));

}  // namespace
}  // namespace tpuscope
