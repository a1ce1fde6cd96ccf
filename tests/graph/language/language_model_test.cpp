// config.json: what is read, what is refused, and the nets that come of it.

#include "graph/language/language_model.h"

#include <algorithm>

#include <doctest/doctest.h>

#include "graph/language/language_nets.h"
#include "tests/support/temporary_folder.h"

namespace tpuscope::test {
namespace {

std::string config(const std::string& more = "", const std::string& type = "llama") {
  return R"({"model_type": ")" + type +
         R"(", "hidden_size": 512, "num_hidden_layers": 4, "num_attention_heads": 8,
  "intermediate_size": 1024, "vocab_size": 4096)" +
         more + "}";
}

Error refused(const std::string& text) {
  const Result<LanguageModel> model = parse_language_model(text, "config.json");
  REQUIRE(!model.ok());
  return model.error();
}

/// A file of weights with one tensor of so many bytes: a length, a header, the values.
std::string weights_of(std::size_t bytes) {
  const std::string header = R"({"a":{"dtype":"F16","shape":[)" + std::to_string(bytes / 2) +
                             R"(],"data_offsets":[0,)" + std::to_string(bytes) + "]}}";
  std::string file(8, '\0');
  file[0] = static_cast<char>(header.size());
  return file + header + std::string(bytes, 'v');
}

TEST_CASE("sizes are read, and what is left out follows from them") {
  const LanguageModel model = *parse_language_model(config(), "config.json");
  CHECK(model.layers == 4);
  CHECK(model.kv_heads == 8);
  CHECK(model.head_width == 512 / 8);
  CHECK(!model.has_tied_head);
  CHECK(!model.has_qkv_bias);
  const LanguageModel grouped =
      *parse_language_model(config(R"(, "num_key_value_heads": 2, "head_dim": 128)"), "c");
  CHECK(grouped.kv_heads == 2);
  CHECK(grouped.head_width == 128);
}

TEST_CASE("architectures mean what their makers mean where they say nothing") {
  CHECK(parse_language_model(config("", "qwen2"), "c")->has_qkv_bias);
  CHECK(parse_language_model(config("", "qwen3"), "c")->has_qk_norm);
  CHECK(!parse_language_model(config("", "qwen3"), "c")->has_qkv_bias);
  CHECK(parse_language_model(config("", "gemma2"), "c")->has_tied_head);
  CHECK(parse_language_model(config("", "gemma2"), "c")->has_post_norms);
  CHECK(parse_language_model(config("", "gemma2"), "c")->uses_gelu);
  CHECK(parse_language_model(config(R"(, "scale_depth": 1.4)", "minicpm"), "c")->scales_residual);
  CHECK(parse_language_model(config("", "qwen"), "c")->intermediate == 1024 / 2);
  CHECK(
      parse_language_model(
          config(R"(, "multi_query_attention": true, "multi_query_group_num": 2)", "chatglm"), "c")
          ->kv_heads == 2);
}

TEST_CASE("stored quantisation is read") {
  const LanguageModel model = *parse_language_model(
      config(R"(, "quantization_config": {"quant_method": "gptq", "bits": 8, "group_size": 128})"),
      "c");
  REQUIRE(model.stored);
  CHECK(model.stored->bits == 8);
  CHECK(model.stored->group == 128);
  CHECK(refused(config(R"(, "quantization_config": {"quant_method": "exl2", "bits": 4})")).code ==
        ErrorCode::kUnsupported);
  CHECK(refused(config(R"(, "quantization_config": {"quant_method": "awq", "bits": 3})")).code ==
        ErrorCode::kUnsupported);
}

TEST_CASE("the text part of a model of images is taken, and that is said") {
  const std::string text = R"({"model_type": "llava", "text_config": )" + config() + "}";
  const LanguageModel model = *parse_language_model(text, "c");
  CHECK(model.hidden == 512);
  CHECK(!model.notes.empty());
}

TEST_CASE("a field that shapes the network and is not known is refused by name") {
  CHECK(refused(config(R"(, "num_local_experts": 8)")).message.find("num_local_experts") !=
        std::string::npos);
  CHECK(refused(config(R"(, "kv_lora_rank": 512)")).message.find("kv_lora_rank") !=
        std::string::npos);
  // What is switched off, and what says nothing of the network, is not in the way.
  CHECK(parse_language_model(config(R"(, "num_local_experts": 0, "rope_theta": 1e6,
    "torch_dtype": "bfloat16", "eos_token_id": 2)"),
                             "c")
            .ok());
}

