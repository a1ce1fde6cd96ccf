// RMSNorm: x / sqrt(mean(x^2) + epsilon), times scale.
//
// Why: language models use it in place of LayerNorm, and no opset up to 18 has it; see
// layer_norm.cpp for what the decomposed form costs. Structure: the square of x as Pow or Mul, its
// mean over the last axes, Add of epsilon, a root, and Div, or Mul by the inverse root. A Mul by a
// constant with one element per element of a row is taken in. Conditions: nothing else reads the
// inner tensors.
//
//   p = Pow(x, 2)  m = Reduce(p) mode="mean" axes=[-1]  a = Add(m, 1e-6)  s = Sqrt(a)  q = Div(x,
//   s) y = Mul(q, scale)   becomes   y = RmsNorm(x, scale) axis=2

#include "graph/idioms/normalisation.h"

namespace tpuscope {
namespace {

constexpr std::string_view kRmsNormPass = "rms_norm";

bool rewrite_rms_norm(Graph& graph, OpId root) {
  const std::optional<Quotient> quotient = as_quotient(graph, root);
  if (!quotient) return false;
  const Value x = quotient->numerator;
  const std::optional<RowMean> mean = as_row_mean(graph, quotient->variance);
  if (!mean) return false;
  const std::optional<Value> squared = as_square(graph, mean->of);
  if (!squared || !(*squared == x)) return false;
  MatchedOps ops = quotient->ops;
  ops.insert(ops.end(), {quotient->variance.op, mean->of.op});

  std::vector<Value> inputs = {x};
  if (!is_closed(graph, ops)) return false;
  if (const auto scale = row_constant_after(graph, {root, 0}, "Mul", mean->axis, kRmsNormPass)) {
    ops.insert(ops.begin(), scale->op);
    inputs.push_back(scale->weight);
  }
  OpSpec spec{.type = "RmsNorm",
              .attributes = {{"axis", static_cast<std::int64_t>(mean->axis)},
                             {"epsilon", quotient->epsilon}},
              .made_by = std::string(kRmsNormPass)};
  return replace_matched(graph, ops, std::move(spec), inputs);
}

Result<bool> run_rms_norm(Graph& graph, const PassContext& context) {
  const bool quotients = rewrite_each(graph, context, "Div", "rms norms found", rewrite_rms_norm);
  const bool products = rewrite_each(graph, context, "Mul", "rms norms found", rewrite_rms_norm);
  return quotients || products;
}

TPU_REGISTER(register_pass({.name = kRmsNormPass,
                            .summary = "recognises RMSNorm written with elementary ops",
                            .stage = PassStage::kImport,
                            .order = 10,
                            .run = run_rms_norm}));

}  // namespace
}  // namespace tpuscope
