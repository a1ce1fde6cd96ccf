// Channels last: permutes between ops that do not care about the order of axes.
//
// Why: TensorFlow and Keras keep channels last, ONNX has them second. Exporters put a permute
// before and after each convolution and leave the ops between (bias, activation, padding, residual
// sums, concats, means) in the other order, so that every convolution is a round trip through DDR
// more. torch's exporter does the same around the assignment of a slice. Structure: a region of ops
// that can work in either order, grown from a permute over all users and operands; at its border
// stand permutes. Working in the order before the permute, the region needs no permute where one
// is now, and one where there is none: it is turned when that moves fewer elements. Ops that can:
// elementwise ones, Concat, Pad, Slice, Reduce that keeps its axes or whose other axes stay in
// order. When it moves as many, a region is turned that begins after a convolution with a constant
// per channel, which then becomes part of the convolution. Conditions: for elementwise ops and
// Reduce the permute takes the channels from the second to the last axis or back, since other
// orders (heads of attention) are the business of switches that can be turned off.
//
//   c = Conv(x, w)  p = Permute(c) order=[0,2,3,1]  r = Relu(p)  q = Permute(r) order=[0,3,1,2]
//   y = Conv(q, v)
//   becomes  c = Conv(x, w)  r = Relu(c)  y = Conv(r, v)

#include <algorithm>
#include <map>
#include <set>

#include "graph/idioms/match.h"
#include "graph/idioms/weights.h"
#include "graph/permutation.h"
#include "graph/queries.h"

namespace tpuscope {
namespace {

constexpr std::string_view kChannelsLastPass = "channels_last";
/// Regions end at convolutions; one larger than this is no such region, and costs its square.
constexpr std::size_t kMaxRegion = 4096;

bool is_permute_op(const Op& op) {
  return op.is("Permute");
}
Permutation order_of_permute(const Op& op) {
  const auto order = Permutation::from(op.attributes.integers("order"));
  TPU_CHECK(order.has_value(), "{} has no valid order", op.name);
  return *order;
}

/// Whether the order takes the second axis to the end or the last one to the second place.
bool moves_channels(const Permutation& order) {
  const std::size_t rank = order.rank();
  if (rank < 3 || order[0] != 0) return false;
  bool to_last = true;
  bool to_second = order[1] == rank - 1;
  for (std::size_t axis = 1; axis < rank; ++axis) {
    to_last = to_last && order[axis] == (axis + 1 == rank ? 1 : axis + 1);
    to_second = to_second && (axis == 1 || order[axis] == axis - 1);
  }
  return to_last || to_second;
}

/// A list with an entry per axis, from the permuted order to the one before it.
IntList unpermuted_list(const IntList& list, const Permutation& order, std::size_t begin = 0) {
  IntList result(order.rank());
  for (std::size_t axis = 0; axis < order.rank(); ++axis)
    result[order[axis]] = list[begin + axis];
  return result;
}

Shape with_leading_ones(const Shape& shape, std::size_t rank) {
  Shape full = shape;
  full.insert(full.begin(), rank - std::min(rank, full.size()), 1);
  return full;
}

/// Axes that a Reduce keeps, in the order before the permute.
std::vector<std::size_t> kept_axes(const Op& reduce, const Permutation& order) {
  std::vector<bool> folded(order.rank(), reduce.attributes.integers("axes").empty());
  for (const std::int64_t axis : reduce.attributes.integers("axes"))
    folded[*normalised_axis(axis, order.rank())] = true;
  std::vector<std::size_t> kept;
  for (std::size_t axis = 0; axis < order.rank(); ++axis) {
    if (!folded[axis]) kept.push_back(order[axis]);
  }
  return kept;
}

bool drops_axes(const Op& op) {
  return op.is("Reduce") && !op.attributes.flag("keepdims");
}

/// The region that grows from one permute.
class LayoutRegion {
 public:
  LayoutRegion(const Graph& graph, OpId seed)
      : graph_(graph), order_(order_of_permute(graph[seed])), all_kinds_(moves_channels(order_)) {
    add_source(seed);
    while (!pending_.empty() || !joining_.empty()) {
      if (!joining_.empty()) {
        const OpId op = joining_.back();
        joining_.pop_back();
        read_operands(op);
        continue;
      }
      const Value value = pending_.back();
      pending_.pop_back();
      for (const Use& use : graph_.uses(value))
        visit(value, use);
      if (ops_.size() > kMaxRegion) break;
    }
  }

