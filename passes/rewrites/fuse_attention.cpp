// fuse_attention: the attention of a language model becomes one GroupedAttention.
//
// Why: products, masks and Softmax of all heads at once send the square of scores through memory,
// keys and values that query heads share are copied for each of them, and a cache is joined with
// the new tokens before it is read. The vendor's compiler has one operator for all of it, which
// reads the cache where it lies.
//
// How: from a Softmax downwards to the product with the values, and upwards through a scale, masks
// and views to the product of queries and keys. Keys and values may be repeated (Expand) or have
// queries of several heads as rows of one product; earlier ones may come first (Concat).
// Not when
//   - nothing says that it is a language model's: no cache, no shared keys, no rotation (Rope);
//     attention of encoders is cut into heads or groups, as the compiler does;
//   - there is neither a mask nor a single query, or the mask differs from head to head;
//   - the batch is not 1, the tensors are not in half precision, or the scores are capped.
//
// Example:  MatMul(Softmax(Add(MatMul(q, k), m)), v)     becomes     GroupedAttention(q, k, v, m)

#include <algorithm>
#include <optional>

#include "graph/idioms/match.h"
#include "graph/idioms/weights.h"
#include "passes/rewrites/heads_first.h"
#include "passes/rewrites/rewrite.h"

namespace tpuscope {
namespace {

constexpr std::string_view kFuseAttention = "fuse_attention";
/// Ops between a Softmax and a product; no exporter writes more.
constexpr int kMostSteps = 12;

/// Keys or values: [1,heads,n,d], or with the two inner axes exchanged.
struct KeySide {
  Value value{};
  bool is_heads_first = true;
  double scale = 1;
  std::optional<Value> past{};
  Value fresh{};
};

struct AttentionMatch {
  OpId root{};  ///< makes the sums of values, [1,heads,m,d]
  Value query{};
  KeySide key{};
  KeySide value{};
  double scale = 1;
  std::optional<Value> mask{};     ///< added to scores
  std::optional<Value> visible{};  ///< true where scores count
  std::int64_t heads = 1;
  std::int64_t kv_heads = 1;
  std::int64_t queries = 1;
  std::int64_t keys = 1;
};

class AttentionMatcher {
 public:
  explicit AttentionMatcher(const Graph& graph) : graph_(graph) {}

  std::optional<AttentionMatch> match(OpId softmax) {
    const Op& op = graph_[softmax];
    const Shape& shape = op.results[0].type.shape;
    const std::int64_t axis = op.attributes.integer("axis");
    if (shape.size() != 4 || shape[0] != 1 || (axis != -1 && axis != 3)) return std::nullopt;
    found_ = {.keys = shape[3]};
    const std::optional<Value> product = scores_product(op.inputs[0]);
    if (!product || !match_sums({softmax}) || !match_query(*product)) return std::nullopt;
    if (!match_shapes()) return std::nullopt;
    return found_;
  }

 private:
  const Shape& shape_of(Value value) const { return graph_.type(value).shape; }

  bool leads_to_product(Value value) const {
    for (int step = 0; step < kMostSteps; ++step) {
      const Op& op = graph_[value.op];
      if (op.is("MatMul")) return !is_weight(graph_, op.inputs[1]);
      const bool passes = op.is("Mul") || op.is("Div") || op.is("Cast") || op.is("Add") ||
                          op.is("Where") || op.def->layout == LayoutRule::kView;
      if (!passes) return false;
      value = op.is("Where") ? op.inputs[1] : op.inputs[0];
    }
    return false;
  }

  /// Upwards from the scores to the product of queries and keys; fills scale and masks.
  std::optional<Value> scores_product(Value value) {
    for (int step = 0; step < kMostSteps; ++step) {
      const Op& op = graph_[value.op];
      if (!graph_.has_single_use(value)) return std::nullopt;
      if (op.is("MatMul")) return value;
      if (op.is("Cast") || op.def->layout == LayoutRule::kView) {
        value = op.inputs[0];
      } else if (const auto unscaled = without_factor(op, found_.scale)) {
        value = *unscaled;
      } else if (op.is("Add") && !found_.mask) {
        const std::size_t at = leads_to_product(op.inputs[0]) ? 0 : 1;
        found_.mask = op.inputs[1 - at];
        value = op.inputs[at];
      } else if (op.is("Where") && !found_.visible && scalar(graph_, op.inputs[2]) < -1e3) {
        found_.visible = op.inputs[0];
        value = op.inputs[1];
      } else {
        return std::nullopt;
      }
    }
    return std::nullopt;
  }

