// LayerNorm: (x - mean(x)) / sqrt(mean((x - mean(x))^2) + epsilon), times scale, plus bias.
//
// Why: ONNX has LayerNormalization from opset 17 on, and most files are older: they hold nine ops
// per norm, which would each read and write the whole tensor. The machine keeps the row in local
// memory for all of it.
// Structure: a Sub of x and its mean (one, or two as old torch versions write it), its square as
// Pow or Mul, a mean of the same axes, Add of epsilon, a root, and Div, or Mul by the inverse root.
// A Mul and then an Add of constants with one element per element of a row are taken in.
// Conditions: both means run over the same last axes; nothing else reads the inner tensors.
//
//   m = Reduce(x) mode="mean" axes=[-1]  d = Sub(x, m)  p = Pow(d, 2)  v = Reduce(p) mode="mean"
//   axes=[-1] a = Add(v, 1e-5)  s = Sqrt(a)  q = Div(d, s)  g = Mul(q, scale)  y = Add(g, bias)
//   becomes  y = LayerNorm(x, scale, bias) axis=2

#include "graph/idioms/normalisation.h"

namespace tpuscope {
namespace {

constexpr std::string_view kLayerNormPass = "layer_norm";

/// x and its row mean when `value` is their difference.
std::optional<RowMean> as_centred(const Graph& graph, Value value, MatchedOps& ops) {
  const Op* sub = producer(graph, value, "Sub");
  if (sub == nullptr) return std::nullopt;
  const std::optional<RowMean> mean = as_row_mean(graph, sub->inputs[1]);
  if (!mean || !(mean->of == sub->inputs[0])) return std::nullopt;
  ops.insert(ops.end(), {value.op, sub->inputs[1].op});
  return mean;
}

bool rewrite_layer_norm(Graph& graph, OpId root) {
  const std::optional<Quotient> quotient = as_quotient(graph, root);
  if (!quotient) return false;
  MatchedOps ops = quotient->ops;
  const std::optional<RowMean> centred = as_centred(graph, quotient->numerator, ops);
  const std::optional<RowMean> variance = as_row_mean(graph, quotient->variance);
  if (!centred || !variance || centred->axis != variance->axis) return false;
  const std::optional<Value> squared = as_square(graph, variance->of);
  if (!squared) return false;
  const std::optional<RowMean> again = as_centred(graph, *squared, ops);
  if (!again || !(again->of == centred->of) || again->axis != centred->axis) return false;
  ops.insert(ops.end(), {quotient->variance.op, variance->of.op});

  std::vector<Value> inputs = {centred->of};
  if (!is_closed(graph, ops)) return false;
  for (const std::string_view type : {"Mul", "Add"}) {
    const auto affine =
        row_constant_after(graph, {ops.front(), 0}, type, centred->axis, kLayerNormPass);
    if (!affine) break;
    ops.insert(ops.begin(), affine->op);
    inputs.push_back(affine->weight);
  }
  OpSpec spec{.type = "LayerNorm",
              .attributes = {{"axis", static_cast<std::int64_t>(centred->axis)},
                             {"epsilon", quotient->epsilon}},
              .made_by = std::string(kLayerNormPass)};
  return replace_matched(graph, ops, std::move(spec), inputs);
}

Result<bool> run_layer_norm(Graph& graph, const PassContext& context) {
  const bool quotients =
      rewrite_each(graph, context, "Div", "layer norms found", rewrite_layer_norm);
  const bool products =
      rewrite_each(graph, context, "Mul", "layer norms found", rewrite_layer_norm);
  return quotients || products;
}

TPU_REGISTER(register_pass({.name = kLayerNormPass,
                            .summary = "recognises LayerNorm written with elementary ops",
                            .stage = PassStage::kImport,
                            .order = 10,
                            .run = run_layer_norm}));

}  // namespace
}  // namespace tpuscope
