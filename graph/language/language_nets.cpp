// Blocks as the vendor's converter makes them: q, k and v are three products, norms run on one row
// per lane, the cache is read in place.

#include "graph/language/language_nets.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include <fmt/core.h>

#include "base/text.h"
#include "graph/language/language_files.h"
#include "graph/language/packed_weights.h"

namespace tpuscope {
namespace {

/// Positions of the rotary tables where a model does not say: their size changes no command.
constexpr std::int64_t kUsualPositions = 32768;

class NetBuilder {
 public:
  NetBuilder(std::string name, const LanguageModel& model, const LanguageTypes& types)
      : graph_(std::move(name)), model_(model), types_(types) {}

  Value input(std::string name, Shape shape, std::optional<DType> type = std::nullopt) {
    OpSpec spec{.type = "Input", .name = std::move(name)};
    spec.result_types = {{type.value_or(types_.half), std::move(shape)}};
    return {graph_.add_checked(std::move(spec), {})};
  }
  Value weight(std::string name, Shape shape, std::optional<DType> type = std::nullopt) {
    OpSpec spec{.type = "Weight", .name = std::move(name)};
    spec.result_types = {{type.value_or(types_.half), std::move(shape)}};
    return {graph_.add_checked(std::move(spec), {})};
  }
  Value number(std::string name, double value) {
    OpSpec spec{.type = "Weight", .name = std::move(name)};
    spec.result_types = {{types_.half, {1}}};
    HostTensor tensor = HostTensor::zeros(spec.result_types[0]);
    tensor[0] = value;
    spec.data = std::make_shared<const HostTensor>(std::move(tensor));
    return {graph_.add_checked(std::move(spec), {})};
  }
  Value op(std::string_view type, std::string name, Attributes attributes,
           const std::vector<Value>& inputs) {
    return {graph_.add_checked(
        {.type = type, .name = std::move(name), .attributes = std::move(attributes)}, inputs)};
  }
  void output(std::string name, Value value) { op("Output", std::move(name), {}, {value}); }

  Value norm(const std::string& name, Value x, std::int64_t width) {
    const auto axis = static_cast<std::int64_t>(graph_.type(x).rank()) - 1;
    return op("RmsNorm", name, {{"axis", axis}}, {x, weight(name + ".weight", {width})});
  }

  Value linear(const std::string& name, Value x, std::int64_t columns, bool has_bias,
               std::int64_t bits) {
    const std::int64_t inner = graph_.type(x).shape.back();
    if (bits == 16 || !can_pack(columns)) return plain(name, x, columns, has_bias);
    std::vector<Value> inputs{x};
    const Shape groups{columns, inner / types_.group};
    inputs.push_back(weight(name + ".weight", {columns, inner * bits / 8}, DType::kU8));
    inputs.push_back(weight(name + ".scale", groups));
    inputs.push_back(weight(name + ".zero", groups, DType::kU8));
    if (has_bias) inputs.push_back(weight(name + ".bias", {columns}));
    return op("A16MatMul", name, {{"bits", bits}, {"group", types_.group}}, inputs);
  }

  /// In half precision, [inner, columns].
  Value plain(const std::string& name, Value x, std::int64_t columns, bool has_bias) {
    const std::int64_t inner = graph_.type(x).shape.back();
    std::vector<Value> inputs{x, weight(name + ".weight", {inner, columns})};
    if (has_bias) inputs.push_back(weight(name + ".bias", {columns}));
    return op("MatMul", name, {}, inputs);
  }

  /// The embedding's rows as the left operand, as a head that shares them has it.
  Value by_rows(const std::string& name, Value x, std::int64_t columns) {
    const std::int64_t inner = graph_.type(x).shape.back();
    return op("A16MatMul", name, {{"bits", std::int64_t{16}}},
              {x, weight(name + ".weight", {columns, inner})});
  }

  Value scaled(const std::string& name, Value x, double factor) {
    return op("Mul", name, {}, {x, number(name + ".factor", factor)});
  }

  const Graph& graph() const { return graph_; }
  Graph take() { return std::move(graph_); }
  const LanguageModel& model() const { return model_; }
  const LanguageTypes& types() const { return types_; }

 private:
  Graph graph_;
  const LanguageModel& model_;
  const LanguageTypes& types_;
};

Result<Graph> verified(Graph graph) {
  TPU_TRY_STATUS(verify(graph));
  return graph;
}

/// Attention of a block.
class BlockBuilder {
 public:
  BlockBuilder(NetBuilder& net, const LanguageTokens& tokens)
      : net_(net), model_(net.model()), tokens_(tokens) {}

  void build() {
    const Value x = net_.input("hidden", {1, tokens_.now, model_.hidden});
    const Value attended = attention(net_.norm("input_norm", x, model_.hidden));
    const Value middle = residual("attention", x, attended);
    const Value result = residual("mlp", middle, mlp(net_.norm("mlp_norm", middle, model_.hidden)));
    net_.output("hidden_out", result);
    net_.output("key_out", key_);
    net_.output("value_out", value_);
  }

