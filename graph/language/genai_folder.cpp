// Reads genai_config.json, which onnxruntime-genai and Olive put beside a model, and checks the
// graph against it.

#include <algorithm>
#include <filesystem>

#include <fmt/core.h>

#include "base/input_file.h"
#include "base/strict_json.h"
#include "base/text.h"
#include "graph/language/language_files.h"
#include "graph/onnx/external_files.h"
#include "graph/queries.h"

namespace tpuscope {
namespace {

namespace fs = std::filesystem;

Result<std::int64_t> size_at(const JsonReader& reader, std::string_view name) {
  TPU_TRY(const JsonReader member, reader.at(name));
  TPU_TRY(const std::int64_t value, member.integer());
  constexpr std::int64_t kMost = std::int64_t{1} << 24;
  if (value >= 1 && value <= kMost) return value;
  return member.error(fmt::format("{} is {}, 1 to {} are possible", name, value, kMost));
}

Status take_name(const JsonReader& reader, std::string_view name, std::string& into) {
  if (!reader.has(name)) return Ok{};
  TPU_TRY(const JsonReader member, reader.at(name));
  TPU_TRY(into, member.text());
  return Ok{};
}

Result<GraphInputs> inputs_of(const JsonReader& decoder) {
  GraphInputs inputs;
  if (!decoder.has("inputs")) return inputs;
  TPU_TRY(const JsonReader names, decoder.at("inputs"));
  TPU_TRY_STATUS(take_name(names, "input_ids", inputs.tokens));
  TPU_TRY_STATUS(take_name(names, "inputs_embeds", inputs.tokens));
  TPU_TRY_STATUS(take_name(names, "attention_mask", inputs.mask));
  TPU_TRY_STATUS(take_name(names, "position_ids", inputs.positions));
  TPU_TRY_STATUS(take_name(names, "past_key_names", inputs.past_keys));
  TPU_TRY_STATUS(take_name(names, "past_value_names", inputs.past_values));
  return inputs;
}

Status refuse_members(const JsonReader& model, const JsonReader& decoder) {
  if (model.has("encoder")) {
    return model.error("the model has an encoder; decoders are read",
                       "tpuscope profile takes its ONNX files one by one");
  }
  if (decoder.has("pipeline")) {
    return decoder.error("the decoder is a pipeline of several graphs; one graph is read",
                         "tpuscope profile takes its ONNX files one by one");
  }
  return Ok{};
}

Result<LanguageModel> sizes_of(const JsonReader& model, const JsonReader& decoder) {
  LanguageModel sizes;
  TPU_TRY(sizes.architecture, [&]() -> Result<std::string> {
    std::string type = "decoder";
    TPU_TRY_STATUS(take_name(model, "type", type));
    return type;
  }());
  TPU_TRY(sizes.layers, size_at(decoder, "num_hidden_layers"));
  TPU_TRY(sizes.hidden, size_at(decoder, "hidden_size"));
  TPU_TRY(sizes.heads, size_at(decoder, "num_attention_heads"));
  TPU_TRY(sizes.kv_heads, size_at(decoder, "num_key_value_heads"));
  TPU_TRY(sizes.head_width, size_at(decoder, "head_size"));
  TPU_TRY(sizes.vocabulary, size_at(model, "vocab_size"));
  if (model.has("context_length")) {
    TPU_TRY(sizes.positions, size_at(model, "context_length"));
  }
  if (sizes.heads % sizes.kv_heads != 0) {
    return decoder.error(
        fmt::format("num_attention_heads {} is no multiple of num_key_value_heads {}", sizes.heads,
                    sizes.kv_heads),
        "every key head serves as many query heads as every other");
  }
  if (model.has("vision")) sizes.notes.emplace_back("the text part alone, without its image tower");
  return sizes;
}

/// Files beside the graph that hold its weights are there, and as long as they must be.
Status check_weight_files(const fs::path& graph) {
  TPU_TRY(const std::string bytes, read_input(graph.string()));
  TPU_TRY(const auto files, with_location(external_files(bytes), graph.string()));
  const std::string hint =
      "the folder is half-written; name its genai_config.json alone to do without weights";
  Errors errors;
  for (const auto& [name, needed] : files) {
    const fs::path file = graph.parent_path() / name;
    std::error_code problem;
    const auto bytes_there = fs::file_size(file, problem);
    if (errors.size() == kMaxErrors) break;
    if (problem) {
      errors.push_back({.message = "there is no such file, which holds weights of the graph",
                        .where = file.string(),
                        .hint = hint});
    } else if (static_cast<std::int64_t>(bytes_there) < needed) {
      errors.push_back(
          {.message = fmt::format("the file has {} bytes; weights end at {}", bytes_there, needed),
           .where = file.string(),
           .hint = hint});
    }
  }
  if (!errors.empty()) return errors;
  return Ok{};
}

/// The type of what a net hands on first.
const TensorType& result_of(const Graph& net) {
  return net.type(net[net.outputs().front()].inputs[0]);
}

Status contradiction(const std::string& config, std::string_view field, std::int64_t stated,
                     std::int64_t found) {
  if (stated == found) return Ok{};
  return Error{.message = fmt::format("{} is {}, the graph has {}", field, stated, found),
               .where = config,
               .hint = "the two files belong to different models"};
}

/// How the products of a net are packed in the file; the first of them decides.
std::optional<StoredQuantisation> stored_in(const Graph& net) {
  for (const OpId id : net.topological_order()) {
    const Op& op = net[id];
    if (!op.is("MatMul") || !is_weight(net, op.inputs[1])) continue;
    const Attributes& weight = net[op.inputs[1].op].attributes;
    const std::int64_t group = weight.integer("stored_group");
    const std::string& stored = weight.text("stored");
    if (group == 0 || stored.size() != 2) continue;
    return StoredQuantisation{.method = "onnx", .bits = stored[1] - '0', .group = group};
  }
  return std::nullopt;
}

/// The most columns of a product of hidden states.
std::int64_t widest_product(const Graph& net, std::int64_t hidden) {
  std::int64_t widest = 0;
  for (const OpId id : net.ops()) {
    const Op& op = net[id];
    if (!op.is("MatMul") || !is_weight(net, op.inputs[1])) continue;
    if (net.type(op.inputs[0]).shape.back() == hidden)
      widest = std::max(widest, op.results[0].type.shape.back());
  }
  return widest;
}

/// What the graph says about the model, which may not be other than what the configuration says.
Status take_graph(const LayerCut& cut, const std::string& config, LanguageModel& model) {
  const LayerKind& usual = cut.kinds.front();
  TPU_TRY_STATUS(contradiction(config, "num_hidden_layers", model.layers, cut.layers()));
  TPU_TRY_STATUS(
      contradiction(config, "hidden_size", model.hidden, result_of(cut.embedding).shape.back()));
  TPU_TRY_STATUS(
      contradiction(config, "vocab_size", model.vocabulary, result_of(cut.head).shape.back()));
  model.intermediate = widest_product(usual.net, model.hidden);
  model.stored = stored_in(usual.net);
  model.stored_head = stored_in(cut.head);
  model.notes.push_back(fmt::format("{} of {} layers are equal: one is simulated for all",
                                    usual.count, cut.layers()));
  if (cut.kinds.size() > 1) {
    model.notes.push_back(fmt::format(
        "the other {} are of {} other {} and are taken to last as long", cut.layers() - usual.count,
        cut.kinds.size() - 1, cut.kinds.size() == 2 ? "kind" : "kinds"));
  }
  return Ok{};
}

}  // namespace

Result<LanguageModel> load_genai_model(const std::string& config, bool needs_weights) {
  TPU_TRY(const std::string text, read_input(config));
  TPU_TRY(const nlohmann::ordered_json json, parse_json(text, config));
  TPU_TRY(const JsonReader reader, JsonReader(json, config).at("model"));
  TPU_TRY(const JsonReader decoder, reader.at("decoder"));
  TPU_TRY_STATUS(refuse_members(reader, decoder));
  TPU_TRY(LanguageModel model, sizes_of(reader, decoder));
  TPU_TRY(GraphInputs inputs, inputs_of(decoder));
  std::string name = "model.onnx";
  TPU_TRY_STATUS(take_name(decoder, "filename", name));
  const fs::path graph = fs::path(config).parent_path() / name;
  std::error_code problem;
  if (!fs::exists(graph, problem)) {
    return Error{.message = "there is no such file",
                 .where = graph.string(),
                 .hint = "genai_config.json names it as the decoder"};
  }
  if (needs_weights) TPU_TRY_STATUS(check_weight_files(graph));
  auto files = std::make_shared<LanguageFiles>(graph.string(), std::move(inputs), model);
  TPU_TRY(const LayerCut* cut, files->any_cut(1));
  TPU_TRY_STATUS(take_graph(*cut, config, model));
  model.files = std::move(files);
  return model;
}

}  // namespace tpuscope
