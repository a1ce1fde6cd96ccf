// Flat rows: tokens of an image in one axis.
//
// Why: what a transformer does to its tokens (norms, products with weights, activations, residual
// sums) works on rows alone. Some exports keep the tokens as [n, h, w, c], others as [n, h * w, c],
// which is the same memory. The machine spreads the second axis over its lanes: 56 rows of an image
// fill 56 of 64 lanes and then 56 steps, 3136 tokens fill all of them. So that one network costs
// the same however it was exported, regions of such ops are brought to the second form; the views
// at their borders cost nothing, and join those that are there. Structure: norms over the last
// axis and products with a matrix of weights, of tensors with two or more axes between the first
// and the last, and elementwise ops around them on tensors of the same rows. Conditions: constants
// in between vary along the last axis only.
//
//   x[1,56,56,96]  n = LayerNorm(x)  m = MatMul(n, w)  y = Add(x, m)   becomes
//   f = Reshape(x) [1,3136,96]  n = LayerNorm(f)  m = MatMul(n, w)  a = Add(f, m)
//   y = Reshape(a) [1,56,56,96]

#include <algorithm>
#include <map>
#include <set>

#include "graph/idioms/match.h"
#include "graph/idioms/weights.h"
#include "graph/queries.h"

namespace tpuscope {
namespace {

constexpr std::string_view kFlatRowsPass = "flat_rows";

/// All axes but the last.
Shape rows_before(const Shape& shape) {
  return {shape.begin(), shape.end() - 1};
}

/// Whether merging the axes between the first and the last changes anything but units.
bool has_rows_to_merge(const Shape& shape) {
  if (shape.size() < 4) return false;
  return std::count_if(shape.begin() + 1, shape.end() - 1,
                       [](std::int64_t extent) { return extent > 1; }) > 1;
}

/// Whether a constant is the same for every row.
bool is_same_for_rows(const Graph& graph, Value value) {
  if (!is_weight(graph, value)) return false;
  const Shape& shape = graph.type(value).shape;
  return shape.empty() || element_count(shape) == shape.back();
}

/// Norms and products that work on each row of their first operand.
bool works_on_rows(const Graph& graph, OpId id) {
  const Op& op = graph[id];
  if (op.inputs.empty() || op.results.size() != 1) return false;
  const Shape& shape = graph.type(op.inputs[0]).shape;
  if (!has_rows_to_merge(shape)) return false;
  if (op.is("LayerNorm") || op.is("RmsNorm")) {
    const auto axis = normalised_axis(op.attributes.integer("axis"), shape.size());
    return axis.ok() && *axis + 1 == shape.size() &&
           std::all_of(op.inputs.begin() + 1, op.inputs.end(),
                       [&](Value operand) { return is_same_for_rows(graph, operand); });
  }
  return op.is("MatMul") && is_weight(graph, op.inputs[1]) &&
         graph.type(op.inputs[1]).rank() == 2 && !op.attributes.flag("left_transpose") &&
         !op.attributes.flag("hdim_is_batch");
}

/// Ops that may have their rows in one axis, with the tensors between them.
class RowRegion {
 public:
  RowRegion(const Graph& graph, OpId seed)
      : graph_(graph), rows_(rows_before(graph.type(graph[seed].inputs[0]).shape)) {
    join(seed);
    while (!pending_.empty()) {
      const OpId id = pending_.back();
      pending_.pop_back();
      for (const Value operand : graph_[id].inputs) {
        if (can_join(operand.op)) join(operand.op);
      }
      for (const Use& use : graph_.uses(id)) {
        if (can_join(use.op)) join(use.op);
      }
    }
  }

  const std::set<OpId>& ops() const { return ops_; }

 private:
  void join(OpId id) {
    if (ops_.insert(id).second) pending_.push_back(id);
  }

  bool has_rows(Value value) const {
    const Shape& shape = graph_.type(value).shape;
    return shape.size() == rows_.size() + 1 && rows_before(shape) == rows_;
  }