  /// The operand of a product with a number, or of a quotient by one.
  std::optional<Value> without_factor(const Op& op, double& scale) const {
    if (!op.is("Mul") && !op.is("Div")) return std::nullopt;
    for (const std::size_t at : {1U, 0U}) {
      if (at == 0 && op.is("Div")) break;
      const std::optional<double> number = scalar(graph_, op.inputs[at]);
      if (!number || *number == 0) continue;
      scale *= op.is("Div") ? 1 / *number : *number;
      return op.inputs[1 - at];
    }
    return std::nullopt;
  }

  std::optional<Use> only_use(Value value) const {
    const std::vector<Use> uses = graph_.uses(value);
    return uses.size() == 1 ? std::optional(uses[0]) : std::nullopt;
  }

  /// Downwards from the shares to the product with the values, and the view of its heads.
  bool match_sums(Value shares) {
    std::optional<Use> use = only_use(shares);
    while (use && use->operand == 0 &&
           (graph_[use->op].is("Cast") || graph_[use->op].def->layout == LayoutRule::kView)) {
      use = only_use({use->op});
    }
    if (!use || use->operand != 0 || !graph_[use->op].is("MatMul")) return false;
    const Op& sums = graph_[use->op];
    if (!is_plain(sums) || sums.attributes.flag("right_transpose")) return false;
    found_.root = use->op;
    found_.value.value = sums.inputs[1];
    return true;
  }

  static bool is_plain(const Op& product) {
    return product.inputs.size() == 2 && !has_relu(product) &&
           !product.attributes.flag("left_transpose") && !product.attributes.flag("hdim_is_batch");
  }

  bool match_query(Value product) {
    const Op& op = graph_[product.op];
    if (!is_plain(op) || shape_of(op.inputs[0]).size() != 4) return false;
    found_.query = op.inputs[0];
    found_.key.value = op.inputs[1];
    if (!op.attributes.flag("right_transpose")) {
      const Op* swapped = producer(graph_, op.inputs[1], "Permute");
      if (swapped == nullptr) return false;
      const IntList order = swapped->attributes.integers("order");
      if (order != IntList{0, 1, 3, 2} && order != IntList{0, 2, 3, 1}) return false;
      found_.key.is_heads_first = order == IntList{0, 1, 3, 2};
      found_.key.value = swapped->inputs[0];
    }
    return true;
  }

  bool match_shapes() {
    if (!resolve(found_.key) || !resolve(found_.value)) return false;
    unwrap_query();
    const Shape& query = shape_of(found_.query);
    if (query.size() != 4 || query[0] != 1) return false;
    found_.heads = query[1];
    found_.queries = query[2];
    const Shape fresh = tokens_first(found_.key);
    found_.kv_heads = fresh[2];
    found_.scale *= found_.key.scale;
    const Shape& sums = shape_of({found_.root});
    const bool has_sums = element_count(sums) == found_.heads * found_.queries * query[3];
    return fresh == tokens_first(found_.value) && fresh[0] == 1 && fresh[3] == query[3] &&
           found_.heads % found_.kv_heads == 0 && has_sums && found_.value.scale == 1 &&
           found_.key.past.has_value() == found_.value.past.has_value();
  }

  /// The shape of the new keys or values as [1,n,heads,d].
  Shape tokens_first(const KeySide& side) const {
    Shape shape = shape_of(side.fresh);
    if (side.is_heads_first) std::swap(shape[1], shape[2]);
    return shape;
  }

  /// Queries before they were scaled, and before those of heads with a shared key became rows of
  /// one product.
  void unwrap_query() {
    for (int step = 0; step < kMostSteps; ++step) {
      const Op& op = graph_[found_.query.op];
      if (const auto unscaled = without_factor(op, found_.scale)) {
        found_.query = *unscaled;
        continue;
      }
      const Shape& shape = shape_of(found_.query);
      if (op.def->layout != LayoutRule::kView) return;
      const Shape& before = shape_of(op.inputs[0]);
      const bool groups = before.size() == 4 && shape.size() == 4 && before[3] == shape[3] &&
                          before[0] == 1 && shape[1] < before[1] && before[1] % shape[1] == 0;
      if (!groups) return;
      found_.query = op.inputs[0];
    }
  }

