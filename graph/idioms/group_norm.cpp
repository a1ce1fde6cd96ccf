// GroupNorm as torch exports it: an InstanceNorm over the groups as channels, between two reshapes.
//
// Why: the vendor's compiler makes one kernel of it, which has a 16-bit form; InstanceNorm has none
// and would stand between casts.
// Structure: Reshape to [N, groups, ...], InstanceNorm, Reshape back. Conditions: the groups
// part the channels; scale and bias are Weights, each of which is repeated for a group's channels.
// What is multiplied and added per channel behind it stays: the compiler makes a convolution of it.
//
//   r = Reshape(x)  n = InstanceNorm(r, s, b)  y = Reshape(n)   becomes   y = GroupNorm(x, s', b')

#include "graph/idioms/match.h"
#include "graph/idioms/weights.h"

namespace tpuscope {
namespace {

constexpr std::string_view kGroupNormPass = "group_norm";

/// A vector over groups as one over channels.
Value per_channel(Graph& graph, OpId near, Value groups, std::int64_t channels) {
  const TensorType type = graph.type(groups);
  const std::int64_t repeats = channels / type.elements();
  if (repeats == 1) return groups;
  const auto element = [&](const WeightValues& values, std::int64_t i) {
    return (*values[0])[i / repeats];
  };
  return derived_weight(graph, near, {type.dtype, {channels}}, {groups}, element, kGroupNormPass);
}

bool rewrite_group_norm(Graph& graph, OpId root) {
  if (!graph[root].is("Reshape")) return false;
  const Op* norm = producer(graph, graph[root].inputs[0], "InstanceNorm");
  if (norm == nullptr) return false;
  const Op* split = producer(graph, norm->inputs[0], "Reshape");
  if (split == nullptr) return false;
  if (!is_weight(graph, norm->inputs[1]) || !is_weight(graph, norm->inputs[2])) return false;
  const Value x = split->inputs[0];
  const Shape shape = graph.type(x).shape;
  const Shape grouped = graph.type(norm->inputs[0]).shape;
  const bool is_back = graph.type({root, 0}).shape == shape;
  if (!is_back || shape.size() < 3 || shape[0] != grouped[0] || grouped[1] == 0) return false;
  if (shape[1] % grouped[1] != 0) return false;
  const MatchedOps ops = {root, graph[root].inputs[0].op, norm->inputs[0].op};
  if (!is_closed(graph, ops)) return false;
  const OpSpec spec{
      .type = "GroupNorm",
      .name = norm->name,
      .attributes = {{"epsilon", norm->attributes.number("epsilon")}, {"groups", grouped[1]}},
      .made_by = std::string(kGroupNormPass)};
  const Value scale = norm->inputs[1];
  const Value bias = norm->inputs[2];
  return replace_matched(
      graph, ops, spec,
      {x, per_channel(graph, root, scale, shape[1]), per_channel(graph, root, bias, shape[1])});
}

Result<bool> run_group_norm(Graph& graph, const PassContext& context) {
  return rewrite_each(graph, context, "Reshape", "group norms recognised", rewrite_group_norm);
}

TPU_REGISTER(register_pass({.name = kGroupNormPass,
                            .summary = "an InstanceNorm between reshapes to groups and back",
                            .stage = PassStage::kImport,
                            .order = 35,
                            .run = run_group_norm}));

}  // namespace
}  // namespace tpuscope
