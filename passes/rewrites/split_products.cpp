// split_products: a product of whose columns every reader takes a part becomes one product per
// part.
//
// Why: attention computes queries, keys and values by one matrix product and takes them apart
// afterwards. A product for each reads its operand again, but its result is what the next op takes:
// the Slices, which move the whole result once more, are gone. The vendor's compilers of 2024-02
// and 2026-08 do so (1.6.1 and 1.30.2, asked with fifteen forms); at the time of the published Swin
// optimisation, which made those Slices local, it cannot have.
//
// How: two forms of what follows  y = MatMul(x, w, bias)  with a constant w [K,N],
//   Reshape of y to [...,k,...], the last axis of y taken apart, then k x ( Slice -> Squeeze )
//   Slices of y along its last axis
// Only when
//   - nothing else reads y, and there are at least two parts, which hold all columns together;
//   - each part is whole on all other axes; k is the first axis of those from the last axis of y:
//     heads before k stay one product;
//   - w is a plain matrix and the bias a vector, both constant.
//
// Example:  MatMul[64,49,288] -> Reshape[64,49,3,3,32] -> 3 x (Slice -> Squeeze)
//      becomes     3 x ( MatMul[64,49,96] -> Reshape[64,49,3,32] )

#include <algorithm>
#include <optional>

#include "graph/idioms/slices.h"
#include "graph/pass.h"
#include "passes/rewrites/constant_products.h"
#include "passes/rewrites/rewrite.h"

namespace tpuscope {
namespace {

constexpr std::string_view kSplitProductsName = "split_products";

/// One reader's part of a product.
struct Part {
  OpId last{};  ///< the op whose result it is
  Places columns{};
};

/// What `slice` takes of its operand's axis.
Places columns_of_slice(const Graph& graph, OpId slice, std::size_t axis) {
  const SlicedBox box = sliced_box(graph, Value{slice, 0}, graph[slice].inputs[0]);
  return {.first = box.starts[axis], .count = box.extents[axis], .step = box.steps[axis]};
}

/// The parts that Slices of the product itself take.
std::vector<Part> parts_of_last_axis(const Graph& graph, OpId product) {
  std::vector<Part> parts;
  const std::size_t last = graph.type(Value{product, 0}).rank() - 1;
  for (const Use& use : graph.uses(product)) {
    if (!graph[use.op].is("Slice") || cut_axis(graph.view(use.op)) != last) return {};
    parts.push_back({use.op, columns_of_slice(graph, use.op, last)});
  }
  return parts;
}

/// The first axis of `split` that is cut from the last axis of `whole`; empty where the last axis
/// of `whole` is not that of the last few of `split` alone.
std::optional<std::size_t> first_of_last_axis(const Shape& whole, const Shape& split) {
  std::int64_t columns = 1;
  for (std::size_t axis = split.size(); axis-- > 0;) {
    columns *= split[axis];
    if (columns == whole.back()) return axis;
  }
  return std::nullopt;
}

/// The parts that Slice and Squeeze take of a product whose last axis a Reshape takes apart.
std::vector<Part> parts_of_reshape(const Graph& graph, OpId product) {
  const std::vector<Use> users = graph.uses(product);
  if (users.size() != 1 || !graph[users[0].op].is("Reshape")) return {};
  const OpId reshape = users[0].op;
  const Shape& shape = graph.type(Value{reshape, 0}).shape;
  const auto begin = first_of_last_axis(graph.type(Value{product, 0}).shape, shape);
  if (!begin) return {};
  const std::int64_t width = element_count(shape, *begin + 1, shape.size());
  std::vector<Part> parts;
  for (const Use& use : graph.uses(reshape)) {
    if (!graph[use.op].is("Slice") || cut_axis(graph.view(use.op)) != begin) return {};
    const Places slice = columns_of_slice(graph, use.op, *begin);
    const std::vector<Use> after = graph.uses(use.op);
    const IntList only{static_cast<std::int64_t>(*begin)};
    const bool is_squeezed = after.size() == 1 && graph[after[0].op].is("Squeeze") &&
                             graph[after[0].op].attributes.integers("axes") == only;
    if (slice.count != 1 || !is_squeezed) return {};
    parts.push_back({after[0].op, {.first = slice.first * width, .count = width}});
  }
  return parts;
}

/// Whether each column of the product is in one of its parts.
bool is_covered(const Graph& graph, OpId product, const std::vector<Part>& parts) {
  const std::int64_t columns = graph.type(Value{product, 0}).shape.back();
  std::vector<bool> covered(static_cast<std::size_t>(columns), false);
  for (const Part& part : parts) {
    for (std::int64_t i = 0; i < part.columns.count; ++i)
      covered[static_cast<std::size_t>(part.columns.at(i))] = true;
  }
  const auto is_part = [](bool part) { return part; };
  return !covered.empty() && std::all_of(covered.begin(), covered.end(), is_part);
}

void split(Graph& graph, OpId id, const std::vector<Part>& parts, const PassContext& context) {
  const Op product = graph[id];
  for (const Part& part : parts) {
    const Op last = graph[part.last];
    const bool cuts_columns = last.is("Slice");
    std::vector<Value> inputs{product.inputs[0],
                              places_of(graph, id, product.inputs[1], column_axis(product),
                                        part.columns, kSplitProductsName)};
    if (product.inputs.size() > 2)
      inputs.push_back(
          places_of(graph, id, product.inputs[2], 0, part.columns, kSplitProductsName));
    const Op& named = cuts_columns ? last : product;
    const Value columns{graph.add_checked({.type = "MatMul",
                                           .name = named.name,
                                           .attributes = product.attributes,
                                           .result_names = {named.results[0].name},
                                           .origin = product.origin,
                                           .made_by = std::string(kSplitProductsName)},
                                          inputs, &id)};
    replace(graph, part.last,
            add_reshape(graph, columns, last.results[0].type.shape, part.last, last,
                        kSplitProductsName));
  }
  context.explain(product.name, "is a product for each of " + std::to_string(parts.size()) +
                                    " parts of its columns");
  context.count("products split");
}

Result<bool> split_products(Graph& graph, const PassContext& context) {
  bool changed = false;
  for (const OpId id : graph.topological_order()) {
    if (graph[id].is_dead || !has_constant_matrix(graph, id)) continue;
    std::vector<Part> parts = parts_of_last_axis(graph, id);
    if (parts.empty()) parts = parts_of_reshape(graph, id);
    if (parts.size() < 2 || !is_covered(graph, id, parts)) continue;
    split(graph, id, parts, context);
    changed = true;
  }
  return changed;
}

TPU_REGISTER(register_pass({.name = kSplitProductsName,
                            .summary = "make a product that is sliced afterwards one for each part",
                            .stage = PassStage::kOptimise,
                            .order = 12,
                            .since = 2024,
                            .run = split_products}));

}  // namespace
}  // namespace tpuscope
