// Slice assignment: a box of a tensor replaced.
//
// Why: exporters write `x[:, 1:4] = y` as a ScatterND with one index tuple per row (torch's
// default exporter puts a transpose before and after it). A scatter works on rows that come in any
// order, one by one, in DDR; a box is what slices and a concat move at full width, and what other
// rewrites understand.
// Structure: ScatterND without a reduction whose indices are known and name the elements of a box
// of the leading axes, in order. Conditions: none but that.
//
//   y = ScatterND(x[8,4], [[2],[3]], u[2,4])   becomes
//   a = Slice(x) [0,2)  b = Slice(x) [4,8)  y = Concat(a, u, b) axis=0

#include <algorithm>

#include "graph/idioms/match.h"
#include "graph/queries.h"

namespace tpuscope {
namespace {

constexpr std::string_view kSliceAssignmentPass = "slice_assignment";

/// [begin, end) of each leading axis.
using IndexBox = std::vector<Range>;

/// The box whose elements the index tuples name one after the other.
std::optional<IndexBox> indexed_box(const HostTensor& indices, const Shape& data) {
  const Shape& shape = indices.shape();
  if (shape.empty() || shape.back() < 1 || indices.elements() == 0) return std::nullopt;
  const auto depth = static_cast<std::size_t>(shape.back());
  const std::int64_t tuples = indices.elements() / shape.back();
  if (depth > data.size()) return std::nullopt;
  const auto index = [&](std::int64_t tuple, std::size_t axis) {
    const auto given =
        saturated_integer(indices[tuple * shape.back() + static_cast<std::int64_t>(axis)]);
    return given < 0 ? given + data[axis] : given;
  };
  IndexBox box;
  std::int64_t elements = 1;
  for (std::size_t axis = 0; axis < depth; ++axis) {
    const Range range{index(0, axis), index(tuples - 1, axis) + 1};
    if (range.begin < 0 || range.end > data[axis] || range.extent() < 1) return std::nullopt;
    elements *= range.extent();
    if (elements > tuples) return std::nullopt;
    box.push_back(range);
  }
  if (elements != tuples) return std::nullopt;
  for (std::int64_t tuple = 0; tuple < tuples; ++tuple) {
    std::int64_t rest = tuple;
    for (std::size_t axis = depth; axis-- > 0;) {
      if (index(tuple, axis) != box[axis].begin + rest % box[axis].extent()) return std::nullopt;
      rest /= box[axis].extent();
    }
  }
  return box;
}

/// One step of the replacement, named after the scatter.
Value add_step(Graph& graph, OpId scatter, std::string_view type, Attributes attributes,
               const std::vector<Value>& inputs) {
  return {graph.add_checked({.type = type,
                             .name = graph[scatter].name,
                             .attributes = std::move(attributes),
                             .origin = graph[scatter].origin,
                             .made_by = std::string(kSliceAssignmentPass)},
                            inputs, &scatter)};
}

/// The part of `data` within `range` along `axis` and within the box along the axes before it.
Value part_of(Graph& graph, OpId scatter, Value data, const IndexBox& box, std::size_t axis,
              Range range) {
  IntList extents = graph.type(data).shape;
  IntList starts(extents.size(), 0);
  for (std::size_t before = 0; before < axis; ++before) {
    starts[before] = box[before].begin;
    extents[before] = box[before].extent();
  }
  starts[axis] = range.begin;
  extents[axis] = range.extent();
  return add_step(graph, scatter, "Slice", {{"starts", starts}, {"extents", extents}}, {data});
}

bool rewrite_slice_assignment(Graph& graph, OpId root) {
  const Op op = graph[root];
  const HostTensor* indices = graph[op.inputs[1].op].data.get();
  if (op.attributes.text("reduction") != "none" || indices == nullptr) return false;
  const Value data = op.inputs[0];
  const Shape shape = graph.type(data).shape;
  const auto box = indexed_box(*indices, shape);
  if (!box) return false;
  Shape extents;
  for (const Range& range : *box)
    extents.push_back(range.extent());
  extents.insert(extents.end(), shape.begin() + static_cast<std::ptrdiff_t>(box->size()),
                 shape.end());
  Value replaced = op.inputs[2];
  if (graph.type(replaced).shape != extents) {
    replaced = add_step(graph, root, "Reshape", {{"shape", extents}}, {replaced});
  }
  for (std::size_t axis = box->size(); axis-- > 0;) {
    const Range& range = (*box)[axis];
    std::vector<Value> parts;
    if (range.begin > 0) {
      parts.push_back(part_of(graph, root, data, *box, axis, {0, range.begin}));
    }
    parts.push_back(replaced);
    if (range.end < shape[axis]) {
      parts.push_back(part_of(graph, root, data, *box, axis, {range.end, shape[axis]}));
    }
    if (parts.size() == 1) continue;
    replaced = add_step(graph, root, "Concat", {{"axis", static_cast<std::int64_t>(axis)}}, parts);
  }
  const std::string name = op.results[0].name;
  graph.replace_uses({root, 0}, replaced);
  graph.set_result_name({root, 0}, name + ".decomposed");
  if (graph[replaced.op].made_by == kSliceAssignmentPass) graph.set_result_name(replaced, name);
  graph.erase(root);
  return true;
}

Result<bool> run_slice_assignment(Graph& graph, const PassContext& context) {
  return rewrite_each(graph, context, "ScatterND", "slices assigned", rewrite_slice_assignment);
}

TPU_REGISTER(register_pass({.name = kSliceAssignmentPass,
                            .summary = "makes a scatter to a known box slices and a concat",
                            .stage = PassStage::kImport,
                            .order = 5,
                            .run = run_slice_assignment}));

}  // namespace
}  // namespace tpuscope
