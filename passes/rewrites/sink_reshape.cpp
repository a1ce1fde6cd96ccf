// sink_reshape: carries a view past elementwise ops to the view that undoes it, where both vanish.
//
// Why: the shifted windows of Swin look at their scores as [images, windows, ...] for one Add, that
// of the mask, which is the same for every image, and then again as [images * windows, ...]. A view
// that changes the first two axes has no local form, so that the Add is alone and the attention
// around it falls in three: scores leave for DDR and come back twice. The compiler turns the views
// about likewise (TpuReshapeReorderPattern, TopAddReshapeSwap) and shapes the mask at compile time.
//
// How: from each view with one user follow the users while they are elementwise; where that ends
// at a view back to the shape before the first, compute the ops between in that shape. Each of
// their other operands is
//   - a constant: seen in that shape as well. Axes that only it repeats (images) and axes that it
//     has (windows) may have become one; it is then repeated at compile time, as long as it stays
//     smaller than the tensor;
//   - a view of the same kind, from the same shape to the same shape: its operand is read instead;
//   - a single number.
// Not when an op between has other users, who want the viewed shape.
//
// Example:  x[64,3,49,49] -> Reshape [1,64,3,49,49] -> Add(mask[1,64,1,49,49]) -> Reshape
//   [64,3,49,49]     becomes     x -> Add(mask[64,1,49,49])

#include <memory>
#include <optional>
#include <vector>

#include "graph/pass.h"
#include "graph/queries.h"
#include "passes/rewrites/families.h"
#include "passes/rewrites/permute_reshape.h"
#include "passes/rewrites/rewrite.h"

namespace tpuscope {
namespace {

constexpr std::string_view kSinkReshapeName = "sink_reshape";

bool is_view_sink_reshape(const Op& op) {
  return op.def->layout == LayoutRule::kView;
}

/// How a constant that broadcasts against `viewed` becomes one that broadcasts against `original`.
struct SeenConstant {
  Shape repeated{};  ///< its shape as an operand of the viewed shape, with axes repeated as needed
  Shape shape{};     ///< what that is seen as
};

/// Empty when the constant would grow to the tensor's own size, or the shapes share no blocks.
std::optional<SeenConstant> seen_constant(const Shape& constant, const Shape& original,
                                          const Shape& viewed) {
  if (constant.size() > viewed.size()) return std::nullopt;
  SeenConstant seen{.repeated = constant, .shape = Shape(original.size(), 1)};
  seen.repeated.insert(seen.repeated.begin(), viewed.size() - constant.size(), 1);
  const std::vector<AxisBlock> blocks = common_blocks(original, viewed);
  if (blocks.empty()) return std::nullopt;
  bool repeats = false;
  for (const AxisBlock& block : blocks) {
    bool is_broadcast = true;
    for (std::size_t axis = block.new_begin; axis < block.new_end; ++axis)
      is_broadcast = is_broadcast && seen.repeated[axis] == 1;
    if (is_broadcast) continue;
    for (std::size_t axis = block.new_begin; axis < block.new_end; ++axis) {
      repeats = repeats || seen.repeated[axis] != viewed[axis];
      seen.repeated[axis] = viewed[axis];
    }
    for (std::size_t axis = block.old_begin; axis < block.old_end; ++axis)
      seen.shape[axis] = original[axis];
  }
  if (repeats && element_count(seen.shape) >= element_count(original)) return std::nullopt;
  return seen;
}

/// The Weight in its new shape: repeated by the reference kernel of Expand where values are known.
Value add_seen_constant(Graph& graph, Value constant, const SeenConstant& seen, OpId near) {
  const Op weight = graph[constant.op];
  const TensorType type = weight.results[0].type;
  OpSpec spec{.type = "Weight",
              .name = weight.name,
              .origin = weight.origin,
              .made_by = std::string(kSinkReshapeName),
              .result_types = {{type.dtype, seen.shape}}};
  if (weight.data != nullptr) {
    const Attributes attributes = {{"shape", seen.repeated}};
    const OpView view{&attributes, {type}, {{type.dtype, seen.repeated}}};
    auto values = OpRegistry::instance().find("Expand")->evaluate(view, {weight.data.get(), 1});
    TPU_CHECK(values.ok(), "{}", values.error().message);
    HostTensor repeated = std::move(values->at(0));
    repeated.type = spec.result_types[0];
    spec.data = std::make_shared<const HostTensor>(std::move(repeated));
  }
  return {graph.add_checked(std::move(spec), {}, &near)};
}

/// A view with the ops between it and the view that undoes it.
struct Chain {
  std::vector<OpId> ops{};
  OpId back{};
};

class Matcher {
 public:
  Matcher(const Graph& graph, OpId view)
      : graph_(graph),
        view_(view),
        original_(graph.type(graph[view].inputs[0]).shape),
        viewed_(graph[view].results[0].type.shape) {}