TEST_CASE("contradictions and gaps are named") {
  CHECK(refused(config(R"(, "num_key_value_heads": 3)")).message.find("num_key_value_heads 3") !=
        std::string::npos);
  CHECK(refused(R"({"model_type": "llama", "hidden_size": 512})").message.find("num_hidden") !=
        std::string::npos);
  CHECK(refused(R"({"hidden_size": 512})").message.find("model_type") != std::string::npos);
  CHECK(refused(config(R"(, "layer_types": ["full_attention"])")).message.find("layer_types") !=
        std::string::npos);
  CHECK(!parse_language_model(config(R"(, "sliding_window": 8, "use_sliding_window": "yes")"), "c")
             .ok());
  CHECK(refused(config("", "lama")).hint.find("llama") != std::string::npos);
  CHECK(!parse_language_model(config(R"(, "hidden_act": "relu")"), "c").ok());
  CHECK(!parse_language_model(R"({"model_type": "llama", "hidden_size": "512"})", "c").ok());
  CHECK(!parse_language_model("[]", "c").ok());
  CHECK(!parse_language_model("{", "c").ok());
}

TEST_CASE("a folder whose index names weights that are not there is half-written") {
  const TemporaryFolder folder;
  CHECK(!load_language_model(folder.path().string()).ok());
  folder.write("config.json", config());
  CHECK(load_language_model(folder.path().string()).ok());
  folder.write("model.safetensors.index.json", R"({"weight_map": {"a": "model-1.safetensors"}})");
  const Result<LanguageModel> model = load_language_model(folder.path().string());
  REQUIRE(!model.ok());
  CHECK(model.error().where.find("model-1.safetensors") != std::string::npos);
  const std::string whole = weights_of(4);
  folder.write("model-1.safetensors", whole);
  CHECK(load_language_model(folder.path().string()).ok());
  // Half of it: within the header, and within the values.
  for (const std::size_t bytes :
       {std::size_t{0}, std::size_t{3}, std::size_t{20}, whole.size() - 1}) {
    CAPTURE(bytes);
    folder.write("model-1.safetensors", whole.substr(0, bytes));
    const Result<LanguageModel> half = load_language_model(folder.path().string());
    REQUIRE(!half.ok());
    CHECK(half.errors().size() == 1);
    CHECK(half.error().hint.find("half-written") != std::string::npos);
  }
}

TEST_CASE("of many missing files there is one error; a folder without weights is said to be one") {
  const TemporaryFolder folder;
  folder.write("config.json", config());
  const std::vector<std::string> notes = load_language_model(folder.path().string())->notes;
  CHECK(std::any_of(notes.begin(), notes.end(), [](const std::string& note) {
    return note.find("no weights") != std::string::npos;
  }));
  folder.write("model.safetensors.index.json",
               R"({"weight_map": {"a": "1.safetensors", "b": "2.safetensors"}})");
  const Result<LanguageModel> model = load_language_model(folder.path().string());
  REQUIRE(!model.ok());
  CHECK(model.errors().size() == 1);
  CHECK(model.error().message.find("2 of 2") != std::string::npos);
}

TEST_CASE("blocks have the products of their model, and cached ones read the cache") {
  const LanguageModel model =
      *parse_language_model(config(R"(, "num_key_value_heads": 2)", "qwen3"), "c");
  const LanguageTypes types;
  const Graph block = *block_net(model, types, {.now = 16});
  std::int64_t products = 0;
  for (const OpId op : block.ops())
    products += block[op].is("A16MatMul") ? 1 : 0;
  CHECK(products == 7);
  const Graph cached = *block_net(model, types, {.now = 1, .past = 64});
  CHECK(cached.inputs().size() == block.inputs().size() + 2);
  CHECK(check_groups(model, {.group = 64}).ok());
  const Status refused_group = check_groups(model, {.group = 96});
  REQUIRE(!refused_group.ok());
  CHECK(refused_group.error().hint.find("--group-size 128") != std::string::npos);
}

}  // namespace
}  // namespace tpuscope::test
