// sink_permute: carries a permute past ops that do not care about the order of axes, to where it
// cancels against another or a MatMul takes it in.
//
// Why: between the two products of attention are scale, bias, mask, softmax and casts. None of
// them needs the heads in front; carried past them, the permute that the first product leaves on
// its result reaches the second product, which absorbs it.
//
// How: for each Permute with one user, look ahead along its users as long as they can be passed;
// move it past the next one only if the walk ends at another Permute or at a MatMul, where
// something is gained, or if that one joins it with a second Permute; what was joined goes on past
// steps by a constant (wenet's scores). An op can be passed when
//   - it is elementwise and each other operand is a constant (permuted at compile time) or comes
//   from
//     a permute of the same order with one user. A Where is not passed: in the vendor's streams of
//     masked attention (wenet) the permutes stay before and behind it;
//   - it works along rows (softmax) and its axis can be named in the unpermuted tensor: a Softmax's
//     `axis` is remapped; a norm's weights tie it to the last axes, which must stay last;
//   - it is a Reshape that only splits axes, or merges axes that are neighbours in both orders.
// Otherwise the permute stays where it is.
//
// Example:  P[0,2,1,3] -> Add(bias[1,3,49,49]) -> Softmax axis=3 -> MatMul
//   becomes Add(bias[1,49,3,49]) -> Softmax axis=3 -> P[0,2,1,3] -> MatMul

#include <algorithm>
#include <optional>

#include "graph/pass.h"
#include "graph/queries.h"
#include "passes/rewrites/constant_permute.h"
#include "passes/rewrites/families.h"
#include "passes/rewrites/permute_reshape.h"
#include "passes/rewrites/rewrite.h"

