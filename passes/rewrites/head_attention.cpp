// head_attention: attention becomes one op per head, whose results are added up.
//
// Why: between the projections and the output of attention the heads must be brought in front,
// scores of all heads at once fill local memory, and every step goes through DDR. A head by itself
// is small: its columns of the projections, its scores and its rows of the output matrix fit, so
// that nothing but tokens, weights and sums is ever moved, and the output's sum over heads is an
// Add. The vendor's compiler has done so since before the published Swin optimisation, which is why
// `baseline` contains this switch. It has no such form of f32 and runs these in f16.
//
// How: look for  y = MatMul(Reshape(Permute(MatMul(Softmax(z), v))), Wo, bo)  with z =
// MatMul(q, k) times or divided by a number, plus a mask, and q, k, v = Permute(Reshape(MatMul(x,
// W, b))) of one x. In 8 bits the softmax is between two Casts. Each head gets its columns of Wq,
// Wk and Wv and its rows of Wo; the first one, which comes last in the compiler's order, adds the
// output's bias.
// Not when
//   - anything else reads what is in between, or one of the ops has a Relu;
//   - queries, keys and values come from one product (Swin, ViT of timm), from different tensors,
//     or are scaled before the scores are (CLIP): the compiler does not know these forms either;
//   - the mask differs from head to head, or is not of rank 4;
//   - there are more tokens than the scores of one head have room for.
//
// Example:  12 heads of BERT      become      12 x HeadAttention(x, Wqkv[2304,64], Wo[64,768]) and
// 11 x Add

#include "passes/rewrites/head_attention.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>

#include "graph/idioms/match.h"
#include "graph/idioms/weights.h"
#include "graph/pass.h"
#include "graph/queries.h"
#include "passes/rewrites/rewrite.h"

namespace tpuscope {

bool has_head_attention(const Chip& chip) {
  return has_unscaled_half_cube(chip);
}

namespace {

/// The compiler reserves four tensors of f32 scores in each of 64 lanes of 256 KiB.
constexpr std::int64_t kMostTokens = 1024;

/// A product with a constant matrix.
struct Projection {
  Value x{};
  Value weights{};
  std::optional<Value> bias{};
  bool transposed = false;

  /// Element of the matrix [inner, outer] in the stored weights.
  std::int64_t at(const Shape& shape, std::int64_t inner, std::int64_t outer) const {
    return transposed ? outer * shape[1] + inner : inner * shape[1] + outer;
  }
};

struct HeadAttentionMatch {
  OpId root{};
  std::array<Projection, 4> products{};  ///< of q, k, v and the result
  std::int64_t heads = 1;
  std::int64_t width = 1;
  double scale = 1;
  std::optional<Value> mask{};
};

/// Goes from the root upwards; `reason` says where it ended.
class HeadMatcher {
 public:
  HeadMatcher(const Graph& graph, std::string& reason) : graph_(graph), reason_(reason) {}

  std::optional<HeadAttentionMatch> match(OpId root) {
    HeadAttentionMatch found{.root = root};
    const std::optional<Projection> output = projection({root});
    if (!output) return std::nullopt;
    found.products[3] = *output;
    const Op* joined = step(output->x, "Reshape");
    const Op* permuted = joined == nullptr ? nullptr : step(joined->inputs[0], "Permute");
    if (permuted == nullptr || !moves_heads(*permuted, {0, 2, 1, 3})) return std::nullopt;
    const Op* mixed = step(permuted->inputs[0], "MatMul");
    if (mixed == nullptr || !is_plain(*mixed)) return std::nullopt;
    reason_.clear();
    if (!heads_of(mixed->inputs[1], false, found.products[2], found)) return refuse("values");
    if (!match_shares(mixed->inputs[0], found)) return refuse("scores");
    if (!fits(found)) return std::nullopt;
    return found;
  }

 private:
  std::nullopt_t refuse(const std::string& part) {
    if (reason_.empty()) reason_ = "its " + part + " have another form";
    return std::nullopt;
  }

  /// The op of this type that makes the value for one reader; null otherwise.
  const Op* step(Value value, std::string_view type) const {
    const Op* op = producer(graph_, value, type);
    return op != nullptr && graph_.has_single_use(value) ? op : nullptr;
  }
  /// As step, through a Cast where there is one.
  const Op* step_past_cast(Value value, std::string_view type) const {
    if (const Op* cast = step(value, "Cast")) value = cast->inputs[0];
    return step(value, type);
  }