  const Permutation& order() const { return order_; }
  const std::set<OpId>& sources() const { return sources_; }
  const std::set<OpId>& ops() const { return ops_; }
  const std::set<Value>& values() const { return values_; }
  const std::set<Use>& leaving() const { return leaving_; }
  bool has(Value value) const { return values_.contains(value); }

  bool is_worthwhile() const {
    if (ops_.empty() || ops_.size() > kMaxRegion) return false;
    const std::int64_t gain = saved() - cost();
    return gain > 0 || (gain == 0 && joins_convolutions());
  }

 private:
  void add_source(OpId permute) {
    if (sources_.insert(permute).second) add_value({permute, 0});
  }
  void add_value(Value value) {
    if (values_.insert(value).second) pending_.push_back(value);
  }

  void visit(Value value, const Use& use) {
    const Op& op = graph_[use.op];
    if (is_permute_op(op)) {
      sinks_.insert(use.op);
    } else if (can_turn(use.op)) {
      join(use.op);
    } else {
      leaving_.insert(use);
      left_.insert(value);
    }
  }

  void join(OpId id) {
    if (!ops_.insert(id).second) return;
    joining_.push_back(id);
    if (!drops_axes(graph_[id])) add_value({id, 0});
  }

  /// What an op of the region reads joins it where it can.
  void read_operands(OpId id) {
    for (const Value operand : graph_[id].inputs) {
      const OpId producer = operand.op;
      if (has(operand)) continue;
      if (is_permute_op(graph_[producer]) && order_of_permute(graph_[producer]) == order_) {
        add_source(producer);
      } else if (is_weight(graph_, operand) || follows(operand)) {
        continue;
      } else if (can_turn(producer) && !drops_axes(graph_[producer])) {
        join(producer);
      } else {
        entering_.insert(operand);
      }
    }
  }

  /// Whether only axes of extent 1 of an operand change place.
  bool follows(Value operand) const {
    const Shape& shape = graph_.type(operand).shape;
    return shape.size() <= order_.rank() &&
           order_.inverse().is_reshape_of(with_leading_ones(shape, order_.rank()));
  }

  bool can_turn(OpId id) const {
    const Op& op = graph_[id];
    if (op.results.size() != 1 || op.inputs.empty()) return false;
    const std::size_t rank = order_.rank();
    const auto has_rank = [&](Value value) { return graph_.type(value).rank() == rank; };
    if (op.is("Concat")) return std::all_of(op.inputs.begin(), op.inputs.end(), has_rank);
    if (op.is("Pad") || op.is("Slice")) return has_rank(op.inputs[0]);
    if (!all_kinds_) return false;
    if (op.is("Reduce")) {
      if (!has_rank(op.inputs[0])) return false;
      const std::vector<std::size_t> kept = kept_axes(op, order_);
      return !drops_axes(op) || std::is_sorted(kept.begin(), kept.end());
    }
    if (op.def->layout != LayoutRule::kElementwise || !has_rank({id, 0})) return false;
    return std::all_of(op.inputs.begin(), op.inputs.end(), [&](Value operand) {
      return has_rank(operand) || is_weight(graph_, operand) || follows(operand);
    });
  }

  std::int64_t bytes(Value value) const { return graph_.type(value).bytes(); }

  /// What permutes move today that would be gone.
  std::int64_t saved() const {
    std::int64_t total = 0;
    for (const OpId source : sources_)
      total += bytes({source, 0});
    for (const OpId sink : sinks_) {
      const Permutation rest = order_.then(order_of_permute(graph_[sink]));
      const Shape before = order_.inverse().apply(graph_.type(graph_[sink].inputs[0]).shape);
      if (rest.is_reshape_of(before)) total += bytes({sink, 0});
    }
    return total;
  }

