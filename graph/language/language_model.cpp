// Reads config.json. Each architecture has a row that says what its configurations leave out.

#include "graph/language/language_model.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include <fmt/core.h>

#include "base/strict_json.h"
#include "base/text.h"

namespace tpuscope {
namespace {

using Json = nlohmann::ordered_json;

/// What a configuration of this type means where it says nothing.
struct Architecture {
  std::string_view type{};
  bool is_tied = false;
  bool has_qkv_bias = false;
  bool has_qk_norm = false;
  bool has_post_norms = false;
  bool uses_gelu = false;
  bool scales_embedding = false;
  bool doubles_intermediate = false;  ///< the field counts gate and up together
};

constexpr auto kArchitectures = std::to_array<Architecture>({
    {.type = "baichuan"},
    {.type = "chatglm", .has_qkv_bias = true},
    {.type = "gemma", .is_tied = true, .uses_gelu = true, .scales_embedding = true},
    {.type = "gemma2",
     .is_tied = true,
     .has_post_norms = true,
     .uses_gelu = true,
     .scales_embedding = true},
    {.type = "gemma3_text",
     .is_tied = true,
     .has_qk_norm = true,
     .has_post_norms = true,
     .uses_gelu = true,
     .scales_embedding = true},
    {.type = "hunyuan_v1_dense", .has_qk_norm = true},
    {.type = "internlm2"},
    {.type = "llama"},
    {.type = "minicpm", .is_tied = true},
    {.type = "mistral"},
    {.type = "phi3"},
    {.type = "qwen", .has_qkv_bias = true, .doubles_intermediate = true},
    {.type = "qwen2", .has_qkv_bias = true},
    {.type = "qwen2_5_vl_text", .has_qkv_bias = true},
    {.type = "qwen2_vl_text", .has_qkv_bias = true},
    {.type = "qwen3", .has_qk_norm = true},
    {.type = "qwen3_vl_text", .has_qk_norm = true},
});

/// Models of images and text whose text part is in a member.
constexpr std::array<std::string_view, 2> kTextMembers = {"text_config", "llm_config"};

const Architecture* architecture_of(std::string_view type) {
  const auto found = std::find_if(kArchitectures.begin(), kArchitectures.end(),
                                  [&](const Architecture& known) { return known.type == type; });
  return found == kArchitectures.end() ? nullptr : &*found;
}

std::vector<std::string> architecture_names() {
  std::vector<std::string> names;
  for (const Architecture& known : kArchitectures)
    names.emplace_back(known.type);
  return names;
}

/// Fields that are read below, and fields of known meaning that change no command.
const std::set<std::string, std::less<>>& known_fields() {
  static const std::set<std::string, std::less<>> fields = {
      "add_bias_linear", "add_qkv_bias", "attention_bias", "bias", "dim_model_base",
      "ffn_hidden_size", "head_dim", "hidden_size", "intermediate_size", "kv_channels",
      "max_position_embeddings", "mlp_bias", "multi_query_attention", "multi_query_group_num",
      "no_bias", "num_attention_heads", "num_hidden_layers", "num_key_value_heads", "num_layers",
      "padded_vocab_size", "scale_depth", "scale_emb", "seq_length", "vocab_size",
      // Of training, of generation, of how files are written.
      "interleaved_qkv", "max_window_layers", "model_max_length", "n_positions", "num_kv_heads",
      "num_logits_to_keep", "original_max_position_embeddings", "pad_vocab_size_multiple",
      "pretraining_tp", "sliding_window_size", "type_vocab_size", "vocab_size_per_layer_input",
      "attention_head_dim", "num_labels", "org_vocab_size", "query_pre_attn_scalar", "num_beams",
      "num_beam_groups", "num_return_sequences", "no_repeat_ngram_size",
      "encoder_no_repeat_ngram_size", "chunk_size_feed_forward", "cross_attention_hidden_size",
      "cla_share_factor", "embd_pdrop", "num_image_tokens"};
  return fields;
}

/// Whether a field's name says that it shapes the network.
bool is_structural(std::string_view name) {
  constexpr auto kWords = std::to_array<std::string_view>(
      {"expert",      "lora_rank",  "moe",        "mamba",        "ssm",       "conv_",
       "linear_attn", "linear_num", "linear_key", "linear_value", "per_layer", "altup",
       "laurel",      "shared_kv",  "kv_shared",  "cla",          "num_",      "_heads",
       "_layers",     "_dim",       "_size",      "head_dim"});
  return std::any_of(kWords.begin(), kWords.end(), [&](std::string_view word) {
    return name.find(word) != std::string_view::npos;
  });
}

/// Values that say that the field is not used.
bool is_unset(const Json& value) {
  return value.is_null() || (value.is_boolean() && !value.get<bool>()) ||
         (value.is_number() && value.get<double>() == 0) || (value.is_array() && value.empty()) ||
         (value.is_object() && value.empty());
}

Error unsupported_field(const JsonReader& reader, const std::string& field, std::string why) {
  return {.code = ErrorCode::kUnsupported,
          .message = std::move(why),
          .where = reader.where() + (reader.where().ends_with('/') ? "" : "/") + field,
          .hint = "blocks are built of attention and a gated MLP; export others as ONNX"};
}

Status check_fields(const JsonReader& reader) {
  Errors errors;
  for (const auto& [name, value] : reader.json().items()) {
    if (known_fields().contains(name) || is_unset(value)) continue;
    if (name.ends_with("_token_id") || name.ends_with("_config") || !is_structural(name)) continue;
    if (value.is_number() && value.get<double>() == 1 && name.find("expert") == std::string::npos)
      continue;
    errors.push_back(unsupported_field(
        reader, name, fmt::format("the field \"{}\" shapes the network and is not known", name)));
    if (errors.size() == kMaxErrors) break;
  }
  if (!errors.empty()) return errors;
  return Ok{};
}

/// Reads numbers and flags under the names that architectures give them.
class Fields {
 public:
  explicit Fields(const JsonReader& reader) : reader_(reader) {}