  /// Where keys or values come from: scales, repetitions and the cache.
  bool resolve(KeySide& side) const {
    if (shape_of(side.value).size() != 4) return false;
    while (const auto unscaled = without_factor(graph_[side.value.op], side.scale))
      side.value = *unscaled;
    if (!enter_permute(side)) return false;
    if (const auto single = before_repetition(side)) {
      side.value = *single;
      if (!enter_permute(side)) return false;
    }
    side.fresh = side.value;
    // A buffer longer than what it holds is read from its front.
    const Op* front = producer(graph_, side.value, "Slice");
    const Op* joined = producer(graph_, front != nullptr ? front->inputs[0] : side.value, "Concat");
    if (joined == nullptr || joined->inputs.size() < 2) return true;
    const std::size_t axis = side.is_heads_first ? 2 : 1;
    const auto joined_axis = normalised_axis(joined->attributes.integer("axis"), 4);
    if (!joined_axis.ok() || *joined_axis != axis) return true;
    const std::int64_t past = shape_of(joined->inputs[0])[axis];
    const std::int64_t fresh = shape_of(joined->inputs[1])[axis];
    if (past + fresh != shape_of(side.value)[axis]) return false;
    side.past = joined->inputs[0];
    side.fresh = joined->inputs[1];
    return true;
  }

  /// Heads in front of tokens are a Permute of what was behind them.
  bool enter_permute(KeySide& side) const {
    const Op* permute = producer(graph_, side.value, "Permute");
    if (permute == nullptr) return true;
    if (permute->attributes.integers("order") != IntList{0, 2, 1, 3}) return false;
    side.is_heads_first = !side.is_heads_first;
    side.value = permute->inputs[0];
    return true;
  }

  /// What a Reshape of an Expand repeats for each query head of a group.
  std::optional<Value> before_repetition(const KeySide& side) const {
    const Op& merged = graph_[side.value.op];
    if (merged.def->layout != LayoutRule::kView) return std::nullopt;
    const Op* repeated = producer(graph_, merged.inputs[0], "Expand");
    if (repeated == nullptr) return std::nullopt;
    const Shape& wide = repeated->results[0].type.shape;
    const Shape& narrow = shape_of(repeated->inputs[0]);
    const std::size_t copies = side.is_heads_first ? 2 : 3;
    if (wide.size() != 5 || narrow.size() != 5 || narrow[copies] != 1) return std::nullopt;
    Shape expected = narrow;
    expected[copies] = wide[copies];
    const Op& view = graph_[repeated->inputs[0].op];
    if (wide != expected || view.def->layout != LayoutRule::kView) return std::nullopt;
    expected.erase(expected.begin() + static_cast<std::ptrdiff_t>(copies));
    expected[copies - 1] = wide[copies - 1];
    if (shape_of(view.inputs[0]) != expected) return std::nullopt;
    return view.inputs[0];
  }

  const Graph& graph_;
  AttentionMatch found_{};
};

class AttentionFusion {
 public:
  AttentionFusion(Graph& graph, const PassContext& context) : graph_(graph), context_(context) {}

  bool run() {
    bool changed = false;
    for (const OpId id : graph_.topological_order()) {
      if (graph_[id].is_dead || !graph_[id].is("Softmax")) continue;
      const std::optional<AttentionMatch> found = AttentionMatcher(graph_).match(id);
      changed = (found && fuse(*found)) || changed;
    }
    return changed;
  }

 private:
  bool fuse(const AttentionMatch& found) {
    const DType type = graph_.type(found.query).dtype;
    if (!is_half(type)) return false;
    near_ = found.root;
    const Value query = heads_moved(graph_, found.query, near_, kFuseAttention);
    OpId turned = query.op;
    while (graph_[turned].def->layout == LayoutRule::kView)
      turned = graph_[turned].inputs[0].op;
    const bool is_rotated = graph_[turned].is("Rope");
    const bool is_of_a_language_model =
        found.key.past || found.heads > found.kv_heads || is_rotated;
    const std::optional<Value> mask = is_of_a_language_model ? mask_of(found, type) : std::nullopt;
    if (!mask) {
      if (is_of_a_language_model)
        context_.explain(graph_[found.root].name, "stays: its mask is no [m,n] for all heads");
      graph_.erase_unused();
      return false;
    }
    std::vector<Value> operands{query, tokens_first(found.key, found.key.fresh),
                                tokens_first(found.value, found.value.fresh), *mask};
    if (found.key.past) {
      operands.push_back(tokens_first(found.key, *found.key.past));
      operands.push_back(tokens_first(found.value, *found.value.past));
    }
    const Value sums = add("GroupedAttention", {{"scale", found.scale}}, operands);
    put_in_place(found, sums);
    context_.count("attentions made one op");
    return true;
  }