  /// Empty, with the reason, when there is none.
  std::optional<Chain> match(std::string& reason) const {
    Chain chain;
    Value value{view_};
    while (true) {
      const std::vector<Use> users = graph_.uses(value);
      if (users.size() != 1) {
        reason = "stays: " + graph_[value].name + " has several users";
        return std::nullopt;
      }
      const OpId user = users[0].op;
      const Op& op = graph_[user];
      if (is_view_sink_reshape(op)) {
        chain.back = user;
        if (op.results[0].type.shape == original_ && !chain.ops.empty()) return chain;
        reason = "is not undone by " + op.name;
        return std::nullopt;
      }
      if (const auto found = obstacle(op, value)) {
        reason = "is not carried past " + op.name + ", " + *found;
        return std::nullopt;
      }
      chain.ops.push_back(user);
      value = {user};
    }
  }

  /// Whether `operand` is the same view of another tensor.
  bool is_same_view(Value operand) const {
    const Op& producer = graph_[operand.op];
    return is_view_sink_reshape(producer) && graph_.type(producer.inputs[0]).shape == original_;
  }

 private:
  std::optional<std::string> obstacle(const Op& op, Value value) const {
    if (op.def->layout != LayoutRule::kElementwise || op.results.size() != 1) {
      return "which needs its axes as they are";
    }
    if (op.results[0].type.shape != viewed_) return "which broadcasts the viewed tensor";
    for (const Value operand : op.inputs) {
      const TensorType& type = graph_.type(operand);
      if (operand == value || type.rank() == 0) continue;
      const bool is_viewed = type.shape == viewed_ && is_same_view(operand);
      const bool is_seen =
          is_weight(graph_, operand) && seen_constant(type.shape, original_, viewed_);
      if (!is_viewed && !is_seen) {
        return "whose operand " + graph_[operand].name + " would need a view of its own";
      }
    }
    return std::nullopt;
  }

  const Graph& graph_;
  OpId view_;
  Shape original_;
  Shape viewed_;
};

void rewrite_sink_reshape(Graph& graph, OpId view, const Chain& chain) {
  const Matcher matcher(graph, view);
  const Shape original = graph.type(graph[view].inputs[0]).shape;
  const Shape viewed = graph[view].results[0].type.shape;
  Value before{view};
  Value now = graph[view].inputs[0];
  for (const OpId id : chain.ops) {
    const Op op = graph[id];
    std::vector<Value> inputs = op.inputs;
    for (Value& operand : inputs) {
      if (operand == before) {
        operand = now;
      } else if (graph.type(operand).rank() > 0 && is_weight(graph, operand)) {
        const auto seen = seen_constant(graph.type(operand).shape, original, viewed);
        operand = add_seen_constant(graph, operand, *seen, id);
      } else if (graph.type(operand).rank() > 0) {
        operand = graph[operand.op].inputs[0];
      }
    }
    before = {id};
    // The last one replaces the view after it, and takes that one's name.
    const Op& named = id == chain.ops.back() ? graph[chain.back] : op;
    now = {graph.add_checked({.type = std::string(op.def->name),
                              .name = op.name,
                              .attributes = op.attributes,
                              .result_names = {named.results[0].name},
                              .origin = op.origin,
                              .made_by = std::string(kSinkReshapeName)},
                             inputs, &id)};
  }
  replace(graph, chain.back, now);
}

Result<bool> sink_reshape(Graph& graph, const PassContext& context) {
  bool changed = false;
  for (const OpId id : graph.topological_order()) {
    if (graph[id].is_dead || !is_view_sink_reshape(graph[id])) continue;
    std::string reason;
    const auto chain = Matcher(graph, id).match(reason);
    if (!chain) {
      context.explain(graph[id].name, reason);
      continue;
    }
    context.explain(graph[id].name, "cancels against " + graph[chain->back].name);
    context.count("ops passed", static_cast<std::int64_t>(chain->ops.size()));
    rewrite_sink_reshape(graph, id, *chain);
    changed = true;
  }
  return changed;
}

TPU_REGISTER(register_pass({.name = kSinkReshapeName,
                            .summary = "carry views past elementwise ops to where they cancel",
                            .stage = PassStage::kOptimise,
                            .order = 28,
                            .family = &kTransposeElimination,
                            .run = sink_reshape}));

}  // namespace
}  // namespace tpuscope