  /// The first of the names that is there; an error where none is and there is no fallback.
  Result<std::int64_t> count(const std::vector<std::string_view>& names,
                             std::optional<std::int64_t> fallback = std::nullopt) const {
    for (const std::string_view name : names) {
      if (!has(name)) continue;
      TPU_TRY(const JsonReader member, reader_.at(name));
      TPU_TRY(const std::int64_t value, member.integer());
      constexpr std::int64_t kMost = std::int64_t{1} << 24;
      if (value < 1 || value > kMost) {
        return member.error(fmt::format("{} is {}, 1 to {} are possible", name, value, kMost));
      }
      return value;
    }
    if (fallback) return *fallback;
    return Error{.message = fmt::format("the field \"{}\" is missing", names.front()),
                 .where = reader_.where(),
                 .hint = "a half-written file? take the config.json of the model's folder"};
  }

  Result<bool> flag(std::string_view name, bool fallback) const {
    if (!has(name)) return fallback;
    TPU_TRY(const JsonReader member, reader_.at(name));
    return member.flag();
  }

  Result<std::string> text(std::string_view name, std::string fallback) const {
    if (!has(name)) return fallback;
    TPU_TRY(const JsonReader member, reader_.at(name));
    return member.text();
  }

  bool has(std::string_view name) const {
    return reader_.has(name) && !reader_.json().at(std::string(name)).is_null();
  }
  const JsonReader& reader() const { return reader_; }

