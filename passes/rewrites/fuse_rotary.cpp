// fuse_rotary: rotary position embedding written with elementary ops becomes one Rope.
//
// Why: exporters turn queries and keys with copies of halves, a negation, products and a sum, whose
// parts go through memory one by one; the vendor's compiler has one operator for all of it, which
// shares a group with that of the other tensor.
//
// How: two forms,
//   y = x * cos + Concat(-x2, x1) * sin      (x1 and x2 are the halves of x's rows)
//   y = Concat(x1 * cos - x2 * sin, x2 * cos + x1 * sin)      (tables of half a row)
// with x [B,heads,tokens,d] or [B,tokens,heads,d]. Rope takes the latter; a Permute before it
// cancels with that of the exporter. A table of half a row is doubled: where it is gathered from a
// constant, that constant is.
// Not when
//   - the tensor is not in half precision: there is no kernel of attention to feed;
//   - the tables differ from head to head, or have fewer rows of a batch than x.
//
// Example:  Add(Mul(x, c), Mul(t, s))     becomes     Rope(x, c, s)

#include <algorithm>
#include <map>
#include <optional>

#include "graph/idioms/match.h"
#include "graph/idioms/slices.h"
#include "graph/idioms/weights.h"
#include "passes/rewrites/heads_first.h"
#include "passes/rewrites/rewrite.h"

namespace tpuscope {
namespace {

constexpr std::string_view kFuseRotary = "fuse_rotary";
constexpr std::size_t kWidth = 3;  // the axis of a row

/// x, turned by two tables.
struct Turn {
  Value x{};
  Value cosine{};
  Value sine{};
};

/// The tensor of which `value` is the half of all rows that begins at `start`.
std::optional<Value> half_of(const Graph& graph, Value value, bool is_second) {
  if (!graph[value.op].is("Slice")) return std::nullopt;
  const SlicedBox box = sliced_box(graph, value, graph[value.op].inputs[0]);
  const Shape& whole = graph.type(box.source).shape;
  if (whole.size() != 4 || whole[kWidth] % 2 != 0) return std::nullopt;
  Shape extents = whole;
  extents[kWidth] /= 2;
  IntList starts(whole.size(), 0);
  if (is_second) starts[kWidth] = extents[kWidth];
  const bool has_steps =
      std::any_of(box.steps.begin(), box.steps.end(), [](std::int64_t step) { return step != 1; });
  if (box.extents != extents || box.starts != starts || has_steps) return std::nullopt;
  return box.source;
}

/// The tensor whose rows `value` has with the second half, negated, in front.
std::optional<Value> turned_rows(const Graph& graph, Value value) {
  const Op* joined = producer(graph, value, "Concat");
  if (joined == nullptr || joined->inputs.size() != 2 || !is_last_axis(graph, *joined))
    return std::nullopt;
  const Op* negated = producer(graph, joined->inputs[0], "Neg");
  if (negated == nullptr) return std::nullopt;
  const std::optional<Value> second = half_of(graph, negated->inputs[0], true);
  const std::optional<Value> first = half_of(graph, joined->inputs[1], false);
  return second && first == second ? first : std::nullopt;
}

/// x * cos + turned x * sin.
std::optional<Turn> turn_by_rows(const Graph& graph, const Op& sum) {
  const Op* left = producer(graph, sum.inputs[0], "Mul");
  const Op* right = producer(graph, sum.inputs[1], "Mul");
  if (left == nullptr || right == nullptr) return std::nullopt;
  for (const auto& [plain, moved] : {std::pair{left, right}, std::pair{right, left}}) {
    for (const std::size_t at : {0U, 1U}) {
      const std::optional<Value> x = turned_rows(graph, moved->inputs[at]);
      if (!x) continue;
      for (const std::size_t own : {0U, 1U}) {
        if (plain->inputs[own] == *x)
          return Turn{*x, plain->inputs[1 - own], moved->inputs[1 - at]};
      }
    }
  }
  return std::nullopt;
}

/// A product of a half of x's rows with a table.
struct HalfProduct {
  Value x{};
  bool is_second = false;
  Value table{};
};
std::optional<HalfProduct> half_product(const Graph& graph, Value value) {
  const Op* product = producer(graph, value, "Mul");
  if (product == nullptr) return std::nullopt;
  for (const std::size_t at : {0U, 1U}) {
    for (const bool is_second : {false, true}) {
      if (const auto x = half_of(graph, product->inputs[at], is_second))
        return HalfProduct{*x, is_second, product->inputs[1 - at]};
    }
  }
  return std::nullopt;
}

/// Concat(x1 * cos - x2 * sin, x2 * cos + x1 * sin), the sum either way round.
std::optional<Turn> turn_by_halves(const Graph& graph, const Op& joined) {
  if (joined.inputs.size() != 2 || !is_last_axis(graph, joined)) return std::nullopt;
  const Op* real = producer(graph, joined.inputs[0], "Sub");
  const Op* imaginary = producer(graph, joined.inputs[1], "Add");
  if (real == nullptr || imaginary == nullptr) return std::nullopt;
  const auto first_cos = half_product(graph, real->inputs[0]);
  const auto second_sin = half_product(graph, real->inputs[1]);
  auto second_cos = half_product(graph, imaginary->inputs[0]);
  auto first_sin = half_product(graph, imaginary->inputs[1]);
  if (!first_cos || !second_sin || !second_cos || !first_sin) return std::nullopt;
  if (!second_cos->is_second) std::swap(second_cos, first_sin);
  const Value x = first_cos->x;
  const bool same_x = second_sin->x == x && second_cos->x == x && first_sin->x == x;
  const bool halves = !first_cos->is_second && second_sin->is_second && second_cos->is_second &&
                      !first_sin->is_second;
  const bool tables =
      first_cos->table == second_cos->table && second_sin->table == first_sin->table;
  if (!same_x || !halves || !tables) return std::nullopt;
  return Turn{x, first_cos->table, second_sin->table};
}

/// The extents of a table of angles, with leading ones.
Shape table_shape(const Graph& graph, Value table) {
  Shape shape = graph.type(table).shape;
  while (shape.size() < 4)
    shape.insert(shape.begin(), 1);
  return shape;
}

class RotaryFusion {
 public:
  RotaryFusion(Graph& graph, const PassContext& context) : graph_(graph), context_(context) {}