  /// What new ones would move.
  std::int64_t cost() const {
    std::int64_t total = 0;
    for (const Value value : left_)
      total += bytes(value);
    for (const Value value : entering_) {
      if (!has(value)) total += bytes(value);
    }
    return total;
  }

  /// Whether the region is what a convolution could take in: each source reads one that nothing
  /// else reads, and is read by arithmetic with a constant.
  bool joins_convolutions() const {
    return std::all_of(sources_.begin(), sources_.end(), [&](OpId source) {
      const Value before = graph_[source].inputs[0];
      const Op& producer = graph_[before.op];
      if (!producer.is("Conv") && !producer.is("ConvTranspose")) return false;
      const std::vector<Use> uses = graph_.uses({source, 0});
      if (!graph_.has_single_use(before) || uses.size() != 1) return false;
      const Op& user = graph_[uses[0].op];
      const bool is_affine = user.is("Add") || user.is("Sub") || user.is("Mul");
      return is_affine && ops_.contains(uses[0].op) &&
             is_weight(graph_, user.inputs[1 - uses[0].operand]);
    });
  }

  const Graph& graph_;
  Permutation order_;
  bool all_kinds_;
  std::set<OpId> sources_{};    ///< permutes whose operand is in the order wanted
  std::set<OpId> sinks_{};      ///< permutes of the region's values
  std::set<OpId> ops_{};        ///< to be turned
  std::set<Value> values_{};    ///< in the permuted order today
  std::set<Value> left_{};      ///< of those, the ones that others read, who need them as they are
  std::set<Use> leaving_{};     ///< where those read them
  std::set<Value> entering_{};  ///< operands that need a permute of their own
  std::vector<Value> pending_{};  ///< whose users are still to be visited
  std::vector<OpId> joining_{};   ///< whose operands are
};

/// Puts a region in the order before its permutes.
class RegionTurn {
 public:
  RegionTurn(Graph& graph, const LayoutRegion& region)
      : graph_(graph), region_(region), back_(region.order().inverse()) {}

  void run() {
    for (const OpId source : region_.sources())
      turned_[{source, 0}] = graph_[source].inputs[0];
    for (const OpId id : graph_.topological_order()) {
      if (region_.ops().contains(id)) turn(id);
    }
    for (const Value value : region_.values())
      reconnect(value);
    graph_.erase_unused();
    successors_.take_names(graph_);
  }

 private:
  Value add(std::string_view type, Attributes attributes, const std::vector<Value>& inputs,
            OpId like) {
    const Op& op = graph_[like];
    return {graph_.add_checked({.type = type,
                                .name = op.name,
                                .attributes = std::move(attributes),
                                .origin = op.origin,
                                .made_by = std::string(kChannelsLastPass)},
                               inputs, &like)};
  }

  /// A constant with its axes in the order before the permute.
  Value turned_constant(Value constant, OpId near) {
    const std::size_t rank = region_.order().rank();
    const TensorType type = graph_.type(constant);
    if (type.elements() == 1 && type.rank() == 0) return constant;
    const Shape from = with_leading_ones(type.shape, rank);
    const TensorType to{type.dtype, back_.apply(from)};
    const std::vector<std::int64_t> strides = dense_strides(from);
    const auto element = [&](const WeightValues& values, std::int64_t i) {
      std::int64_t at = 0;
      for (std::size_t axis = rank; axis-- > 0;) {
        at += i % to.shape[axis] * strides[back_[axis]];
        i /= to.shape[axis];
      }
      return (*values[0])[at];
    };
    return derived_weight(graph_, near, to, {constant}, element, kChannelsLastPass);
  }

  Value turned_operand(Value operand, OpId near) {
    if (const auto found = turned_.find(operand); found != turned_.end()) return found->second;
    if (is_weight(graph_, operand)) return turned_constant(operand, near);
    const std::size_t rank = region_.order().rank();
    const Shape full = with_leading_ones(graph_.type(operand).shape, rank);
    if (back_.is_reshape_of(full)) {
      const Shape shape = back_.apply(full);
      if (graph_.type(operand).shape == shape) return operand;
      return add("Reshape", {{"shape", shape}}, {operand}, near);
    }
    const Value moved = add("Permute", {{"order", back_.to_list()}}, {operand}, near);
    turned_[operand] = moved;
    return moved;
  }