 private:
  const JsonReader& reader_;
};

/// "config.json:/model_type", also where the reader is at the file's whole.
std::string field_place(const JsonReader& reader, std::string_view field) {
  std::string place = reader.where();
  if (!place.ends_with('/')) place += '/';
  return place.append(field);
}

/// A list with something for each layer has as many as there are layers.
Status check_layer_list(const JsonReader& reader, std::int64_t layers) {
  constexpr std::string_view kList = "layer_types";
  if (!reader.has(kList) || reader.json().at(std::string(kList)).is_null()) return Ok{};
  TPU_TRY(const JsonReader list, reader.at(kList));
  TPU_TRY(const std::vector<JsonReader> types, list.elements());
  if (std::ssize(types) == layers) return Ok{};
  return list.error(
      fmt::format("{} lists {} layers, num_hidden_layers is {}", kList, types.size(), layers),
      "take both from one config.json");
}

Status read_sizes(const Fields& fields, const Architecture& known, LanguageModel& model) {
  TPU_TRY(model.hidden, fields.count({"hidden_size"}));
  TPU_TRY(model.layers, fields.count({"num_hidden_layers", "num_layers"}));
  TPU_TRY(model.heads, fields.count({"num_attention_heads"}));
  TPU_TRY(const bool shares, fields.flag("multi_query_attention", false));
  std::vector<std::string_view> kv_names = {"num_key_value_heads", "num_kv_heads"};
  if (shares) kv_names = {"multi_query_group_num"};
  TPU_TRY(model.kv_heads, fields.count(kv_names, model.heads));
  TPU_TRY(model.intermediate, fields.count({"intermediate_size", "ffn_hidden_size"}));
  if (known.doubles_intermediate) model.intermediate /= 2;
  TPU_TRY(model.vocabulary, fields.count({"padded_vocab_size", "vocab_size"}));
  TPU_TRY(model.positions,
          fields.count({"max_position_embeddings", "seq_length", "model_max_length"}, 0));
  const bool states_width = fields.has("head_dim") || fields.has("kv_channels");
  if (!states_width && model.hidden % model.heads != 0) {
    return Error{.message = fmt::format("hidden_size {} is no multiple of num_attention_heads {}",
                                        model.hidden, model.heads),
                 .where = fields.reader().where(),
                 .hint = "state head_dim"};
  }
  TPU_TRY(model.head_width, fields.count({"head_dim", "kv_channels"}, model.hidden / model.heads));
  TPU_TRY_STATUS(check_layer_list(fields.reader(), model.layers));
  if (model.heads % model.kv_heads != 0) {
    return Error{
        .message = fmt::format("num_attention_heads {} is no multiple of num_key_value_heads {}",
                               model.heads, model.kv_heads),
        .where = fields.reader().where(),
        .hint = "every key head serves as many query heads as every other"};
  }
  if (model.head_width % 2 != 0 || model.head_width > 1024) {
    return Error{.message = fmt::format("head_dim {} is odd or above 1024", model.head_width),
                 .where = fields.reader().where()};
  }
  return Ok{};
}

Status read_activation(const Fields& fields, const Architecture& known, LanguageModel& model) {
  TPU_TRY(std::string activation, fields.text("hidden_act", known.uses_gelu ? "gelu" : "silu"));
  TPU_TRY(activation, fields.text("hidden_activation", activation));
  model.uses_gelu = activation.starts_with("gelu");
  if (model.uses_gelu || activation == "silu" || activation == "swish") return Ok{};
  return unsupported_field(fields.reader(), "hidden_act",
                           fmt::format("the activation {} is not known", in_quotes(activation)));
}

Status read_flags(const Fields& fields, const Architecture& known, LanguageModel& model) {
  TPU_TRY(model.has_tied_head, fields.flag("tie_word_embeddings", known.is_tied));
  TPU_TRY(const bool biased, fields.flag("bias", false));
  TPU_TRY(const bool attention_bias, fields.flag("attention_bias", biased));
  TPU_TRY(model.has_qkv_bias, fields.flag("add_qkv_bias", known.has_qkv_bias || attention_bias));
  TPU_TRY(const bool linear_bias, fields.flag("add_bias_linear", attention_bias));
  model.has_output_bias = linear_bias;
  TPU_TRY(model.has_mlp_bias, fields.flag("mlp_bias", false));
  model.has_qk_norm = known.has_qk_norm;
  TPU_TRY(model.has_qk_norm, fields.flag("use_qk_norm", model.has_qk_norm));
  model.has_post_norms = known.has_post_norms;
  model.scales_embedding = known.scales_embedding || fields.has("scale_emb");
  model.scales_residual = fields.has("scale_depth");
  model.scales_logits = fields.has("dim_model_base");
  if (fields.has("attn_logit_softcapping")) {
    model.notes.emplace_back("the cap on attention scores is left out, as in the vendor's kernel");
  }
  TPU_TRY(const bool slides, fields.flag("use_sliding_window", true));
  if (fields.has("sliding_window") && slides) {
    model.notes.emplace_back("every layer attends to the whole context, not to a sliding window");
  }
  return Ok{};
}

Status read_quantisation(const JsonReader& reader, LanguageModel& model) {
  if (!reader.has("quantization_config")) return Ok{};
  TPU_TRY(const JsonReader stored, reader.at("quantization_config"));
  if (stored.json().is_null()) return Ok{};
  const Fields fields(stored);
  TPU_TRY(const std::string method, fields.text("quant_method", ""));
  if (method != "awq" && method != "gptq") {
    return Error{.code = ErrorCode::kUnsupported,
                 .message = fmt::format("quant_method {} is not known", in_quotes(method)),
                 .where = stored.where() + "/quant_method",
                 .hint = "awq and gptq are; remove quantization_config to choose --precision"};
  }
  StoredQuantisation quantisation{.method = method};
  TPU_TRY(quantisation.bits, fields.count({"bits", "w_bit"}, 4));
  const bool is_per_row = stored.json().value("group_size", Json(0)) == -1;
  if (!is_per_row) {
    TPU_TRY(quantisation.group, fields.count({"group_size", "q_group_size"}, 128));
  }
  if (quantisation.bits != 4 && quantisation.bits != 8) {
    return Error{.code = ErrorCode::kUnsupported,
                 .message = fmt::format("weights of {} bits; 4 and 8 are known", quantisation.bits),
                 .where = stored.where() + "/bits"};
  }
  model.stored = quantisation;
  return Ok{};
}

/// The text part of a model of images and text; the object itself where it has none.
Result<JsonReader> text_part(const JsonReader& whole, LanguageModel& model) {
  for (const std::string_view member : kTextMembers) {
    if (!whole.has(member)) continue;
    model.notes.emplace_back("the text part; an image tower is counted where --vision names it");
    return whole.at(member);
  }
  return whole;
}

}  // namespace

Result<LanguageModel> parse_language_model(std::string_view text, const std::string& where) {
  TPU_TRY(const Json json, parse_json(text, where));
  const JsonReader whole(json, where);
  if (!json.is_object()) return whole.error("the configuration of a model is an object");
  LanguageModel model;
  TPU_TRY(const JsonReader reader, text_part(whole, model));
  const Fields fields(reader);
  TPU_TRY(model.architecture, fields.text("model_type", ""));
  if (model.architecture.empty()) {
    return Error{.message = "the field \"model_type\" is missing",
                 .where = reader.where(),
                 .hint = "a config.json of Hugging Face is needed"};
  }
  // Models of images and text of the first kind have all fields in one object.
  std::string type = model.architecture;
  if (type == "qwen2_vl" || type == "qwen2_5_vl") type += "_text";
  const Architecture* known = architecture_of(type);
  if (known == nullptr) {
    return Error{.code = ErrorCode::kUnsupported,
                 .message = fmt::format("model_type {} is not known", in_quotes(type)),
                 .where = field_place(reader, "model_type"),
                 .hint = did_you_mean(type, architecture_names())};
  }
  TPU_TRY_STATUS(check_fields(reader));
  TPU_TRY_STATUS(read_sizes(fields, *known, model));
  TPU_TRY_STATUS(read_activation(fields, *known, model));
  TPU_TRY_STATUS(read_flags(fields, *known, model));
  TPU_TRY_STATUS(read_quantisation(whole, model));
  return model;
}

}  // namespace tpuscope
