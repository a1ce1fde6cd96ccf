// space_to_depth: pixels of blocks become channels by the operator that does that.
//
// Why: a detector's first layers (Focus) take every second pixel of every second row four times and
// join the four. As a permute this is a copy of single elements; the kernel of SpaceToDepth lets
// whole rows pass local memory and picks what it wants of them, a tenth of the time. It knows one
// order of the channels, rows of a block before its columns. Where the columns come first, as Focus
// has them, and a convolution alone reads the result, its filter takes the other order instead.
//
// How: Reshape [n,c,h,b,w,b], Permute, Reshape [n,c*b*b,h,w] becomes SpaceToDepth when the order is
//   - [0,3,5,1,2,4], or
//   - [0,5,3,1,2,4], and all readers are convolutions of one group with a constant filter.
//
// Example:  Conv(Reshape(Permute(Reshape(x[1,3,640,640]))), w[32,12,3,3])     becomes
//           Conv(SpaceToDepth(x), w with channels [2,2,3] as [2,2,3] the other way round)

#include <algorithm>

#include "graph/idioms/weights.h"
#include "graph/pass.h"
#include "graph/queries.h"
#include "passes/rewrites/constant_permute.h"
#include "passes/rewrites/rewrite.h"

namespace tpuscope {
namespace {

constexpr std::string_view kSpaceToDepthName = "space_to_depth";

/// Reshape, Permute and Reshape that make channels of blocks.
struct Blocks {
  OpId split{};
  OpId permute{};
  std::int64_t block = 1;
  std::int64_t channels = 1;
  bool columns_first = false;
};

std::optional<Blocks> blocks_of(const Graph& graph, OpId joined) {
  if (!graph[joined].is("Reshape")) return std::nullopt;
  const OpId permute = graph[joined].inputs[0].op;
  if (!is_permute(graph[permute]) || !graph.has_single_use({permute})) return std::nullopt;
  const OpId split = graph[permute].inputs[0].op;
  if (!graph[split].is("Reshape") || !graph.has_single_use({split})) return std::nullopt;
  const IntList order = order_of(graph[permute]).to_list();
  const bool columns_first = order == IntList{0, 5, 3, 1, 2, 4};
  if (!columns_first && order != IntList{0, 3, 5, 1, 2, 4}) return std::nullopt;
  const Shape& parts = graph.type({split}).shape;
  const Shape& before = graph.type(graph[split].inputs[0]).shape;
  const Shape& after = graph.type({joined}).shape;
  const std::int64_t block = parts[3];
  const bool is_square = block == parts[5] && block > 1;
  const Shape wide{parts[0], parts[1], parts[2] * block, parts[4] * block};
  const Shape deep{parts[0], parts[1] * block * block, parts[2], parts[4]};
  if (!is_square || before != wide || after != deep) return std::nullopt;
  return Blocks{split, permute, block, parts[1], columns_first};
}

/// Whether all readers can take channels in another order.
bool only_convolutions_read(const Graph& graph, OpId joined) {
  const auto& uses = graph.uses(joined);
  return !uses.empty() && std::all_of(uses.begin(), uses.end(), [&](const Use& use) {
    const Op& op = graph[use.op];
    return op.is("Conv") && use.operand == 0 && op.attributes.integer("group") == 1 &&
           is_weight(graph, op.inputs[1]);
  });
}

/// The filter whose channels are in blocks, with their columns and rows exchanged.
Value exchanged(Graph& graph, OpId conv, const Blocks& blocks) {
  const Value filter = graph[conv].inputs[1];
  const Shape shape = graph.type(filter).shape;
  const std::int64_t rest = element_count(shape, 2, shape.size());
  const Value parts = reshaped_weight(
      graph, conv, filter, {shape[0], blocks.block, blocks.block, blocks.channels * rest},
      kSpaceToDepthName);
  const Value turned =
      permuted_constant(graph, parts, *Permutation::from({0, 2, 1, 3}), conv, kSpaceToDepthName);
  return reshaped_weight(graph, conv, turned, shape, kSpaceToDepthName);
}

Result<bool> space_to_depth(Graph& graph, const PassContext& context) {
  bool changed = false;
  for (const OpId joined : graph.topological_order()) {
    if (graph[joined].is_dead) continue;
    const std::optional<Blocks> blocks = blocks_of(graph, joined);
    if (!blocks) continue;
    const Op op = graph[joined];
    if (blocks->columns_first && !only_convolutions_read(graph, joined)) {
      context.explain(op.name,
                      "stays: its channels are columns before rows, and not only "
                      "convolutions read them");
      continue;
    }
    if (blocks->columns_first) {
      const std::vector<Use> uses = graph.uses(joined);
      for (const Use& use : uses) {
        std::vector<Value> inputs = graph[use.op].inputs;
        inputs[1] = exchanged(graph, use.op, *blocks);
        graph.set_inputs(use.op, inputs);
      }
    }
    const OpId deep = graph.add_checked({.type = "SpaceToDepth",
                                         .name = op.name,
                                         .attributes = {{"block", blocks->block}},
                                         .result_names = {op.results[0].name},
                                         .origin = op.origin,
                                         .made_by = std::string(kSpaceToDepthName)},
                                        {graph[blocks->split].inputs[0]}, &joined);
    replace(graph, joined, {deep});
    context.count("permutes of blocks that are SpaceToDepth");
    changed = true;
  }
  return changed;
}

TPU_REGISTER(register_pass({.name = kSpaceToDepthName,
                            .summary = "make channels of blocks by the operator that does that",
                            .stage = PassStage::kOptimise,
                            .order = 4,
                            .since = 2022,
                            .run = space_to_depth}));

}  // namespace
}  // namespace tpuscope
