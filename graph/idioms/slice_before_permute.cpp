// Slices before permutes: what is cut off need not be moved.
//
// Why: torch's exporter writes the assignment of a slice as a transpose, a scatter and a transpose
// back; of the first, all that is left behind `slice_assignment` is the part that stays, often one
// row or column. Structure: a permute that moves data, and slices of it alone. Conditions: together
// the slices have fewer elements than the permute, so that less is moved; queries, keys and values,
// which share it among them, are the business of a switch (split_qkv_permute).
//
//   p = Permute(x[8,4]) order=[1,0]  y = Slice(p) [0,1) of 4   becomes
//   s = Slice(x) [0,1) of the last axis  y = Permute(s) order=[1,0]

#include <algorithm>

#include "graph/idioms/match.h"
#include "graph/permutation.h"

namespace tpuscope {
namespace {

constexpr std::string_view kSliceBeforePermutePass = "slice_before_permute";

/// A list with an entry per axis of the permute's result, by the axes of its operand.
IntList by_operand_axes(const IntList& list, const Permutation& order) {
  IntList result(list.size());
  for (std::size_t axis = 0; axis < list.size(); ++axis)
    result[order[axis]] = list[axis];
  return result;
}

bool rewrite_slice_before_permute(Graph& graph, OpId root) {
  const auto order = Permutation::from(graph[root].attributes.integers("order"));
  const Value x = graph[root].inputs[0];
  if (!order || order->is_reshape_of(graph.type(x).shape)) return false;
  const std::vector<Use> uses = graph.uses({root, 0});
  std::int64_t wanted = 0;
  for (const Use& use : uses) {
    if (!graph[use.op].is("Slice")) return false;
    wanted += graph.type({use.op, 0}).elements();
  }
  if (uses.empty() || wanted >= graph.type(x).elements()) return false;
  Successors successors;
  for (const Use& use : uses) {
    const Op slice = graph[use.op];
    Attributes attributes = slice.attributes;
    for (const char* list : {"starts", "extents", "steps"}) {
      const IntList& given = slice.attributes.integers(list);
      if (!given.empty()) attributes.set(list, by_operand_axes(given, *order));
    }
    const auto add = [&](std::string_view type, Attributes chosen, Value operand) {
      return Value{graph.add_checked({.type = type,
                                      .name = slice.name,
                                      .attributes = std::move(chosen),
                                      .origin = slice.origin,
                                      .made_by = std::string(kSliceBeforePermutePass)},
                                     {operand}, &use.op)};
    };
    const Value part = add("Slice", std::move(attributes), x);
    const Value moved = add("Permute", graph[root].attributes, part);
    graph.replace_uses({use.op, 0}, moved);
    successors.note(graph, use.op, moved.op);
  }
  graph.erase_unused();
  successors.take_names(graph);
  return true;
}

Result<bool> run_slice_before_permute(Graph& graph, const PassContext& context) {
  return rewrite_each(graph, context, "Permute", "permutes made smaller",
                      rewrite_slice_before_permute);
}

TPU_REGISTER(register_pass({.name = kSliceBeforePermutePass,
                            .summary = "takes slices before the permutes that they are of",
                            .stage = PassStage::kImport,
                            .order = 6,
                            .run = run_slice_before_permute}));

}  // namespace
}  // namespace tpuscope