  bool run() {
    bool changed = false;
    for (const OpId id : graph_.topological_order()) {
      if (graph_[id].is_dead) continue;
      const Op& op = graph_[id];
      std::optional<Turn> turn;
      if (op.is("Add")) turn = turn_by_rows(graph_, op);
      if (op.is("Concat")) turn = turn_by_halves(graph_, op);
      changed = (turn && fuse(id, *turn)) || changed;
    }
    return changed;
  }

 private:
  bool fuse(OpId root, const Turn& turn) {
    const TensorType type = graph_.type(turn.x);
    if (type.rank() != 4 || !is_half(type.dtype)) return false;
    const Shape cosine = table_shape(graph_, turn.cosine);
    const bool heads_first = cosine[1] == 1 && cosine[2] == type.shape[2];
    const bool tokens_first = cosine[2] == 1 && cosine[1] == type.shape[1];
    const std::int64_t width = type.shape[kWidth];
    const bool fits = cosine == table_shape(graph_, turn.sine) && cosine[0] == type.shape[0] &&
                      (cosine[kWidth] == width || 2 * cosine[kWidth] == width) &&
                      graph_.type(turn.cosine).dtype == type.dtype &&
                      graph_.type(turn.sine).dtype == type.dtype;
    if (!fits || (!heads_first && !tokens_first)) {
      context_.explain(graph_[root].name, "stays: its tables have another form");
      return false;
    }
    const std::int64_t tokens = type.shape[heads_first ? 2 : 1];
    const Shape wanted{type.shape[0], tokens, 1, width};
    const Op like = graph_[root];
    const Value x = heads_first ? heads_moved(graph_, turn.x, root, kFuseRotary) : turn.x;
    const Value rope{graph_.add_checked(
        {.type = "Rope",
         .name = like.name,
         .result_names = {like.results[0].name},
         .origin = like.origin,
         .made_by = std::string(kFuseRotary)},
        {x, table(turn.cosine, wanted, root), table(turn.sine, wanted, root)}, &root)};
    replace(graph_, root, heads_first ? heads_moved(graph_, rope, root, kFuseRotary) : rope);
    context_.count("rotations made one op");
    return true;
  }

