// channel_constants: a constant per channel becomes a convolution with one tap per channel.
//
// Why: a vector instruction reads an operand that is the same along a map by strides of 0 and in
// place takes two cycles per vector; the convolution unit scales a channel and adds to it in one,
// and requantises 8-bit results as it does those of any convolution. The vendor's compiler makes
// such products, sums and BatchNorms convolutions, which is why `baseline` contains this switch.
//
// How: for each Mul, Add, Sub or BatchNorm of [n,c,h,w] with one Weight element per channel, a Conv
// of c groups with a filter [c,1,1,1] and a bias [c], whose values are computed where the constants
// are known. Not when there is one channel only, or a Relu is part of the op already.
//
// Example:  Mul(x, k[c,1,1])     becomes     Conv(x, k[c,1,1,1], 0[c]) group=c

#include <cmath>

#include "graph/idioms/weights.h"
#include "graph/pass.h"
#include "graph/queries.h"
#include "passes/rewrites/rewrite.h"

namespace tpuscope {
namespace {

constexpr std::string_view kChannelConstantsName = "channel_constants";

/// What an op multiplies and adds per channel.
struct ChannelConstants {
  Value x{};
  std::vector<Value> from{};  ///< Weights
  double (*factor)(const WeightValues& values, std::int64_t channel, double epsilon) = nullptr;
  double (*addend)(const WeightValues& values, std::int64_t channel, double epsilon) = nullptr;
};

double one_per_channel(const WeightValues&, std::int64_t, double) {
  return 1;
}
double zero_per_channel(const WeightValues&, std::int64_t, double) {
  return 0;
}
double value_of_channel(const WeightValues& values, std::int64_t c, double) {
  return (*values[0])[c];
}
double negated_of_channel(const WeightValues& values, std::int64_t c, double) {
  return 0 - (*values[0])[c];  // of 0 it is 0, not -0
}

// BatchNorm's values: scale, bias, mean, variance.
double statistics_factor(const WeightValues& values, std::int64_t c, double epsilon) {
  return (*values[0])[c] / std::sqrt((*values[3])[c] + epsilon);
}
double statistics_addend(const WeightValues& values, std::int64_t c, double epsilon) {
  return (*values[1])[c] - (*values[2])[c] * statistics_factor(values, c, epsilon);
}

std::optional<ChannelConstants> constants_of_statistics(const Graph& graph, const Op& op) {
  for (std::size_t i = 1; i < op.inputs.size(); ++i) {
    if (!is_weight(graph, op.inputs[i])) return std::nullopt;
  }
  return ChannelConstants{
      op.inputs[0], {op.inputs.begin() + 1, op.inputs.end()}, statistics_factor, statistics_addend};
}

std::optional<ChannelConstants> constants_of(const Graph& graph, const Op& op) {
  if (op.is("BatchNorm")) return constants_of_statistics(graph, op);
  const bool scales = op.is("Mul");
  if (!scales && !op.is("Add") && !op.is("Sub")) return std::nullopt;
  const Shape& shape = op.results[0].type.shape;
  for (const std::size_t constant : {1U, 0U}) {
    const Value x = op.inputs[1 - constant];
    if (constant == 0 && op.is("Sub")) continue;
    if (graph.type(x).shape != shape || is_weight(graph, x)) continue;
    if (!is_vector_along(graph, op.inputs[constant], shape, 1)) continue;
    return ChannelConstants{x,
                            {op.inputs[constant]},
                            scales ? value_of_channel : one_per_channel,
                            scales         ? zero_per_channel
                            : op.is("Sub") ? negated_of_channel
                                           : value_of_channel};
  }
  return std::nullopt;
}

bool is_map_of_channels(const Op& op) {
  constexpr std::size_t kRank = 4;
  const TensorType& type = op.results[0].type;
  return !has_relu(op) && type.rank() == kRank && type.shape[1] > 1 && type.elements() > 0 &&
         (is_float(type.dtype) || type.dtype == DType::kI8);
}

Value convolved(Graph& graph, OpId id, const ChannelConstants& constants) {
  const Op op = graph[id];
  const TensorType& type = op.results[0].type;
  const std::int64_t channels = type.shape[1];
  const double epsilon = op.is("BatchNorm") ? op.attributes.number("epsilon") : 0;
  const auto factor = [&](const WeightValues& values, std::int64_t i) {
    return constants.factor(values, i, epsilon);
  };
  const auto addend = [&](const WeightValues& values, std::int64_t i) {
    return constants.addend(values, i, epsilon);
  };
  const Value filter = derived_weight(graph, id, {type.dtype, {channels, 1, 1, 1}}, constants.from,
                                      factor, kChannelConstantsName);
  const DType sums = type.dtype == DType::kI8 ? DType::kI32 : type.dtype;
  const Value bias =
      derived_weight(graph, id, {sums, {channels}}, constants.from, addend, kChannelConstantsName);
  return {graph.add_checked({.type = "Conv",
                             .name = op.name,
                             .attributes = {{"group", channels}},
                             .result_names = {op.results[0].name},
                             .origin = op.origin,
                             .made_by = std::string(kChannelConstantsName)},
                            {constants.x, filter, bias}, &id)};
}

Result<bool> channel_constants(Graph& graph, const PassContext& context) {
  bool changed = false;
  for (const OpId id : graph.topological_order()) {
    const Op& op = graph[id];
    if (op.is_dead || op.results.empty() || !is_map_of_channels(op)) continue;
    const std::optional<ChannelConstants> constants = constants_of(graph, op);
    if (!constants) continue;
    const std::string name = op.name;
    replace(graph, id, convolved(graph, id, *constants));
    context.explain(name, "is a convolution with one tap per channel");
    context.count("constants per channel turned into convolutions");
    changed = true;
  }
  return changed;
}

TPU_REGISTER(register_pass({.name = kChannelConstantsName,
                            .summary = "make a constant per channel a convolution",
                            .stage = PassStage::kOptimise,
                            .order = 4,
                            .since = 2022,
                            .run = channel_constants}));

}  // namespace
}  // namespace tpuscope
