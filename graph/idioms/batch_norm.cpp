// BatchNorm after a convolution, and the scale and shift that Caffe writes after a BatchNorm.
//
// Why: with fixed statistics all of it is one factor and one addend per channel, which belong in
// the convolution's weight and bias: every deployment does that, torch's exporter too. What comes
// from Caffe (Inception, DenseNet) has BatchNorm, then Mul and Add of constants.
// Structure: Conv or BatchNorm, followed by one of BatchNorm (after Conv only), Mul of a constant
// per channel, Sub of one, or Add of one where there is a bias to add to. One step per
// match; a chain folds step by step. Conditions: nothing else reads the inner tensor; all factors
// are Weights. Their values are computed where they are known.
//
//   c = Conv(x, w)  y = BatchNorm(c, scale, bias, mean, variance)   becomes   y = Conv(x, w', b')
//   n = BatchNorm(x, s, b, m, v)  y = Mul(n, k)                     becomes   y = BatchNorm(x, s',
//   b', m, v)

#include <cmath>

#include "graph/idioms/match.h"
#include "graph/idioms/weights.h"

namespace tpuscope {
namespace {

constexpr std::string_view kBatchNormPass = "batch_norm";

/// What a match multiplies and adds per channel: y = factor * x + addend, from Weights' values.
struct Affine {
  std::vector<Value> from{};
  double (*factor)(const WeightValues& values, std::int64_t channel, double epsilon) = nullptr;
  double (*addend)(const WeightValues& values, std::int64_t channel, double epsilon) = nullptr;
  double epsilon = 0;
};

// BatchNorm's values: scale, bias, mean, variance.
double norm_factor(const WeightValues& values, std::int64_t c, double epsilon) {
  return (*values[0])[c] / std::sqrt((*values[3])[c] + epsilon);
}
double norm_addend(const WeightValues& values, std::int64_t c, double epsilon) {
  return (*values[1])[c] - (*values[2])[c] * norm_factor(values, c, epsilon);
}
double own_value(const WeightValues& values, std::int64_t c, double) {
  return (*values[0])[c];
}
double negated_value(const WeightValues& values, std::int64_t c, double) {
  return 0 - (*values[0])[c];  // of 0 it is 0, not -0
}
double one(const WeightValues&, std::int64_t, double) {
  return 1;
}
double zero(const WeightValues&, std::int64_t, double) {
  return 0;
}

/// The constant beside `inner` in a Mul or Add when it has one element per channel.
std::optional<Value> channel_constant(const Graph& graph, const Op& op, Value inner) {
  const Value other = op.inputs[0] == inner ? op.inputs[1] : op.inputs[0];
  const TensorType& type = graph.type(inner);
  const bool fits = type.rank() >= 2 && is_vector_along(graph, other, type.shape, 1) &&
                    graph.type(other).dtype == type.dtype;
  return fits ? std::optional(other) : std::nullopt;
}

std::optional<Affine> affine_of(const Graph& graph, const Op& op, Value inner) {
  if (op.is("BatchNorm")) {
    for (std::size_t i = 1; i < op.inputs.size(); ++i) {
      if (!is_weight(graph, op.inputs[i])) return std::nullopt;
    }
    return Affine{{op.inputs.begin() + 1, op.inputs.end()},
                  norm_factor,
                  norm_addend,
                  op.attributes.number("epsilon")};
  }
  const std::optional<Value> constant = channel_constant(graph, op, inner);
  if (!constant) return std::nullopt;
  if (op.is("Mul")) return Affine{{*constant}, own_value, zero};
  if (op.is("Sub")) return Affine{{*constant}, one, negated_value};
  return Affine{{*constant}, one, own_value};
}

/// `old` with each element times the factor of its channel, plus the channel's addend if wanted.
/// The channel of element i is i / elements_per_channel.
Value rescaled(Graph& graph, OpId near, Value old, const Affine& affine, bool with_addend) {
  const TensorType type = graph.type(old);
  const std::int64_t per_channel = element_count(type.shape, 1, type.rank());
  std::vector<Value> from = affine.from;
  from.push_back(old);
  const auto element = [&](const WeightValues& values, std::int64_t i) {
    const std::int64_t channel = i / per_channel;
    const double addend = with_addend ? affine.addend(values, channel, affine.epsilon) : 0;
    return (*values.back())[i] * affine.factor(values, channel, affine.epsilon) + addend;
  };
  return derived_weight(graph, near, type, from, element, kBatchNormPass);
}

/// A bias for a convolution that has none.
Value addend_weight(Graph& graph, OpId near, const TensorType& type, const Affine& affine) {
  const auto element = [&](const WeightValues& values, std::int64_t i) {
    return affine.addend(values, i, affine.epsilon);
  };
  return derived_weight(graph, near, type, affine.from, element, kBatchNormPass);
}

/// Folds `root` in the Conv or BatchNorm that makes `inner`.
bool fold_batch_norm(Graph& graph, OpId root, Value inner) {
  const Op op = graph[inner.op];
  const bool conv = op.is("Conv");
  const bool norm = op.is("BatchNorm") && !graph[root].is("BatchNorm");
  // A bias is worth making for a BatchNorm; for a lone Add it is bias_add's business.
  const bool has_bias = norm || op.inputs.size() == 3;
  if ((!conv && !norm) || !graph.has_single_use(inner)) return false;
  if (graph[root].is("Add") && !has_bias) return false;
  for (std::size_t i = 1; i < op.inputs.size(); ++i) {
    if (!is_weight(graph, op.inputs[i])) return false;
  }
  const std::optional<Affine> affine = affine_of(graph, graph[root], inner);
  if (!affine) return false;
  const bool shifts = graph[root].is("Add") || graph[root].is("Sub");
  std::vector<Value> inputs = op.inputs;
  if (!shifts) inputs[1] = rescaled(graph, root, inputs[1], *affine, false);
  if (has_bias) {
    inputs[2] = rescaled(graph, root, inputs[2], *affine, true);
  } else if (graph[root].is("BatchNorm") || shifts) {
    const TensorType bias{graph.type(inputs[1]).dtype, {graph.type(inputs[1]).shape[0]}};
    inputs.push_back(addend_weight(graph, root, bias, *affine));
  }
  OpSpec spec{.type = op.def->name,
              .name = op.name,
              .attributes = op.attributes,
              .made_by = std::string(kBatchNormPass)};
  return replace_matched(graph, {root, inner.op}, std::move(spec), inputs);
}

bool rewrite_batch_norm(Graph& graph, OpId root) {
  const std::vector<Value> inputs = graph[root].inputs;
  const bool has_one_side = graph[root].is("BatchNorm") || graph[root].is("Sub");
  if (has_one_side) return fold_batch_norm(graph, root, inputs[0]);
  return fold_batch_norm(graph, root, inputs[0]) || fold_batch_norm(graph, root, inputs[1]);
}

Result<bool> run_batch_norm(Graph& graph, const PassContext& context) {
  const bool norms =
      rewrite_each(graph, context, "BatchNorm", "batch norms folded", rewrite_batch_norm);
  const bool factors =
      rewrite_each(graph, context, "Mul", "channel factors folded", rewrite_batch_norm);
  const bool addends =
      rewrite_each(graph, context, "Add", "channel addends folded", rewrite_batch_norm);
  const bool subtrahends =
      rewrite_each(graph, context, "Sub", "channel addends folded", rewrite_batch_norm);
  return norms || factors || addends || subtrahends;
}

TPU_REGISTER(
    register_pass({.name = "batch_norm",
                   .summary = "folds BatchNorm and per-channel constants in the op before them",
                   .stage = PassStage::kImport,
                   .order = 40,
                   .run = run_batch_norm}));

}  // namespace
}  // namespace tpuscope