namespace tpuscope {
namespace {

constexpr std::string_view kSinkPermuteName = "sink_permute";

/// A permute of the same order that feeds only this operand.
bool same_permute(const Graph& graph, Value operand, const Permutation& order) {
  const Op& producer = graph[operand.op];
  return is_permute(producer) && graph.has_single_use(operand) && order_of(producer) == order;
}

/// Whether constants of this shape can follow the order: their axes are those of the result.
bool can_permute_constant(const Graph& graph, Value operand, const Permutation& order) {
  return is_weight(graph, operand) && graph.type(operand).rank() <= order.rank();
}

/// The operand's shape with the leading axes of 1 that broadcasting adds.
Shape broadcast_shape(const Graph& graph, Value operand, std::size_t rank) {
  Shape shape = graph.type(operand).shape;
  shape.insert(shape.begin(), rank - std::min(rank, shape.size()), 1);
  return shape;
}

/// Whether only axes of extent 1 of the operand change place.
bool follows_by_reshape(const Graph& graph, Value operand, const Permutation& order) {
  const Shape shape = broadcast_shape(graph, operand, order.rank());
  return shape.size() == order.rank() && order.inverse().is_reshape_of(shape);
}

/// Why a permute cannot be carried past an op; empty when it can.
using Obstacle = std::optional<std::string>;

Obstacle elementwise_obstacle(const Graph& graph, const Op& op, Value permuted,
                              const Permutation& order) {
  if (op.is("Where")) return "which the compiler leaves behind permutes";
  if (op.results.size() != 1 || op.results[0].type.shape != graph.type(permuted).shape) {
    return "which broadcasts the permuted tensor";
  }
  for (const Value operand : op.inputs) {
    const bool fine = operand == permuted || can_permute_constant(graph, operand, order) ||
                      same_permute(graph, operand, order) ||
                      follows_by_reshape(graph, operand, order);
    if (!fine) return "whose operand " + graph[operand].name + " would need a permute of its own";
  }
  return std::nullopt;
}

/// Softmax has an axis and nothing else; norms have weights laid out along the last axes.
Obstacle rows_obstacle(const Graph& graph, OpId id, Value permuted, const Permutation& order) {
  const Op& op = graph[id];
  const bool has_axis = op.def->row_axes != nullptr && op.attributes.find("axis") != nullptr;
  if (op.inputs[0] != permuted || !has_axis ||
      op.results[0].type.shape != graph.type(permuted).shape) {
    return "whose axes cannot be renamed";
  }
  const std::vector<bool> rows = op.def->row_axes(graph.view(id));
  std::size_t row_axes = 0;
  for (std::size_t axis = 0; axis < rows.size(); ++axis) {
    if (rows[axis]) ++row_axes;
    if (op.inputs.size() > 1 && rows[axis] && order[axis] != axis) {
      return "whose weights are along an axis that moves";
    }
  }
  if (op.inputs.size() == 1 && row_axes != 1) return "which works on several axes at once";
  return std::nullopt;
}

Obstacle obstacle(const Graph& graph, OpId id, Value permuted, const Permutation& order) {
  const Op& op = graph[id];
  switch (op.def->layout) {
    case LayoutRule::kElementwise:
      return elementwise_obstacle(graph, op, permuted, order);
    case LayoutRule::kRows:
      return rows_obstacle(graph, id, permuted, order);
    case LayoutRule::kView:
      if (commute(order, graph.type(permuted).shape, op.results[0].type.shape)) return std::nullopt;
      return "which merges axes that only the permute brings together";
    case LayoutRule::kFixed:
    case LayoutRule::kMovement:
    case LayoutRule::kSource:
    case LayoutRule::kSink:
      return "which needs its axes in this order";
  }
  unreachable();
}

/// Follows the only user of `value` while it can be passed. Empty when that ends where a permute is
/// of use: at another permute or at a product. Otherwise what it stopped at.
Obstacle look_ahead(const Graph& graph, OpId permute) {
  Permutation order = order_of(graph[permute]);
  Value value{permute};
  for (bool first = true;; first = false) {
    const std::vector<Use> users = graph.uses(value);
    if (users.size() != 1) return "stays: " + graph[value].name + " has several users";
    const OpId user = users[0].op;
    const Op& op = graph[user];
    if (is_permute(op) || op.is("MatMul")) {
      if (first) return "is already before " + op.name;
      return std::nullopt;
    }
    if (const Obstacle found = obstacle(graph, user, value, order)) {
      return "is not carried past " + op.name + ", " + *found;
    }
    if (op.def->layout == LayoutRule::kView) {
      order = commute(order, graph.type(value).shape, op.results[0].type.shape)->order;
    }
    value = {user};
  }
}

/// What a permute passes without a gain further on.
struct Passage {
  bool joins = false;     ///< an op of two permutes of one order has one behind it
  bool is_scale = false;  ///< an elementwise op by one constant number
};

/// Of the only user of `permute`; neither where it cannot be passed.
Passage passage_of(const Graph& graph, OpId permute) {
  const std::vector<Use> users = graph.uses(permute);
  if (users.size() != 1) return {};
  const Op& op = graph[users[0].op];
  const Permutation order = order_of(graph[permute]);
  if (op.def->layout != LayoutRule::kElementwise ||
      obstacle(graph, users[0].op, Value{permute}, order)) {
    return {};
  }
  Passage passage{.is_scale = op.inputs.size() == 2};
  for (const Value operand : op.inputs) {
    if (operand == Value{permute}) continue;
    passage.joins = passage.joins || same_permute(graph, operand, order);
    passage.is_scale = passage.is_scale && is_weight(graph, operand) &&
                       element_count(graph.type(operand).shape) == 1;
  }
  return passage;
}

/// The op with unpermuted operands, and the permute after it.
void pass_one(Graph& graph, OpId permute, OpId user) {
  const Op op = graph[user];
  const Op moved = graph[permute];
  Permutation order = order_of(moved);
  Attributes attributes = op.attributes;
  std::vector<Value> inputs = op.inputs;
  for (Value& operand : inputs) {
    const Op& producer = graph[operand.op];
    if (is_permute(producer) && order_of(producer) == order) {
      operand = producer.inputs[0];
    } else if (op.def->layout == LayoutRule::kElementwise && is_weight(graph, operand)) {
      operand = permuted_constant(graph, operand, order.inverse(), user, kSinkPermuteName);
    } else if (op.def->layout == LayoutRule::kElementwise) {
      const Shape shape = broadcast_shape(graph, operand, order.rank());
      const Op like = graph[operand.op];
      operand =
          add_reshape(graph, operand, order.inverse().apply(shape), user, like, kSinkPermuteName);
    }
  }
  if (op.def->layout == LayoutRule::kRows && inputs.size() == 1) {
    const auto axis = normalised_axis(attributes.integer("axis"), order.rank());
    attributes.set("axis", static_cast<std::int64_t>(order[*axis]));
  }
  std::string type(op.def->name);
  if (op.def->layout == LayoutRule::kView) {
    const auto commuted = commute(order, moved.results[0].type.shape, op.results[0].type.shape);
    type = "Reshape";  // whatever view it was: only extents change
    attributes = {{"shape", commuted->shape}};
    order = commuted->order;
  }
  const Value computed{graph.add_checked({.type = type,
                                          .name = op.name,
                                          .attributes = std::move(attributes),
                                          .result_names = {op.results[0].name},
                                          .origin = op.origin,
                                          .made_by = std::string(kSinkPermuteName)},
                                         inputs, &user)};
  replace(graph, user, add_permute(graph, computed, order, user, op, kSinkPermuteName));
}

Result<bool> sink_permute(Graph& graph, const PassContext& context) {
  bool changed = false;
  for (const OpId id : graph.topological_order()) {
    OpId permute = id;
    bool has_joined = false;
    while (!graph[permute].is_dead && is_permute(graph[permute])) {
      const Passage passage = passage_of(graph, permute);
      has_joined = has_joined || passage.joins;
      const Obstacle found = look_ahead(graph, permute);
      if (found && !passage.joins && !(has_joined && passage.is_scale)) {
        context.explain(graph[permute].name, *found);
        break;
      }
      const std::vector<Use> users = graph.uses(permute);
      const std::string name = graph[permute].name;
      const std::vector<Use> next = graph.uses(users[0].op);
      context.explain(name, "carried past " + graph[users[0].op].name);
      context.count("ops passed");
      pass_one(graph, permute, users[0].op);
      changed = true;
      permute = graph[next[0].op].inputs[next[0].operand].op;
    }
  }
  return changed;
}

TPU_REGISTER(register_pass({.name = kSinkPermuteName,
                            .summary = "carry permutes past bias, scale, mask, softmax and casts",
                            .stage = PassStage::kOptimise,
                            .order = 30,
                            .family = &kTransposeElimination,
                            .run = sink_permute}));

}  // namespace
}  // namespace tpuscope