 private:
  Value heads(const std::string& name, Value x, std::int64_t count) {
    const Value product =
        net_.linear(name, x, count * model_.head_width, model_.has_qkv_bias, net_.types().bits);
    return net_.op("Reshape", name + ".heads",
                   {{"shape", IntList{1, tokens_.now, count, model_.head_width}}}, {product});
  }

  Value table(const std::string& name, Value position) {
    const std::int64_t positions = model_.positions > 0 ? model_.positions : kUsualPositions;
    const Value rows = net_.weight(name + ".table", {positions, 1, model_.head_width});
    return net_.op("Gather", name, {{"axis", std::int64_t{0}}, {"from_end", false}},
                   {rows, position});
  }

  Value attention(Value x) {
    Value q = heads("q_proj", x, model_.heads);
    Value k = heads("k_proj", x, model_.kv_heads);
    value_ = heads("v_proj", x, model_.kv_heads);
    if (model_.has_qk_norm) {
      q = net_.norm("q_norm", q, model_.head_width);
      k = net_.norm("k_norm", k, model_.head_width);
    }
    const Value position = net_.input("position", {1, tokens_.now}, DType::kI32);
    const Value cosine = table("cos", position);
    const Value sine = table("sin", position);
    q = net_.op("Rope", "q_rope", {}, {q, cosine, sine});
    key_ = net_.op("Rope", "k_rope", {}, {k, cosine, sine});
    const Value mask = net_.input("mask", {1, 1, tokens_.now, tokens_.past + tokens_.now});
    std::vector<Value> operands{q, key_, value_, mask};
    if (tokens_.past > 0) {
      const Shape cache{1, tokens_.past, model_.kv_heads, model_.head_width};
      operands.push_back(net_.input("history_k", cache));
      operands.push_back(net_.input("history_v", cache));
    }
    const double scale = 1 / std::sqrt(static_cast<double>(model_.head_width));
    const Value mixed = net_.op("GroupedAttention", "attention", {{"scale", scale}}, operands);
    return net_.linear("o_proj", mixed, model_.hidden, model_.has_output_bias, net_.types().bits);
  }

  Value mlp(Value x) {
    const std::int64_t bits = net_.types().bits;
    const Value gate = net_.linear("gate_proj", x, model_.intermediate, model_.has_mlp_bias, bits);
    Value active = model_.uses_gelu ? net_.op("Gelu", "activation",
                                              {{"approximate", std::string("tanh")}}, {gate})
                                    : net_.op("Silu", "activation", {}, {gate});
    // Activations run in f32; back in half precision before the next product.
    active = net_.op("Cast", "activation_half", {{"to", std::string(name_of(net_.types().half))}},
                     {active});
    // After the activation: what reads both is by itself between two products.
    const Value up = net_.linear("up_proj", x, model_.intermediate, model_.has_mlp_bias, bits);
    const Value gated = net_.op("Mul", "gated", {}, {active, up});
    return net_.linear("down_proj", gated, model_.hidden, model_.has_mlp_bias, bits);
  }

  Value residual(const std::string& name, Value x, Value change) {
    if (model_.has_post_norms) change = net_.norm(name + "_post_norm", change, model_.hidden);
    if (model_.scales_residual) change = net_.scaled(name + "_scaled", change, 0.25);
    return net_.op("Add", name + "_sum", {}, {x, change});
  }

