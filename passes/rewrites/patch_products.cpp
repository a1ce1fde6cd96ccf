// patch_products: a convolution of large patches that do not overlap becomes a matrix product.
//
// Why: the convolution unit knows strides of up to 15, and lays kernels out as channels up to a few
// rows; with one command per tap a patch embedding of a vision transformer keeps the cube at 3 of
// 32 input channels. As a product over channels and taps it fills the cube. The vendor's compiler
// puts the patches in rows by a Permute and brings the channels in front again by another, all of
// which go through DDR; `baseline` contains this switch.
//
// How: for each Conv of [n,c,h,w] with one group, whose kernel is as large as its stride and does
// not dilate, without padding, x is viewed as patches, permuted and multiplied with the filter as
// it is stored. Not when
//   - the kernel has fewer than 14 rows or columns: with 8 the compiler folds taps into channels;
//   - patches leave a rest of the map;
//   - the filter is computed, or a Relu is part of the op.
//
// Example:  Conv(x[1,3,224,224], w[768,3,16,16])     becomes     Reshape [1,3,14,16,14,16]
//           Permute [0,2,4,1,3,5], Reshape [1,196,768], MatMul(w[768,768]), Permute [0,2,1],
//           Reshape

#include <algorithm>

#include "graph/idioms/weights.h"
#include "graph/pass.h"
#include "graph/queries.h"
#include "passes/rewrites/rewrite.h"

namespace tpuscope {
namespace {

constexpr std::string_view kPatchProductsName = "patch_products";
/// Compiled kernels of 8 rows are folded, those of 14 are products; none in between was seen.
constexpr std::int64_t kLeastPatch = 14;

bool is_patch_embedding(const Graph& graph, OpId id) {
  const Op& op = graph[id];
  constexpr std::size_t kMapRank = 4;
  if (!op.is("Conv") || graph.type(op.inputs[0]).rank() != kMapRank) return false;
  if (!is_weight(graph, op.inputs[1]) || op.attributes.flag("relu")) return false;
  if (op.attributes.integer("group") != 1) return false;
  const Shape& x = graph.type(op.inputs[0]).shape;
  const Shape& filter = graph.type(op.inputs[1]).shape;
  const Shape& y = op.results[0].type.shape;
  const IntList& strides = op.attributes.integers("strides");
  for (std::size_t axis = 2; axis < kMapRank; ++axis) {
    const std::int64_t kernel = filter[axis];
    const std::int64_t stride = strides.empty() ? 1 : strides[axis - 2];
    // Without a rest, padding or dilation the patches make up the map.
    const bool tiles_map = kernel == stride && y[axis] * kernel == x[axis];
    if (kernel < kLeastPatch || !tiles_map) return false;
  }
  const IntList& pads = op.attributes.integers("pads");
  return std::all_of(pads.begin(), pads.end(), [](std::int64_t pad) { return pad == 0; });
}

Value multiplied(Graph& graph, OpId id) {
  const Op op = graph[id];
  const Shape x = graph.type(op.inputs[0]).shape;
  const Shape filter = graph.type(op.inputs[1]).shape;
  const Shape y = op.results[0].type.shape;
  const std::int64_t pixels = y[2] * y[3];
  const std::int64_t taps = filter[1] * filter[2] * filter[3];
  const auto permuted = [&](Value value, const IntList& order) {
    return add_permute(graph, value, *Permutation::from(order), id, op, kPatchProductsName);
  };
  const auto reshaped = [&](Value value, const Shape& shape) {
    return add_reshape(graph, value, shape, id, op, kPatchProductsName);
  };
  const Value patches = reshaped(op.inputs[0], {x[0], x[1], y[2], filter[2], y[3], filter[3]});
  const Value rows = reshaped(permuted(patches, {0, 2, 4, 1, 3, 5}), {x[0], pixels, taps});
  std::vector<Value> inputs{
      rows, reshaped_weight(graph, id, op.inputs[1], {y[1], taps}, kPatchProductsName)};
  if (op.inputs.size() > 2) inputs.push_back(op.inputs[2]);
  const Value product{graph.add_checked({.type = "MatMul",
                                         .name = op.name,
                                         .attributes = {{"right_transpose", true}},
                                         .origin = op.origin,
                                         .made_by = std::string(kPatchProductsName)},
                                        inputs, &id)};
  return reshaped(permuted(product, {0, 2, 1}), y);
}

Result<bool> patch_products(Graph& graph, const PassContext& context) {
  bool changed = false;
  for (const OpId id : graph.topological_order()) {
    if (graph[id].is_dead || !is_patch_embedding(graph, id)) continue;
    const std::string name = graph[id].name;
    replace(graph, id, multiplied(graph, id));
    context.explain(name, "is a product of its patches");
    context.count("convolutions of patches turned into products");
    changed = true;
  }
  return changed;
}

TPU_REGISTER(register_pass({.name = kPatchProductsName,
                            .summary = "make a convolution of large patches a matrix product",
                            .stage = PassStage::kOptimise,
                            .order = 4,
                            .since = 2022,
                            .run = patch_products}));

}  // namespace
}  // namespace tpuscope
