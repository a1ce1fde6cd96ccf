// SwapDimInner: a cyclic shift.
//
// Why: exporters write torch.roll as two slices and a concat per axis. Shifted-window attention
// rolls two axes before and two after each block; taken literally, that copies the tensor eight
// times through DDR where four times are enough, or none: two rolls in a row, which the vendor's
// compiler does not join, are a layer group. Structure: Concat of two Slices of one tensor, the
// first from an index to the end, the second from the beginning to that index, whole on all other
// axes. Conditions: nothing else reads the slices; steps are 1.
//
//   a = Slice(x) [k, n)  b = Slice(x) [0, k)  y = Concat(a, b)   becomes   y = SwapDimInner(x) at k

#include "graph/idioms/slices.h"

namespace tpuscope {
namespace {

constexpr std::string_view kSwapDimInnerName = "swap_dim_inner";

/// The cut along `axis` when `behind` is [cut, n) and `before` is [0, cut) of one tensor.
std::optional<std::int64_t> cut_of(const SlicedBox& behind, const SlicedBox& before,
                                   const Shape& shape, std::size_t axis) {
  if (behind.ops.empty() || before.ops.empty() || behind.source != before.source) {
    return std::nullopt;
  }
  const std::int64_t cut = behind.starts[axis];
  for (std::size_t i = 0; i < shape.size(); ++i) {
    const bool steps = behind.steps[i] == 1 && before.steps[i] == 1;
    const bool whole = behind.extents[i] == shape[i] && before.extents[i] == shape[i];
    const bool halves =
        before.starts[i] == 0 && before.extents[i] == cut && behind.extents[i] == shape[i] - cut;
    if (!steps || !(i == axis ? halves : whole)) return std::nullopt;
  }
  return cut;
}

bool roll(Graph& graph, OpId root) {
  const Op& concat = graph[root];
  if (concat.inputs.size() != 2) return false;
  const SlicedBox behind = sliced_box(graph, concat.inputs[0]);
  const SlicedBox before = sliced_box(graph, concat.inputs[1]);
  const Shape shape = graph.type(behind.source).shape;
  const auto axis = normalised_axis(concat.attributes.integer("axis"), shape.size());
  if (!axis.ok() || concat.results[0].type.shape != shape) return false;
  const std::optional<std::int64_t> cut = cut_of(behind, before, shape, *axis);
  if (!cut) return false;
  IntList offset(shape.size(), 0);
  offset[*axis] = *cut;
  MatchedOps ops = {root};
  ops.insert(ops.end(), behind.ops.begin(), behind.ops.end());
  ops.insert(ops.end(), before.ops.begin(), before.ops.end());
  return replace_matched(graph, ops,
                         {.type = "SwapDimInner",
                          .attributes = {{"offset", offset}},
                          .made_by = std::string(kSwapDimInnerName)},
                         {behind.source});
}

Result<bool> run_swap_dim_inner(Graph& graph, const PassContext& context) {
  return rewrite_each(graph, context, "Concat", "rolls found", roll);
}

TPU_REGISTER(
    register_pass({.name = kSwapDimInnerName,
                   .summary = "recognises a cyclic shift written as two slices and a concat",
                   .stage = PassStage::kImport,
                   .order = 10,
                   .run = run_swap_dim_inner}));

}  // namespace
}  // namespace tpuscope