  bool can_join(OpId id) const {
    const Op& op = graph_[id];
    if (op.results.size() != 1 || !has_rows({id, 0})) return false;
    if (works_on_rows(graph_, id)) return true;
    if (op.def->layout != LayoutRule::kElementwise) return false;
    return std::all_of(op.inputs.begin(), op.inputs.end(), [&](Value operand) {
      return has_rows(operand) || is_same_for_rows(graph_, operand);
    });
  }

  const Graph& graph_;
  Shape rows_;
  std::set<OpId> ops_{};
  std::vector<OpId> pending_{};
};

/// Brings a region to rows in one axis.
class RowMerge {
 public:
  RowMerge(Graph& graph, const std::set<OpId>& ops) : graph_(graph), ops_(ops) {}

  void run() {
    for (const OpId id : graph_.topological_order()) {
      if (ops_.contains(id)) rebuild(id);
    }
    for (const OpId id : ops_)
      hand_on({id, 0});
    graph_.erase_unused();
    successors_.take_names(graph_);
  }

 private:
  static Shape flat(const Shape& shape) {
    return {shape.front(), element_count(shape, 1, shape.size() - 1), shape.back()};
  }

  Value view(Value value, const Shape& shape, OpId near) {
    const Op& producer = graph_[value.op];
    const Value source = producer.is("Reshape") ? producer.inputs[0] : value;
    if (graph_.type(source).shape == shape) return source;
    return {graph_.add_checked({.type = "Reshape",
                                .name = graph_[value].name,
                                .attributes = {{"shape", shape}},
                                .origin = graph_[near].origin,
                                .made_by = std::string(kFlatRowsPass)},
                               {source}, &near)};
  }

  Value operand(Value value, OpId near) {
    if (const auto known = flat_.find(value); known != flat_.end()) return known->second;
    const Shape& shape = graph_.type(value).shape;
    if (is_weight(graph_, value)) {
      if (shape.size() < 4) return value;
      const bool is_one_row = element_count(shape) == shape.back();
      return reshaped_weight(graph_, near, value, is_one_row ? Shape{shape.back()} : flat(shape),
                             kFlatRowsPass);
    }
    if (!has_rows_to_merge(shape)) return value;
    return flat_[value] = view(value, flat(shape), near);
  }

  void rebuild(OpId id) {
    const Op op = graph_[id];
    std::vector<Value> inputs = op.inputs;
    for (Value& input : inputs)
      input = operand(input, id);
    Attributes attributes = op.attributes;
    if (op.is("LayerNorm") || op.is("RmsNorm")) attributes.set("axis", std::int64_t{2});
    flat_[{id, 0}] = Value{graph_.add_checked({.type = op.def->name,
                                               .name = op.name,
                                               .attributes = std::move(attributes),
                                               .origin = op.origin,
                                               .made_by = std::string(kFlatRowsPass)},
                                              inputs, &id)};
    successors_.note(graph_, id, flat_.at({id, 0}).op);
  }

  /// Readers outside of the region get the tensor in its own shape; a Reshape needs none.
  void hand_on(Value value) {
    const Value now = flat_.at(value);
    std::optional<Value> shaped;
    for (const Use& use : graph_.uses(value)) {
      if (ops_.contains(use.op)) continue;
      if (graph_[use.op].is("Reshape")) {
        graph_.set_input(use.op, use.operand, now);
        continue;
      }
      if (!shaped) shaped = view(now, graph_.type(value).shape, value.op);
      graph_.set_input(use.op, use.operand, *shaped);
    }
  }

  Graph& graph_;
  const std::set<OpId>& ops_;
  std::map<Value, Value> flat_{};
  Successors successors_{};
};

Result<bool> run_flat_rows(Graph& graph, const PassContext& context) {
  bool changed = false;
  for (const OpId id : graph.topological_order()) {
    if (graph[id].is_dead || graph.uses(id).empty() || !works_on_rows(graph, id)) continue;
    const RowRegion region(graph, id);
    RowMerge(graph, region.ops()).run();
    context.count("regions of rows merged");
    changed = true;
  }
  return changed;
}

TPU_REGISTER(register_pass({.name = kFlatRowsPass,
                            .summary = "brings tokens of an image to one axis",
                            .stage = PassStage::kImport,
                            .order = 50,
                            .run = run_flat_rows}));

}  // namespace
}  // namespace tpuscope
