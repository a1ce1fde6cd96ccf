// genai_config.json beside a graph of all layers: what is read, and what is refused.

#include <doctest/doctest.h>

#include "graph/language/language_files.h"
#include "graph/language/language_nets.h"
#include "tests/support/places.h"
#include "tests/support/temporary_folder.h"

namespace tpuscope::test {
namespace {

std::string genai_file(const std::string& name) {
  return source_folder() + "/tests/cases/genai/" + name;
}

/// A copy of the model's folder whose configuration says `to` for `from`.
class Changed {
 public:
  Changed(const std::string& from, const std::string& to) {
    std::string config = read_bytes(genai_file("genai_config.json"));
    const std::size_t at = config.find(from);
    REQUIRE(at != std::string::npos);
    config.replace(at, from.size(), to);
    config_ = folder_.write("genai_config.json", config);
    folder_.write("model.onnx", read_bytes(genai_file("model.onnx")));
  }
  Result<LanguageModel> load() const { return load_language_model(config_); }
  Error refused() const {
    const Result<LanguageModel> model = load();
    REQUIRE(!model.ok());
    return model.error();
  }
  const TemporaryFolder& folder() const { return folder_; }

 private:
  TemporaryFolder folder_{};
  std::string config_{};
};

std::int64_t ops_in_net(const Graph& graph, std::string_view type) {
  std::int64_t found = 0;
  for (const OpId op : graph.ops())
    found += graph[op].is(type) ? 1 : 0;
  return found;
}

TEST_CASE("sizes come from the configuration, types from the graph") {
  const Result<LanguageModel> model = load_language_model(genai_file("genai_config.json"));
  REQUIRE(model.ok());
  CHECK(model->layers == 3);
  CHECK(model->hidden == 256);
  CHECK(model->heads == 4);
  CHECK(model->kv_heads == 2);
  CHECK(model->head_width == 64);
  CHECK(model->intermediate == 512);
  CHECK(model->vocabulary == 1024);
  REQUIRE(model->stored);
  CHECK(model->stored->bits == 4);
  CHECK(model->stored->group == 32);
  CHECK(!model->stored_head);  // its head is in half precision
  CHECK(model->notes.front() == "3 of 3 layers are equal: one is simulated for all");
}

TEST_CASE("a block is one layer for so many tokens, with its products packed as in the file") {
  const LanguageModel model = *load_language_model(genai_file("genai_config.json"));
  const LanguageTypes types{.bits = 4, .group = 32};
  const Result<Graph> token = block_net(model, types, {.now = 1, .past = 40});
  REQUIRE(token.ok());
  CHECK(token->name() == "block_cache");
  CHECK(ops_in_net(*token, "A16MatMul") == 7);
  CHECK(ops_in_net(*token, "MatMul") == 2);  // of attention
  CHECK(ops_in_net(*token, "Softmax") == 1);
  CHECK(to_text(*token).find("f16[1,2,40,64]") != std::string::npos);
  CHECK(to_text(*token).find("group=32") != std::string::npos);
  const Result<Graph> prompt = block_net(model, types, {.now = 24});
  REQUIRE(prompt.ok());
  CHECK(prompt->name() == "block");
  CHECK(prompt->type({prompt->inputs().front()}).shape == Shape{1, 24, 256});
  CHECK(head_net(model, types, 1)->name() == "lm_head");
  CHECK(ops_in_net(*embedding_net(model, types, 24), "Gather") == 1);
  // Other bits than those of the file.
  const Result<Graph> wide = block_net(model, {.bits = 8, .group = 64}, {.now = 1, .past = 40});
  REQUIRE(wide.ok());
  CHECK(to_text(*wide).find("bits=8") != std::string::npos);
}

TEST_CASE("bytes of a block are those of its packed weights") {
  const LanguageModel model = *load_language_model(genai_file("genai_config.json"));
  // q, k, v, o: 256 x (256 + 128 + 128) + 256 x 256; gate, up, down: 3 x 256 x 512.
  const std::int64_t weights = 256 * (256 + 128 + 128) + 256 * 256 + 3 * 256 * 512;
  // Biases, norms, and a cosine and a sine of the token's place for each of 32 pairs.
  const std::int64_t half = 2 * (256 + 128 + 128 + 2 * 256 + 2 * 32);
  CHECK(block_weight_bytes(model, {.bits = 4, .group = 32}) ==
        weights / 2 + weights / 32 * 3 + half);
}

TEST_CASE("a group that does not divide is refused by the product's name") {
  const LanguageModel model = *load_language_model(genai_file("genai_config.json"));
  const Result<Graph> net = block_net(model, {.bits = 4, .group = 96}, {.now = 1, .past = 40});
  REQUIRE(!net.ok());
  CHECK(net.error().message.find("groups of 96") != std::string::npos);
}

TEST_CASE("a configuration that the graph contradicts is refused by the field's name") {
  const Error layers = Changed("\"num_hidden_layers\": 3", "\"num_hidden_layers\": 4").refused();
  CHECK(layers.message == "num_hidden_layers is 4, the graph has 3");
  CHECK(layers.where.find("genai_config.json") != std::string::npos);
  CHECK(Changed("\"hidden_size\": 256", "\"hidden_size\": 512").refused().message ==
        "hidden_size is 512, the graph has 256");
  CHECK(Changed("\"vocab_size\": 1024", "\"vocab_size\": 1000").refused().message ==
        "vocab_size is 1000, the graph has 1024");
  CHECK(Changed("\"num_key_value_heads\": 2", "\"num_key_value_heads\": 3")
            .refused()
            .message.find("num_key_value_heads 3") != std::string::npos);
  CHECK(!Changed("\"head_size\": 64", "\"head_size\": 32").load().ok());
}

TEST_CASE("a model that is not there, or not whole, is refused") {
  CHECK(Changed("model.onnx", "other.onnx").refused().where.find("other.onnx") !=
        std::string::npos);
  CHECK(Changed("\"decoder\"", "\"decorator\"").refused().message.find("decoder") !=
        std::string::npos);
  CHECK(Changed("\"decoder\"", "\"encoder\": {}, \"decoder\"").refused().message.find("encoder") !=
        std::string::npos);
  // The folder must have its weights; the configuration alone does without.
  const Changed same("\"head_size\": 64", "\"head_size\": 64");
  CHECK(same.load().ok());
  const Result<LanguageModel> folder = load_language_model(same.folder().path().string());
  REQUIRE(!folder.ok());
  CHECK(folder.error().where.find("model.onnx.data") != std::string::npos);
  CHECK(folder.error().hint.find("genai_config.json alone") != std::string::npos);
}

}  // namespace
}  // namespace tpuscope::test
