// split_qkv_permute: one big permute before slices becomes one small permute after each.
//
// Why: attention computes queries, keys and values by one matrix product, reshapes it to
// [windows, tokens, 3, heads, depth], permutes all five axes so that the 3 comes first, and takes
// three slices. That permute moves the whole product through DDR and is between the product and
// all that follows. Sliced first, the same data leaves by three permutes of four axes, each of
// which the other passes can absorb in a MatMul.
//
// How: look for  x -> Permute -> n x ( Slice of extent 1 on one axis a -> Squeeze of a ), take the
// slices from x on the axis that the permute brought to a, squeeze there, and permute what is left.
// Only when
//   - every user of the permute is such a Slice, each with the same axis, whole on all other axes,
//     and used by nothing but its Squeeze of exactly that axis;
//   - the permute moves that axis: otherwise the slices are already where they would be put.
//
// Example (Swin):  R[64,49,3,3,32] -> P[2,0,3,1,4] -> 3 x (Slice -> Squeeze)
//      becomes     R[64,49,3,3,32] -> 3 x (Slice -> Squeeze -> P[0,2,1,3])

#include <optional>

#include "graph/idioms/slices.h"
#include "graph/pass.h"
#include "passes/rewrites/families.h"
#include "passes/rewrites/rewrite.h"

namespace tpuscope {
namespace {

struct Branch {
  OpId slice{};
  OpId squeeze{};
};

struct SplitQkvPermuteMatch {
  OpId permute{};
  std::size_t axis = 0;  ///< of the permute's result that the slices cut
  std::vector<Branch> branches{};
};

/// A match, or the condition that failed.
std::optional<SplitQkvPermuteMatch> match_split_qkv_permute(const Graph& graph, OpId permute,
                                                            const PassContext& context) {
  const Op& op = graph[permute];
  const auto refuse = [&](const std::string& reason) {
    context.explain(op.name, reason);
    return std::nullopt;
  };
  SplitQkvPermuteMatch found{.permute = permute};
  for (const Use& use : graph.uses(permute)) {
    if (!graph[use.op].is("Slice"))
      return refuse("is used by " + graph[use.op].name + ", no slice");
    const OpView slice = graph.view(use.op);
    const std::optional<std::size_t> axis = cut_axis(slice);
    if (!axis.has_value() || slice.result().shape[*axis] != 1)
      return refuse(graph[use.op].name + " does not cut one axis to extent 1");
    if (found.branches.empty()) found.axis = *axis;
    if (*axis != found.axis) return refuse("its slices cut different axes");
    const std::vector<Use> users = graph.uses(use.op);
    if (users.size() != 1 || !graph[users[0].op].is("Squeeze")) {
      return refuse(graph[use.op].name + " is not used by one squeeze alone");
    }
    const IntList& axes = graph[users[0].op].attributes.integers("axes");
    if (axes != IntList{static_cast<std::int64_t>(found.axis)}) {
      return refuse(graph[users[0].op].name + " squeezes other axes than the sliced one");
    }
    found.branches.push_back({use.op, users[0].op});
  }
  if (found.branches.empty()) return std::nullopt;
  if (order_of(op)[found.axis] == found.axis) return refuse("leaves the sliced axis in place");
  return found;
}

/// The order left for the squeezed tensor: `order` without result axis `axis`.
Permutation without_axis(const Permutation& order, std::size_t axis) {
  std::vector<std::int64_t> rest;
  for (std::size_t i = 0; i < order.rank(); ++i) {
    if (i != axis) rest.push_back(static_cast<std::int64_t>(order[i] - (order[i] > order[axis])));
  }
  return *Permutation::from(rest);
}

void split(Graph& graph, const SplitQkvPermuteMatch& found, const PassContext& context) {
  constexpr std::string_view kName = "split_qkv_permute";
  const Op permute = graph[found.permute];
  const Permutation order = order_of(permute);
  const Permutation back = order.inverse();
  const std::size_t source_axis = order[found.axis];
  for (const Branch& branch : found.branches) {
    const Op slice = graph[branch.slice];
    const Op squeeze = graph[branch.squeeze];
    Attributes attributes = slice.attributes;
    for (const std::string_view list : {"starts", "extents", "steps"}) {
      const IntList& permuted = slice.attributes.integers(list);
      IntList moved(permuted.size());
      for (std::size_t axis = 0; axis < moved.size(); ++axis)
        moved[axis] = permuted[back[axis]];
      attributes.set(std::string(list), moved);
    }
    // The slices keep their own extents; whole axes keep the extents of the permute's operand.
    const Value sliced{graph.add_checked({.type = "Slice",
                                          .name = slice.name,
                                          .attributes = std::move(attributes),
                                          .origin = slice.origin,
                                          .made_by = std::string(kName)},
                                         permute.inputs, &branch.slice)};
    const IntList axes = {static_cast<std::int64_t>(source_axis)};
    const Value squeezed{graph.add_checked({.type = "Squeeze",
                                            .name = squeeze.name,
                                            .attributes = {{"axes", axes}},
                                            .origin = squeeze.origin,
                                            .made_by = std::string(kName)},
                                           {sliced}, &branch.squeeze)};
    Op residual_like = squeeze;  // takes the squeeze's place, but is what is left of the permute
    residual_like.origin = permute.origin;
    const Value residual = add_permute(graph, squeezed, without_axis(order, found.axis),
                                       branch.squeeze, residual_like, kName);
    replace(graph, branch.squeeze, residual);
  }
  context.explain(permute.name, "split over " + std::to_string(found.branches.size()) + " slices");
  context.count("permutes split");
}

Result<bool> split_qkv_permute(Graph& graph, const PassContext& context) {
  std::vector<SplitQkvPermuteMatch> matches;  // look first, change after
  for (const OpId op : graph.topological_order()) {
    if (!is_permute(graph[op])) continue;
    if (auto found = match_split_qkv_permute(graph, op, context))
      matches.push_back(*std::move(found));
  }
  for (const SplitQkvPermuteMatch& found : matches)
    split(graph, found, context);
  return !matches.empty();
}

TPU_REGISTER(register_pass({.name = "split_qkv_permute",
                            .summary = "one permute before slices becomes a small one after each",
                            .stage = PassStage::kOptimise,
                            .order = 10,
                            .family = &kTransposeElimination,
                            .run = split_qkv_permute}));

}  // namespace
}  // namespace tpuscope