  Attributes turned_attributes(const Op& op) const {
    const Permutation& order = region_.order();
    Attributes attributes = op.attributes;
    if (op.is("Concat")) {
      const auto axis = normalised_axis(attributes.integer("axis"), order.rank());
      attributes.set("axis", static_cast<std::int64_t>(order[*axis]));
    } else if (op.is("Pad")) {
      const IntList& pads = op.attributes.integers("pads");
      IntList turned = unpermuted_list(pads, order);
      const IntList ends = unpermuted_list(pads, order, order.rank());
      turned.insert(turned.end(), ends.begin(), ends.end());
      attributes.set("pads", turned);
    } else if (op.is("Slice")) {
      for (const char* list : {"starts", "extents", "steps"}) {
        const IntList& given = op.attributes.integers(list);
        if (!given.empty()) attributes.set(list, unpermuted_list(given, order));
      }
    } else if (op.is("Reduce")) {
      IntList axes;
      for (const std::int64_t axis : op.attributes.integers("axes"))
        axes.push_back(static_cast<std::int64_t>(order[*normalised_axis(axis, order.rank())]));
      std::sort(axes.begin(), axes.end());
      attributes.set("axes", axes);
    }
    return attributes;
  }

  void turn(OpId id) {
    const Op op = graph_[id];
    std::vector<Value> inputs = op.inputs;
    const bool has_indices = op.is("Pad") || op.is("Slice") || op.is("Reduce");
    for (std::size_t i = 0; i < (has_indices ? 1 : inputs.size()); ++i)
      inputs[i] = turned_operand(inputs[i], id);
    const Value result = add(op.def->name, turned_attributes(op), inputs, id);
    turned_[{id, 0}] = result;
    successors_.note(graph_, id, result.op);
    if (!drops_axes(op)) return;
    graph_.replace_uses({id, 0}, result);  // the axes that are left have kept their order
  }

  /// Permutes after a value read what was before them; others get the value as it was.
  void reconnect(Value value) {
    const Value now = turned_.at(value);
    for (const Use& use : graph_.uses(value)) {
      const Op user = graph_[use.op];
      if (is_permute_op(user)) {
        const Permutation rest = region_.order().then(order_of_permute(user));
        graph_.replace_uses({use.op, 0}, permuted(now, rest, use.op));
      } else if (region_.leaving().contains(use)) {
        const auto [known, is_new] = kept_.try_emplace(value, value);
        if (is_new) known->second = permuted(now, region_.order(), value.op);
        graph_.set_input(use.op, use.operand, known->second);
      }
    }
  }

  Value permuted(Value value, const Permutation& order, OpId like) {
    if (order.is_identity()) return value;
    const Shape& shape = graph_.type(value).shape;
    if (order.is_reshape_of(shape)) {
      return add("Reshape", {{"shape", order.apply(shape)}}, {value}, like);
    }
    return add("Permute", {{"order", order.to_list()}}, {value}, like);
  }

  Graph& graph_;
  const LayoutRegion& region_;
  Permutation back_;
  std::map<Value, Value> turned_{};  ///< by the value in the permuted order
  std::map<Value, Value> kept_{};    ///< permuted again for those who need it so
  Successors successors_{};
};

Result<bool> run_channels_last(Graph& graph, const PassContext& context) {
  bool changed = false;
  for (const OpId id : graph.topological_order()) {
    const Op& op = graph[id];
    if (op.is_dead || !is_permute_op(op) || graph.uses(id).empty()) continue;
    if (order_of_permute(op).is_reshape_of(graph.type(op.inputs[0]).shape)) continue;
    const LayoutRegion region(graph, id);
    if (!region.is_worthwhile()) continue;
    RegionTurn(graph, region).run();
    context.count("regions turned");
    changed = true;
  }
  return changed;
}

TPU_REGISTER(register_pass({.name = kChannelsLastPass,
                            .summary = "drops permutes around ops that work in either order",
                            .stage = PassStage::kImport,
                            .order = 45,  // norms over the channels, once found, end a region
                            .run = run_channels_last}));

}  // namespace
}  // namespace tpuscope
