// GELU in its tanh approximation: x * 0.5 * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 * x^3))).
//
// Why: exporters write eight ops for what is one op of ours (see gelu_erf.cpp).
// Structure: a product of x, the sum tanh(u) + 1 and 0.5 in any order. u is sqrt(2 / pi) times
// either x + 0.044715 * x^3, or x * (1 + 0.044715 * x^2) as HuggingFace writes it. Powers may be
// Pow or repeated Mul. Conditions: all numbers are known and right, nothing else reads the inner
// tensors.
//
//   c = Pow(x, 3)  k = Mul(c, 0.044715)  a = Add(x, k)  u = Mul(a, 0.797885)  t = Tanh(u)
//   s = Add(t, 1)  m = Mul(x, s)  y = Mul(m, 0.5)
//   becomes  y = Gelu(x) approximate="tanh"

#include <algorithm>
#include <numbers>

#include "graph/idioms/match.h"

namespace tpuscope {
namespace {

constexpr double kCubic = 0.044715;  // arXiv:1606.08415
constexpr double kScale = std::numbers::sqrt2 * std::numbers::inv_sqrtpi;

/// Whether `value` is 0.044715 * x^power.
bool is_scaled_power(const Graph& graph, Value value, Value x, double power, MatchedOps& ops) {
  const Product product = as_product(graph, value);
  if (!nearly(product.scale, kCubic)) return false;
  MatchedOps powers;
  const std::optional<double> found = power_of(graph, product, x, powers);
  if (!found || *found != power) return false;
  ops.insert(ops.end(), product.ops.begin(), product.ops.end());
  ops.insert(ops.end(), powers.begin(), powers.end());
  return true;
}

/// Whether `value` is x + 0.044715 * x^3.
bool is_cubic_sum(const Graph& graph, Value value, Value x, MatchedOps& ops) {
  const Op* sum = producer(graph, value, "Add");
  if (sum == nullptr || std::find(sum->inputs.begin(), sum->inputs.end(), x) == sum->inputs.end()) {
    return false;
  }
  const Value cubic = sum->inputs[0] == x ? sum->inputs[1] : sum->inputs[0];
  ops.push_back(value.op);
  return is_scaled_power(graph, cubic, x, 3, ops);
}

/// Whether `value` is 1 + 0.044715 * x^2.
bool is_square_sum(const Graph& graph, Value value, Value x, MatchedOps& ops) {
  const std::optional<Offset> sum = as_offset(graph, value);
  if (!sum || !nearly(sum->offset, 1)) return false;
  ops.push_back(sum->op);
  return is_scaled_power(graph, sum->base, x, 2, ops);
}

/// Whether `value` is the argument of the tanh.
bool is_argument(const Graph& graph, Value value, Value x, MatchedOps& ops) {
  const Product product = as_product(graph, value);
  if (product.ops.empty() || !nearly(product.scale, kScale)) return false;
  ops.insert(ops.end(), product.ops.begin(), product.ops.end());
  if (product.factors.size() == 1) return is_cubic_sum(graph, product.factors[0], x, ops);
  const std::optional<Value> beside = factor_beside(product, x);
  return beside && is_square_sum(graph, *beside, x, ops);
}

bool rewrite_gelu_tanh(Graph& graph, OpId root) {
  const Product product = as_product(graph, {root, 0});
  if (product.factors.size() != 2 || !nearly(product.scale, 0.5)) return false;
  for (const std::size_t x_at : {0U, 1U}) {
    const Value x = product.factors[x_at];
    const std::optional<Offset> sum = as_offset(graph, product.factors[1 - x_at]);
    if (!sum || !nearly(sum->offset, 1)) continue;
    const Op* tanh = producer(graph, sum->base, "Tanh");
    MatchedOps ops = product.ops;
    if (tanh == nullptr || !is_argument(graph, tanh->inputs[0], x, ops)) continue;
    ops.insert(ops.end(), {sum->op, sum->base.op});
    OpSpec spec{.type = "Gelu",
                .attributes = {{"approximate", std::string("tanh")}},
                .made_by = "gelu_tanh"};
    return replace_matched(graph, ops, std::move(spec), {x});
  }
  return false;
}

Result<bool> run_gelu_tanh(Graph& graph, const PassContext& context) {
  return rewrite_products(graph, context, "gelus found", rewrite_gelu_tanh);
}

TPU_REGISTER(register_pass({.name = "gelu_tanh",
                            .summary = "recognises GELU written with tanh",
                            .stage = PassStage::kImport,
                            .order = 20,
                            .run = run_gelu_tanh}));

}  // namespace
}  // namespace tpuscope