  static bool is_plain(const Op& product) {
    return product.inputs.size() == 2 && !has_relu(product) &&
           !product.attributes.flag("left_transpose") &&
           !product.attributes.flag("right_transpose") && !product.attributes.flag("hdim_is_batch");
  }

  static bool moves_heads(const Op& permute, const IntList& order) {
    return permute.attributes.integers("order") == order;
  }

  std::optional<Projection> projection(Value value) const {
    const Op* op = producer(graph_, value, "MatMul");
    if (op == nullptr || has_relu(*op) || op->attributes.flag("left_transpose"))
      return std::nullopt;
    const bool is_constant =
        is_weight(graph_, op->inputs[1]) && graph_.type(op->inputs[1]).rank() == 2;
    if (!is_constant || graph_.type(op->inputs[0]).rank() != 3) return std::nullopt;
    Projection found{.x = op->inputs[0],
                     .weights = op->inputs[1],
                     .transposed = op->attributes.flag("right_transpose")};
    if (op->inputs.size() > 2) {
      if (!is_weight(graph_, op->inputs[2])) return std::nullopt;
      found.bias = op->inputs[2];
    }
    return found;
  }

  /// Permute(Reshape(projection)): [b,n,C] as [b,heads,n,width], or its last two axes swapped.
  bool heads_of(Value value, bool swapped, Projection& into, HeadAttentionMatch& found) {
    const Op* permute = step(value, "Permute");
    const IntList order = swapped ? IntList{0, 2, 3, 1} : IntList{0, 2, 1, 3};
    if (permute == nullptr || !moves_heads(*permute, order)) return false;
    const Op* split = step(permute->inputs[0], "Reshape");
    if (split == nullptr) return false;
    const Shape& shape = split->results[0].type.shape;
    const Shape& before = graph_.type(split->inputs[0]).shape;
    if (before.size() != 3 || shape[0] != before[0] || shape[1] != before[1]) return false;
    const std::optional<Projection> product = projection(split->inputs[0]);
    if (!product || !graph_.has_single_use(split->inputs[0])) return false;
    into = *product;
    const bool is_first = &into == &found.products[2];
    if (is_first) {
      found.heads = shape[2];
      found.width = shape[3];
    }
    return shape[2] == found.heads && shape[3] == found.width;
  }

  bool match_shares(Value value, HeadAttentionMatch& found) {
    const Op* softmax = step_past_cast(value, "Softmax");
    if (softmax == nullptr) return false;
    const std::int64_t axis = softmax->attributes.integer("axis");
    if (axis != -1 && axis != 3) return false;
    Value scores = softmax->inputs[0];
    if (!graph_.has_single_use(scores)) return false;
    if (const Op* cast = step(scores, "Cast")) scores = cast->inputs[0];
    if (const Op* sum = step(scores, "Add")) {
      if (has_relu(*sum) || !take_mask(*sum, scores, found)) return false;
    }
    take_scale(scores, found);
    const Op* product = step(scores, "MatMul");
    if (product == nullptr || has_relu(*product) || product->inputs.size() != 2) return false;
    if (product->attributes.flag("left_transpose") || product->attributes.flag("hdim_is_batch"))
      return false;
    const bool swapped = !product->attributes.flag("right_transpose");
    return heads_of(product->inputs[0], false, found.products[0], found) &&
           heads_of(product->inputs[1], swapped, found.products[1], found);
  }

  /// The mask of a sum with scores, which `scores` then is the rest of.
  bool take_mask(const Op& sum, Value& scores, HeadAttentionMatch& found) {
    for (const std::size_t at : {0U, 1U}) {
      const Value mask = sum.inputs[1 - at];
      if (!is_score(sum.inputs[at])) continue;
      const Shape& shape = graph_.type(mask).shape;
      if (shape.size() != 4 || shape[1] != 1 || shape[3] != graph_.type(scores).shape[3]) {
        reason_ = "its mask is no [b or 1,1,n or 1,n]";
        return false;
      }
      found.mask = mask;
      scores = sum.inputs[at];
      return true;
    }
    return false;
  }

