// No-ops: ops whose result is their operand.
//
// Why: exporters leave them everywhere: a product with 1, a Reshape to the shape that the tensor
// has, a pair of transposes around something that another tool removed. One between the ops of a
// LayerNorm hides all of it from the other idioms, so this pass runs before them, and again after
// each round of theirs. Structure:
//   - Mul, Div or Pow by the number 1; Add or Sub of the number 0 (one element: a vector of ones is
//   a
//     weight of the network, whose values just happen to be ones);
//   - Reshape, Squeeze, Unsqueeze, Expand, Tile, Pad, Slice, Concat or Permute that changes
//   nothing;
//   - a Concat of Slices that put the tensor together again;
//   - a view, or a Permute, of a chain of such ops that leads back to a tensor of the chain;
//   - a Cast to a type that holds all values of the operand's, and back.
// Conditions: the type of the result is that of the operand.
//
//   t = Permute(x) order=[1,0]  u = Permute(t) order=[1,0]  m = Mul(u, 1)  y = Sqrt(m)
//   becomes  y = Sqrt(x)

#include <algorithm>
#include <optional>

#include "graph/idioms/match.h"
#include "graph/idioms/slices.h"
#include "graph/permutation.h"

namespace tpuscope {
namespace {

using Same = std::optional<Value>;

bool is_exactly(const Graph& graph, Value value, double expected) {
  const std::optional<double> number = scalar(graph, value);
  return number && *number == expected;
}

/// The operand that arithmetic with a neutral number leaves as it is.
Same neutral_operand(const Graph& graph, const Op& op) {
  const bool sum = op.is("Add");
  const bool product = op.is("Mul");
  if (!sum && !product && !op.is("Sub") && !op.is("Div") && !op.is("Pow")) return std::nullopt;
  const double neutral = sum || op.is("Sub") ? 0 : 1;
  if (is_exactly(graph, op.inputs[1], neutral)) return op.inputs[0];
  if ((sum || product) && is_exactly(graph, op.inputs[0], neutral)) return op.inputs[1];
  return std::nullopt;
}

bool all_are(const IntList& list, std::int64_t value) {
  return std::all_of(list.begin(), list.end(), [&](std::int64_t i) { return i == value; });
}

bool takes_everything(const Op& slice, const Shape& shape) {
  const IntList& steps = slice.attributes.integers("steps");  // empty: all 1
  for (std::size_t axis = 0; axis < steps.size(); ++axis) {
    if (steps[axis] != 1 && shape[axis] != 1) return false;
  }
  return all_are(slice.attributes.integers("starts"), 0);
}

/// The tensor whose parts, cut along the axis of a Concat, are put together again.
Same rejoined(const Graph& graph, const Op& op) {
  Value whole = op.inputs[0];
  while (graph.type(whole) != op.results[0].type) {
    if (!graph[whole.op].is("Slice")) return std::nullopt;
    whole = graph[whole.op].inputs[0];
  }
  const Shape& shape = op.results[0].type.shape;
  const auto axis = normalised_axis(op.attributes.integer("axis"), shape.size());
  TPU_CHECK(axis.ok(), "{} has no such axis", op.name);
  std::int64_t end = 0;
  for (const Value part : op.inputs) {
    const SlicedBox box = sliced_box(graph, part, whole);
    IntList starts(shape.size(), 0);
    starts[*axis] = end;
    // Along the other axes the parts have the extents of the whole, so that they are all of it.
    if (box.source != whole || box.starts != starts || !all_are(box.steps, 1)) return std::nullopt;
    end += box.extents[*axis];
  }
  return whole;
}

/// The operand of a movement that moves nothing.
Same unmoved_operand(const Graph& graph, const Op& op) {
  const Value x = op.inputs[0];
  if (op.is("Concat") && op.inputs.size() > 1) return rejoined(graph, op);
  const bool unmoved = op.is("Expand") || (op.is("Concat") && op.inputs.size() == 1) ||
                       (op.is("Tile") && all_are(op.attributes.integers("repeats"), 1)) ||
                       (op.is("Pad") && all_are(op.attributes.integers("pads"), 0)) ||
                       (op.is("Slice") && takes_everything(op, graph.type(x).shape));
  return unmoved ? Same(x) : std::nullopt;
}

/// The nearest tensor above a chain of views that has the shape of the last one.
Same unviewed(const Graph& graph, const Op& op) {
  const Op* view = &op;
  while (view->def->layout == LayoutRule::kView) {
    const Value x = view->inputs[0];
    if (graph.type(x) == op.results[0].type) return x;
    view = &graph[x.op];
  }
  return std::nullopt;
}

/// The nearest tensor above a chain of Permutes that undo each other.
Same unpermuted(const Graph& graph, const Op& op) {
  std::optional<Permutation> order;
  const Op* permute = &op;
  while (permute->is("Permute")) {
    const auto own = Permutation::from(permute->attributes.integers("order"));
    TPU_CHECK(own.has_value(), "{} has no valid order", permute->name);
    order = order ? own->then(*order) : *own;
    if (order->is_identity()) return permute->inputs[0];
    permute = &graph[permute->inputs[0].op];
  }
  return std::nullopt;
}

/// Whether each value of type `narrow` is one of type `wide`.
bool holds_all(DType wide, DType narrow) {
  const bool half = narrow == DType::kF16 || narrow == DType::kBF16;
  if (half || narrow == DType::kF32) {
    return wide == DType::kF64 || (half && wide == DType::kF32);
  }
  if (is_float(narrow) || is_float(wide) || wide == DType::kBool) return false;
  if (narrow == DType::kBool) return true;
  const auto is_signed = [](DType type) { return name_of(type).front() == 'i'; };
  const bool same_sign = is_signed(wide) == is_signed(narrow);
  return size_of(wide) > size_of(narrow) && (same_sign || is_signed(wide));
}

/// The operand of the first of two Casts, there and back.
Same uncast(const Graph& graph, const Op& op) {
  const Op* first = op.is("Cast") ? producer(graph, op.inputs[0], "Cast") : nullptr;
  const auto is_scaled = [](const Op& cast) { return cast.attributes.flag("scaled"); };
  if (first == nullptr || is_scaled(op) || is_scaled(*first)) return std::nullopt;
  const DType narrow = graph.type(first->inputs[0]).dtype;
  if (!holds_all(first->results[0].type.dtype, narrow)) return std::nullopt;
  return first->inputs[0];
}

Same same_tensor(const Graph& graph, const Op& op) {
  if (op.def->layout == LayoutRule::kView) return unviewed(graph, op);
  if (op.is("Permute")) return unpermuted(graph, op);
  if (op.is("Cast")) {
    return graph.type(op.inputs[0]) == op.results[0].type ? op.inputs[0] : uncast(graph, op);
  }
  if (op.def->layout == LayoutRule::kMovement) return unmoved_operand(graph, op);
  return neutral_operand(graph, op);
}

Result<bool> run_no_ops(Graph& graph, const PassContext& context) {
  bool changed = false;
  for (const OpId id : graph.topological_order()) {
    const Op& op = graph[id];
    if (op.is_dead || op.inputs.empty() || op.results.size() != 1) continue;
    const Same same = same_tensor(graph, op);
    if (!same || graph.type(*same) != op.results[0].type) continue;
    if (graph.uses(id).empty()) continue;
    graph.replace_uses({id, 0}, *same);
    context.count("no-ops dropped");
    changed = true;
  }
  if (changed) graph.erase_unused();
  return changed;
}

TPU_REGISTER(register_pass({.name = "no_ops",
                            .summary = "drops ops whose result is their operand",
                            .stage = PassStage::kImport,
                            .order = 0,
                            .run = run_no_ops}));

}  // namespace
}  // namespace tpuscope
