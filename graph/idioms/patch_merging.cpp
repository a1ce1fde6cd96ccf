// Patch merging: neighbouring pixels become channels by one permute.
//
// Why: Swin halves its resolution by taking every second row and column four times and joining the
// results along the channels. As exported these are eight strided slices and a concat, three trips
// through DDR for each element; as one permute it is a single one.
// Structure: Concat of boxes of one tensor that step by s over one or more axes and together take
// each phase once, counting the phases up in the order of the operands (any axis may be the
// fastest). Conditions: the joined axis is whole in every box and comes after the stepped ones;
// nothing else reads the slices; extents are multiples of the steps.
//
//   x[1,56,56,96] -> 4 x Slice of every second row and column -> Concat[1,28,28,384]
//   becomes  Reshape [1,28,2,28,2,96] -> Permute [0,1,3,4,2,5] -> Reshape [1,28,28,384]

#include <algorithm>

#include "graph/idioms/slices.h"

namespace tpuscope {
namespace {

constexpr std::string_view kPatchMergingName = "patch_merging";

/// The stepped axes, slowest phase first, when the boxes' starts count up in that order.
std::optional<std::vector<std::size_t>> phase_order(const std::vector<SlicedBox>& boxes,
                                                    std::vector<std::size_t> axes) {
  std::sort(axes.begin(), axes.end());
  do {
    bool counts_up = true;
    for (std::size_t k = 0; k < boxes.size() && counts_up; ++k) {
      std::size_t rest = k;
      for (std::size_t i = axes.size(); i-- > 0;) {
        const auto step = static_cast<std::size_t>(boxes[k].steps[axes[i]]);
        counts_up = counts_up && boxes[k].starts[axes[i]] == static_cast<std::int64_t>(rest % step);
        rest /= step;
      }
    }
    if (counts_up) return axes;
  } while (std::next_permutation(axes.begin(), axes.end()));
  return std::nullopt;
}

/// The axes that all boxes step over, or empty when the boxes do not tile the tensor.
std::vector<std::size_t> stepped_axes(const std::vector<SlicedBox>& boxes, const Shape& shape,
                                      std::size_t joined) {
  std::vector<std::size_t> axes;
  std::int64_t phases = 1;
  for (std::size_t axis = 0; axis < shape.size(); ++axis) {
    const std::int64_t step = boxes[0].steps[axis];
    for (const SlicedBox& box : boxes) {
      const bool same = box.source == boxes[0].source && box.steps[axis] == step && step >= 1;
      if (!same || box.extents[axis] * step != shape[axis]) return {};
    }
    if (step == 1) continue;
    if (axis == joined) return {};
    axes.push_back(axis);
    phases *= step;
  }
  if (phases != static_cast<std::int64_t>(boxes.size())) return {};
  return axes;
}

bool rewrite_patch_merging(Graph& graph, OpId root) {
  const Op concat = graph[root];
  std::vector<SlicedBox> boxes;
  MatchedOps ops = {root};
  for (const Value operand : concat.inputs) {
    boxes.push_back(sliced_box(graph, operand));
    ops.insert(ops.end(), boxes.back().ops.begin(), boxes.back().ops.end());
  }
  const Value source = boxes[0].source;
  const Shape shape = graph.type(source).shape;
  const auto joined = normalised_axis(concat.attributes.integer("axis"), shape.size());
  if (boxes.size() < 2 || !joined.ok() || shape.size() != concat.results[0].type.rank())
    return false;
  const std::vector<std::size_t> axes = stepped_axes(boxes, shape, *joined);
  if (axes.empty() || shape.size() + axes.size() > kMaxRank || !is_closed(graph, ops)) return false;
  const auto phases = phase_order(boxes, axes);
  if (!phases) return false;

  Shape split;                                       // each stepped axis as (blocks, phase)
  std::vector<std::int64_t> place(shape.size(), 0);  // of each axis in `split`
  for (std::size_t axis = 0; axis < shape.size(); ++axis) {
    place[axis] = static_cast<std::int64_t>(split.size());
    split.push_back(shape[axis] / boxes[0].steps[axis]);
    if (boxes[0].steps[axis] > 1) split.push_back(boxes[0].steps[axis]);
  }
  IntList order;
  for (std::size_t axis = 0; axis < shape.size(); ++axis) {
    if (axis == *joined) {
      for (const std::size_t phase : *phases)
        order.push_back(place[phase] + 1);
    }
    order.push_back(place[axis]);
  }
  const auto step = [&](std::string_view type, Attributes attributes, Value input) {
    return Value{graph.add_checked({.type = type,
                                    .name = concat.name,
                                    .attributes = std::move(attributes),
                                    .made_by = std::string(kPatchMergingName)},
                                   {input}, &root)};
  };
  const Value blocks = step("Reshape", {{"shape", split}}, source);
  const Value permuted = step("Permute", {{"order", order}}, blocks);
  return replace_matched(graph, ops,
                         {.type = "Reshape",
                          .attributes = {{"shape", concat.results[0].type.shape}},
                          .made_by = std::string(kPatchMergingName)},
                         {permuted});
}

Result<bool> run_patch_merging(Graph& graph, const PassContext& context) {
  return rewrite_each(graph, context, "Concat", "patch mergings found", rewrite_patch_merging);
}

TPU_REGISTER(register_pass({.name = kPatchMergingName,
                            .summary = "makes strided slices joined along channels one permute",
                            .stage = PassStage::kImport,
                            .order = 20,
                            .run = run_patch_merging}));

}  // namespace
}  // namespace tpuscope
