// fold_stems: convolutions of 16 bits over few channels may lay their taps out as channels.
//
// Why: the cube sums 32 channels at once, and the first convolution of a network has three. A
// depthwise convolution with filters that are one at a single tap copies the taps of a row or a
// column, or all of them, into channels of their own; what is left is a convolution with more
// channels and fewer taps. The vendor's compiler of 2026-08 does so in 16 bits (1.30.2), that of
// 2024-02 (1.6.1) with 8 bits only, which need no pass.
//
// How: sets the attribute `folds_taps` of a Conv over images of 16 bits whose channels, all groups
// together, times the shorter side of its kernel are no more than a set of 64 lanes. Whether its
// taps fit the cube of the chip, and along which axis, is decided where commands are made
// (passes/tiling/convolution_commands.cpp).
//
// Example:  Conv(x[1,3,224,224], w[64,3,7,7])     becomes     Conv(x, w) folds_taps=true

#include <algorithm>

#include "graph/pass.h"

namespace tpuscope {
namespace {

constexpr std::string_view kFoldStemsName = "fold_stems";
constexpr std::string_view kFoldsTaps = "folds_taps";
/// Laid out, taps are spread over lanes at once.
constexpr std::int64_t kMostChannels = 64;

bool is_stem(const Graph& graph, OpId id) {
  const Op& op = graph[id];
  constexpr std::size_t kMapRank = 4;
  if (op.is_dead || !op.is("Conv") || op.attributes.flag(kFoldsTaps)) return false;
  const TensorType& x = graph.type(op.inputs[0]);
  if (x.rank() != kMapRank || !is_float(x.dtype) || size_of(x.dtype) != 2) return false;
  const Shape& filter = graph.type(op.inputs[1]).shape;
  const std::int64_t channels = x.shape[1];
  const bool has_taps = filter[2] * filter[3] > 1;
  // A kernel of one row lays out its columns.
  const std::int64_t shorter = std::min(filter[2], filter[3]);
  const std::int64_t taps = shorter > 1 ? shorter : std::max(filter[2], filter[3]);
  return has_taps && channels * taps <= kMostChannels;
}

Result<bool> fold_stems(Graph& graph, const PassContext& context) {
  bool changed = false;
  for (const OpId id : graph.topological_order()) {
    if (!is_stem(graph, id)) continue;
    Attributes attributes = graph[id].attributes;
    attributes.set(std::string(kFoldsTaps), true);
    TPU_TRY_STATUS(graph.set_attributes(id, std::move(attributes)));
    context.explain(graph[id].name, "may lay its taps out as channels");
    context.count("convolutions of few channels");
    changed = true;
  }
  return changed;
}

TPU_REGISTER(register_pass({.name = kFoldStemsName,
                            .summary = "let 16-bit convolutions of few channels fill the cube",
                            .stage = PassStage::kOptimise,
                            .order = 6,
                            .since = 2026,
                            .run = fold_stems}));

}  // namespace
}  // namespace tpuscope