  /// Whether a product, scaled or not, makes the value.
  bool is_score(Value value) const {
    const Op& op = graph_[value.op];
    if (op.is("MatMul")) return true;
    if (!op.is("Mul") && !op.is("Div")) return false;
    const std::vector<Value>& inputs = op.inputs;
    return std::any_of(inputs.begin(), inputs.end(),
                       [&](Value input) { return graph_[input.op].is("MatMul"); });
  }

  /// Looks through a product with a number, or a quotient by one.
  void take_scale(Value& scores, HeadAttentionMatch& found) const {
    const Op* op = step(scores, "Mul");
    const bool divides = op == nullptr;
    if (divides) op = step(scores, "Div");
    if (op == nullptr || has_relu(*op)) return;
    for (const std::size_t at : {1U, 0U}) {
      if (at == 0 && divides) return;
      const std::optional<double> number = scalar(graph_, op->inputs[at]);
      if (!number || !(std::abs(*number) > 0)) continue;
      found.scale = divides ? 1 / *number : *number;
      scores = op->inputs[1 - at];
      return;
    }
  }

  /// Everything of one x and one element type, whose matrices have the heads' shapes.
  bool fits(const HeadAttentionMatch& found) {
    const Projection& query = found.products[0];
    const TensorType& x = graph_.type(query.x);
    const std::int64_t all = found.heads * found.width;
    for (std::size_t i = 0; i < 4; ++i) {
      const Projection& each = found.products[i];
      if (i < 3 && each.x != query.x) {
        reason_ = "queries, keys and values come from different tensors";
        return false;
      }
      const Shape& shape = graph_.type(each.weights).shape;
      const std::int64_t heads_axis = each.transposed ? shape[0] : shape[1];
      const std::int64_t inner = each.transposed ? shape[1] : shape[0];
      if ((i < 3 ? heads_axis : inner) != all) return false;
      if (graph_.type(each.x).dtype != x.dtype) return false;
    }
    if (found.mask && graph_.type(*found.mask).dtype != x.dtype) return false;
    if (x.shape[1] > kMostTokens) {
      reason_ = "has more tokens than the scores of one head have room for";
      return false;
    }
    return x.dtype == DType::kF32 || size_of(x.dtype) <= 2;
  }

  const Graph& graph_;
  std::string& reason_;
};

/// Puts heads in the place of one match.
class HeadBuilder {
 public:
  HeadBuilder(Graph& graph, const HeadAttentionMatch& found)
      : graph_(graph), found_(found), root_(graph[found.root]) {
    const DType type = graph.type(found.products[0].x).dtype;
    is_integer_ = type == DType::kI8;
    type_ = type == DType::kF32 ? DType::kF16 : type;
  }

  void build() {
    const DType result = graph_.type({found_.root}).dtype;
    const Value x = narrow(found_.products[0].x);
    std::optional<Value> mask;
    if (found_.mask) mask = narrow(*found_.mask);
    std::vector<Value> shares;
    for (std::int64_t head = 0; head < found_.heads; ++head)
      shares.push_back(one_head(x, mask, head));
    Value sum = shares[0];
    for (std::size_t i = 1; i < shares.size(); ++i)
      sum = {add({.type = "Add", .name = root_.name}, {sum, shares[i]})};
    if (graph_.type(sum).dtype != result) sum = cast(sum, result);
    replace(graph_, found_.root, sum);
  }

 private:
  OpId add(OpSpec spec, const std::vector<Value>& inputs) {
    spec.origin = root_.origin;
    spec.made_by = std::string(kHeadAttention);
    return graph_.add_checked(std::move(spec), inputs, &found_.root);
  }

  Value cast(Value value, DType to) {
    const bool is_scaled = is_float(graph_.type(value).dtype) != is_float(to) || is_integer_;
    return {add({.type = "Cast",
                 .name = root_.name,
                 .attributes = {{"to", std::string(name_of(to))}, {"scaled", is_scaled}}},
                {value})};
  }

  /// In the heads' type: other attention of the same tensor has cast it perhaps.
  Value narrow(Value value) {
    if (graph_.type(value).dtype == type_) return value;
    for (const Use& use : graph_.uses(value)) {
      const bool is_known = graph_[use.op].made_by == kHeadAttention && graph_[use.op].is("Cast");
      if (is_known) return {use.op};
    }
    const std::string type(name_of(type_));
    return {graph_.add_checked({.type = "Cast",
                                .name = graph_[value].name + "_" + type,
                                .attributes = {{"to", type}},
                                .origin = root_.origin,
                                .made_by = std::string(kHeadAttention)},
                               {value}, &value.op)};
  }