  /// The table in the form that Rope takes; of tensors that are turned alike, the same one.
  Value table(Value value, const Shape& wanted, OpId near) {
    const auto [known, is_new] = tables_.try_emplace({value, wanted}, value);
    if (!is_new) return known->second;
    const std::int64_t width = table_shape(graph_, value)[kWidth];
    if (width != wanted[kWidth]) value = doubled(value, near);
    if (is_weight(graph_, value)) {
      known->second = reshaped_weight(graph_, near, value, wanted, kFuseRotary);
    } else {
      known->second = add_reshape(graph_, value, wanted, near, graph_[value.op], kFuseRotary);
    }
    return known->second;
  }

  /// Each row twice: of a constant, of rows of a constant, or of anything.
  Value doubled(Value value, OpId near) {
    const auto [known, is_new] = doubled_.try_emplace(value, value);
    if (!is_new) return known->second;
    const Op op = graph_[value.op];
    TensorType type = graph_.type(value);
    const std::int64_t width = type.shape.back();
    type.shape.back() *= 2;
    if (is_weight(graph_, value)) {
      known->second = derived_weight(
          graph_, near, type, {value},
          [width](const WeightValues& values, std::int64_t i) {
            return (*values[0])[i / (2 * width) * width + i % width];
          },
          kFuseRotary);
    } else if (op.is("Gather") && op.attributes.integer("axis") == 0 &&
               is_weight(graph_, op.inputs[0]) && graph_.type(op.inputs[0]).rank() > 1) {
      known->second = add({.type = "Gather", .name = op.name, .attributes = op.attributes},
                          {doubled(op.inputs[0], near), op.inputs[1]}, near, op);
    } else if (op.def->layout == LayoutRule::kView && graph_.type(op.inputs[0]).rank() > 0 &&
               graph_.type(op.inputs[0]).shape.back() == width) {
      known->second =
          add_reshape(graph_, doubled(op.inputs[0], near), type.shape, near, op, kFuseRotary);
    } else {
      const auto axis = static_cast<std::int64_t>(type.rank()) - 1;
      known->second = add({.type = "Concat", .name = op.name, .attributes = {{"axis", axis}}},
                          {value, value}, near, op);
    }
    return known->second;
  }

  Value add(OpSpec spec, const std::vector<Value>& inputs, OpId near, const Op& like) {
    spec.origin = like.origin;
    spec.made_by = std::string(kFuseRotary);
    return {graph_.add_checked(std::move(spec), inputs, &near)};
  }

  Graph& graph_;
  const PassContext& context_;
  std::map<std::pair<Value, Shape>, Value> tables_{};
  std::map<Value, Value> doubled_{};
};

Result<bool> fuse_rotary(Graph& graph, const PassContext& context) {
  return RotaryFusion(graph, context).run();
}

TPU_REGISTER(register_pass({.name = kFuseRotary,
                            .summary = "make rotary position embedding one op",
                            .stage = PassStage::kOptimise,
                            .order = 0,
                            .family = &kLanguageOperators,
                            .since = 2022,
                            .run = fuse_rotary}));

}  // namespace
}  // namespace tpuscope