  Value tokens_first(const KeySide& side, Value value) {
    return side.is_heads_first ? heads_moved(graph_, value, near_, kFuseAttention) : value;
  }

  Value add(std::string_view type, Attributes attributes, const std::vector<Value>& inputs) {
    const Op like = graph_[near_];
    return {graph_.add_checked({.type = type,
                                .name = like.name,
                                .attributes = std::move(attributes),
                                .origin = like.origin,
                                .made_by = std::string(kFuseAttention)},
                               inputs, &near_)};
  }

  /// Users of the sums read them with the heads in front, or as they come: joined.
  void put_in_place(const AttentionMatch& found, Value sums) {
    const std::int64_t width = graph_.type(found.query).shape[3];
    OpId last = found.root;
    const Shape apart{1, found.heads, found.queries, width};
    if (graph_.type({last}).shape != apart) {
      const std::vector<Use> uses = graph_.uses({last, 0});
      const bool is_view = uses.size() == 1 && graph_.type({uses[0].op}).shape == apart;
      if (is_view) last = uses[0].op;
    }
    const Op like = graph_[last];
    Value heads = add_reshape(graph_, sums, {1, found.queries, found.heads, width}, near_, like,
                              kFuseAttention);
    heads =
        add_permute(graph_, heads, *Permutation::from({0, 2, 1, 3}), near_, like, kFuseAttention);
    heads = add_reshape(graph_, heads, graph_.type({last}).shape, near_, like, kFuseAttention);
    replace(graph_, last, heads);
  }

  /// The mask as [1,1,m,n]; none where it has another form, or is needed and not there.
  std::optional<Value> mask_of(const AttentionMatch& found, DType type) {
    const Shape wanted{1, 1, found.queries, found.keys};
    std::optional<Value> mask = found.mask;
    if (found.visible) {
      if (mask) return std::nullopt;
      mask = mask_of_visible(*found.visible, type);
    }
    if (!mask) {
      if (found.queries > 1 && !found.key.past) return std::nullopt;
      HostTensor nothing_hidden = HostTensor::zeros({type, wanted});
      OpSpec spec{.type = "Weight",
                  .name = graph_[near_].name + "_mask",
                  .origin = graph_[near_].origin,
                  .made_by = std::string(kFuseAttention),
                  .result_types = {nothing_hidden.type}};
      spec.data = std::make_shared<const HostTensor>(std::move(nothing_hidden));
      return Value{graph_.add_checked(std::move(spec), {}, &near_)};
    }
    const Shape& shape = graph_.type(*mask).shape;
    const bool fits = shape.size() >= 2 && shape.back() == found.keys &&
                      shape[shape.size() - 2] == found.queries &&
                      element_count(shape) == found.queries * found.keys;
    if (!fits) return std::nullopt;
    if (is_weight(graph_, *mask) && graph_.type(*mask).dtype == type)
      return reshaped_weight(graph_, near_, *mask, wanted, kFuseAttention);
    if (graph_.type(*mask).dtype != type)
      mask = add("Cast", {{"to", std::string(name_of(type))}}, {*mask});
    return add_reshape(graph_, *mask, wanted, near_, graph_[near_], kFuseAttention);
  }

  /// 0 where scores count, far below all scores elsewhere.
  Value mask_of_visible(Value visible, DType type) {
    constexpr double kHidden = -65504;
    const auto number = [&](double value) {
      OpSpec spec{.type = "Weight",
                  .name = graph_[near_].name + "_mask",
                  .origin = graph_[near_].origin,
                  .made_by = std::string(kFuseAttention),
                  .result_types = {{type, {}}}};
      spec.data = std::make_shared<const HostTensor>(HostTensor::scalar(type, value));
      return Value{graph_.add_checked(std::move(spec), {}, &near_)};
    };
    return add("Where", {}, {visible, number(0), number(kHidden)});
  }

  Graph& graph_;
  const PassContext& context_;
  OpId near_{};
};

Result<bool> fuse_attention(Graph& graph, const PassContext& context) {
  return AttentionFusion(graph, context).run();
}

TPU_REGISTER(register_pass({.name = kFuseAttention,
                            .summary = "make the attention of a language model one op",
                            .stage = PassStage::kOptimise,
                            .order = 1,
                            .family = &kLanguageOperators,
                            .since = 2022,
                            .run = fuse_attention}));

}  // namespace
}  // namespace tpuscope