  Value one_head(Value x, std::optional<Value> mask, std::int64_t head) {
    std::vector<Value> inputs{x, projections(head), output_rows(head)};
    IntList biased;
    for (std::size_t i = 0; i < 4; ++i)
      biased.push_back(found_.products[i].bias && (i < 3 || head == 0) ? 1 : 0);
    if (biased != IntList{0, 0, 0, 0}) inputs.push_back(biases(head, biased));
    if (mask) inputs.push_back(*mask);
    if (is_integer_) {
      inputs.push_back({add({.type = "Weight",
                             .name = root_.name + "_exponentials",
                             .result_types = {{DType::kF32, {256}}}},
                            {})});
    }
    return {add(
        {.type = "HeadAttention",
         .name = root_.name,
         .attributes = {{"scale", found_.scale}, {"biased", biased}, {"masked", mask.has_value()}}},
        inputs)};
  }

  /// The head's columns of the three matrices, one below the other.
  Value projections(std::int64_t head) {
    const std::int64_t channels = graph_.type(found_.products[0].x).shape[2];
    const std::int64_t width = found_.width;
    std::vector<Value> from;
    std::array<Shape, 3> shapes;
    for (std::size_t i = 0; i < 3; ++i) {
      from.push_back(found_.products[i].weights);
      shapes[i] = graph_.type(from.back()).shape;
    }
    const auto element = [&](const WeightValues& values, std::int64_t at) {
      const std::int64_t row = at / width;
      const auto part = static_cast<std::size_t>(row / channels);
      const std::int64_t column = head * width + at % width;
      return (*values[part])[found_.products[part].at(shapes[part], row % channels, column)];
    };
    return derived_weight(graph_, found_.root, {type_, {3 * channels, width}}, from, element,
                          kHeadAttention);
  }

  Value output_rows(std::int64_t head) {
    const Projection& output = found_.products[3];
    const Shape shape = graph_.type(output.weights).shape;
    const std::int64_t columns = root_.results[0].type.shape[2];
    const auto element = [&](const WeightValues& values, std::int64_t at) {
      return (*values[0])[output.at(shape, head * found_.width + at / columns, at % columns)];
    };
    return derived_weight(graph_, found_.root, {type_, {found_.width, columns}}, {output.weights},
                          element, kHeadAttention);
  }

  Value biases(std::int64_t head, const IntList& biased) {
    std::vector<Value> from;
    for (std::size_t i = 0; i < 4; ++i) {
      if (biased[i] != 0) from.push_back(*found_.products[i].bias);
    }
    const std::int64_t width = found_.width;
    const std::int64_t parts = biased[0] + biased[1] + biased[2];
    const std::int64_t columns = biased[3] * root_.results[0].type.shape[2];
    const auto element = [&](const WeightValues& values, std::int64_t at) {
      if (at >= parts * width) return (*values[values.size() - 1])[at - parts * width];
      return (*values[static_cast<std::size_t>(at / width)])[head * width + at % width];
    };
    const DType type = is_integer_ ? DType::kI32 : type_;
    return derived_weight(graph_, found_.root, {type, {parts * width + columns}}, from, element,
                          kHeadAttention);
  }

  Graph& graph_;
  const HeadAttentionMatch& found_;
  const Op root_;
  DType type_ = DType::kF16;
  bool is_integer_ = false;
};

Result<bool> head_attention(Graph& graph, const PassContext& context) {
  bool changed = false;
  for (const OpId id : graph.topological_order()) {
    if (graph[id].is_dead || !graph[id].is("MatMul")) continue;
    std::string reason;
    const std::optional<HeadAttentionMatch> found = HeadMatcher(graph, reason).match(id);
    const std::string name = graph[id].name;
    if (!found) {
      if (!reason.empty()) context.explain(name, "attention stays in parts: " + reason);
      continue;
    }
    HeadBuilder(graph, *found).build();
    context.explain(name, "attention is one op for each of its heads");
    context.count("heads of attention made one op each", found->heads);
    changed = true;
  }
  return changed;
}

TPU_REGISTER(register_pass({.name = kHeadAttention,
                            .summary = "make each head of attention one op in local memory",
                            .stage = PassStage::kOptimise,
                            .order = 2,
                            .since = 2022,
                            .run = head_attention}));

}  // namespace
}  // namespace tpuscope