  NetBuilder& net_;
  const LanguageModel& model_;
  const LanguageTokens& tokens_;
  Value key_{};
  Value value_{};
};

std::int64_t linear_bytes(const LanguageTypes& types, std::int64_t inner, std::int64_t columns,
                          std::int64_t bits) {
  if (bits == 16 || !can_pack(columns)) return inner * columns * 2;
  return columns * (inner * bits / 8 + inner / types.group * 3);
}

/// A net of the model's files, with its weights packed in so many bits; as the file packs them,
/// where it does so in that form.
Result<Graph> net_of_files(const Graph& net, std::string name, const LanguageTypes& types,
                           std::int64_t bits, const std::optional<StoredQuantisation>& stored) {
  Graph graph = net;
  graph.set_name(std::move(name));
  const bool is_as_stored = stored && stored->bits == bits && stored->group == types.group;
  TPU_TRY_STATUS(
      pack_weights(graph, {.bits = bits, .group = types.group, .is_as_stored = is_as_stored}));
  return verified(std::move(graph));
}

/// Bytes of a net's weights in half precision, where they are not packed.
std::int64_t weight_bytes(const Result<Graph>& net) {
  std::int64_t bytes = 0;
  if (!net.ok()) return bytes;
  for (const OpId id : net->ops()) {
    if (!(*net)[id].is("Weight")) continue;
    const TensorType& type = net->type({id});
    if (type.elements() > 1)
      bytes += type.elements() * (is_float(type.dtype) ? 2 : size_of(type.dtype));
  }
  return bytes;
}

}  // namespace

Status check_groups(const LanguageModel& model, const LanguageTypes& types) {
  constexpr std::int64_t kUsualGroup = 128;
  if (types.bits == 16 && types.head_bits == 16) return Ok{};
  if (model.files != nullptr) return Ok{};  // each product is asked when it is packed
  const std::pair<std::string_view, std::int64_t> inner[] = {
      {"hidden_size", model.hidden},
      {"intermediate_size", model.intermediate},
      {"num_attention_heads * head_dim", model.heads * model.head_width}};
  for (const auto& [name, extent] : inner) {
    if (extent % types.group == 0) continue;
    std::int64_t divisor = extent;
    for (const auto& [unused, other] : inner)
      divisor = std::gcd(divisor, other);
    // The largest power of two that fits, as files have them.
    const std::int64_t fits = std::min<std::int64_t>(divisor & -divisor, kUsualGroup);
    return Error{
        .message = fmt::format("groups of {} do not divide {} = {}", types.group, name, extent),
        .hint = fmt::format("--group-size {} divides it", fits)};
  }
  return Ok{};
}

Result<Graph> block_net(const LanguageModel& model, const LanguageTypes& types,
                        const LanguageTokens& tokens) {
  const std::string name = tokens.past > 0 ? "block_cache" : "block";
  if (model.files != nullptr) {
    TPU_TRY(const LayerCut* cut, model.files->cut(tokens));
    return net_of_files(cut->kinds.front().net, name, types, types.bits, model.stored);
  }
  NetBuilder net(name, model, types);
  BlockBuilder(net, tokens).build();
  return verified(net.take());
}

Result<Graph> head_net(const LanguageModel& model, const LanguageTypes& types, std::int64_t rows) {
  if (model.files != nullptr) {
    TPU_TRY(const LayerCut* cut, model.files->any_cut(rows));
    return net_of_files(cut->head, "lm_head", types, types.head_bits, model.stored_head);
  }
  NetBuilder net("lm_head", model, types);
  Value x = net.input("hidden", {1, rows, model.hidden});
  x = net.norm("norm", x, model.hidden);
  if (model.scales_logits) x = net.scaled("logit_scale", x, 0.125);
  net.output("logits", types.head_bits == 16
                           ? net.by_rows("lm_head", x, model.vocabulary)
                           : net.linear("lm_head", x, model.vocabulary, false, types.head_bits));
  return verified(net.take());
}

Result<Graph> embedding_net(const LanguageModel& model, const LanguageTypes& types,
                            std::int64_t tokens) {
  const std::string name = tokens == 1 ? "embedding_cache" : "embedding";
  if (model.files != nullptr) {
    TPU_TRY(const LayerCut* cut, model.files->any_cut(tokens));
    Graph net = cut->embedding;
    net.set_name(name);
    return net;
  }
  NetBuilder net(name, model, types);
  const Value ids = net.input("token", {1, tokens}, DType::kI32);
  const Value table = net.weight("embedding.weight", {model.vocabulary, model.hidden});
  Value rows =
      net.op("Gather", "embedding", {{"axis", std::int64_t{0}}, {"from_end", false}}, {table, ids});
  if (model.scales_embedding) rows = net.scaled("embedding_scale", rows, 16);
  net.output("hidden", rows);
  return verified(net.take());
}

std::int64_t block_weight_bytes(const LanguageModel& model, const LanguageTypes& types) {
  if (model.files != nullptr) return weight_bytes(block_net(model, types, {.now = 1, .past = 1}));
  const std::int64_t q = model.heads * model.head_width;
  const std::int64_t kv = model.kv_heads * model.head_width;
  const auto bytes = [&](std::int64_t inner, std::int64_t columns) {
    return linear_bytes(types, inner, columns, types.bits);
  };
  const std::int64_t norms = (model.has_post_norms ? 4 : 2) * model.hidden +
                             (model.has_qk_norm ? 2 * model.head_width : 0);
  const std::int64_t biases = (model.has_qkv_bias ? q + 2 * kv : 0) +
                              (model.has_output_bias ? model.hidden : 0) +
                              (model.has_mlp_bias ? 2 * model.intermediate + model.hidden : 0);
  return bytes(model.hidden, q) + 2 * bytes(model.hidden, kv) + bytes(q, model.hidden) +
         2 * bytes(model.hidden, model.intermediate) + bytes(model.intermediate, model.hidden) +
         2 * (norms + biases);
}

std::int64_t head_weight_bytes(const LanguageModel& model, const LanguageTypes& types) {
  if (model.files != nullptr) return weight_bytes(head_net(model, types, 1));
  return linear_bytes(types, model.hidden, model.vocabulary, types.head_bits);
}

std::int64_t cache_bytes(const LanguageModel& model) {
  return 2 * model.kv_heads * model.head_width * 2;
}

}  // namespace tpuscope
