// llm as users call it: figures, forms, mistakes.

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "tests/cli/errors.h"
#include "tests/support/temporary_folder.h"

namespace tpuscope::test {
namespace {

constexpr std::string_view kConfig =
    R"({"model_type": "qwen2", "hidden_size": 512, "num_hidden_layers": 4,
 "num_attention_heads": 8, "num_key_value_heads": 2, "intermediate_size": 1024,
 "vocab_size": 4096})";

TEST_CASE("llm shows a token, the first token and memory, twice the same bytes") {
  const TemporaryFolder folder;
  const std::string config = folder.write("config.json", kConfig);
  const ProcessResult text = tpuscope({"llm", config});
  CHECK(text.exit_code == kDone);
  for (const char* part : {"first token", "tokens/s", "memory", "block_cache", "lm_head"})
    CHECK(contains(text.out, part));
  // A folder is its configuration; that it has no weights is said besides.
  const std::string whole = tpuscope({"llm", folder.path().string()}).out;
  CHECK(contains(whole, "no weights"));
  CHECK(whole.substr(0, whole.find("  note:")) == text.out.substr(0, text.out.find("  note:")));
  const ProcessResult markdown = tpuscope({"llm", config, "--markdown"});
  CHECK(contains(markdown.out, "| block_cache | 4 |"));
}

TEST_CASE("the summary of llm in JSON has what programs ask for, and nets add up") {
  const TemporaryFolder folder;
  const std::string config = folder.write("config.json", kConfig);
  const ProcessResult run =
      tpuscope({"llm", config, "--chip", "bm1688", "--cores", "2", "--precision", "w4bf16",
                "--group-size", "64", "--context", "512", "--prefill", "256", "--head-precision",
                "f16", "--host", "cpp", "--json"});
  REQUIRE(run.exit_code == kDone);
  const nlohmann::json json = nlohmann::json::parse(run.out);
  const nlohmann::json& summary = json.at("summary");
  CHECK(summary.at("tokens_per_s").get<double>() ==
        doctest::Approx(1e12 / summary.at("token_ps").get<double>()));
  CHECK(summary.at("token_interval_ps").at("low") < summary.at("token_ps"));
  CHECK(summary.at("first_token_ps") < summary.at("first_token_interval_ps").at("high"));
  CHECK(summary.at("footprint_bytes").get<std::int64_t>() > 0);
  std::int64_t causes = 0;
  for (const auto& [name, time] : json.at("decode").at("causes_ps").items())
    causes += time.get<std::int64_t>();
  CHECK(causes == summary.at("token_ps").get<std::int64_t>());
}

TEST_CASE("the curve, the table and the rows are there when asked for") {
  const TemporaryFolder folder;
  const std::string config = folder.write("config.json", kConfig);
  const ProcessResult run = tpuscope({"llm", config, "--curve", "--variants", "--rows", "--json"});
  REQUIRE(run.exit_code == kDone);
  const nlohmann::json json = nlohmann::json::parse(run.out);
  CHECK(json.at("curve").size() == 7);
  CHECK(json.at("variants").size() > 10);
  CHECK(json.at("rows_per_step").size() == 5);
  const ProcessResult text = tpuscope({"llm", config, "--curve", "--variants", "--rows"});
  CHECK(contains(text.out, "32768"));
  CHECK(contains(text.out, "bm1688"));
}

TEST_CASE("nets are written as graphs that the other verbs read and find no fault in") {
  const TemporaryFolder folder;
  const std::string config = folder.write("config.json", kConfig);
  const std::string nets = folder.file("nets");
  REQUIRE(tpuscope({"llm", config, "--precision", "w4f16", "--nets", nets}).exit_code == kDone);
  for (const char* name : {"block", "block_cache", "lm_head", "embedding", "embedding_cache"}) {
    CAPTURE(name);
    const ProcessResult check =
        tpuscope({"check", nets + "/" + name + ".tpu", "--precision", "f16", "--io", "native"});
    CAPTURE(check.out + check.err);
    CHECK(check.exit_code == kDone);
  }
}

TEST_CASE("the nets in a row take as long as llm says a token and a first token take") {
  const TemporaryFolder folder;
  const std::string config = folder.write("config.json", kConfig);
  for (const char* host : {"cpp", "python"}) {
    CAPTURE(host);
    const std::string nets = folder.file(host);
    const ProcessResult llm =
        tpuscope({"llm", config, "--host", host, "--prefill", "128", "--nets", nets, "--json"});
    REQUIRE(llm.exit_code == kDone);
    const nlohmann::json summary = nlohmann::json::parse(llm.out).at("summary");
    const auto time_of = [&](const std::string& run) {
      const ProcessResult profile =
          tpuscope({"profile", nets + "/program.json#" + run, "--launch", "0", "--json"});
      CAPTURE(profile.err);
      REQUIRE(profile.exit_code == kDone);
      return nlohmann::json::parse(profile.out).at("summary").at("time_ps").get<double>();
    };
    CHECK(time_of("decode") ==
          doctest::Approx(summary.at("token_ps").get<double>()).epsilon(0.002));
    CHECK(time_of("prefill") ==
          doctest::Approx(summary.at("first_token_ps").get<double>()).epsilon(0.002));
  }
}

TEST_CASE("pages and a trace of a token are written, and each net's page is its own") {
  const TemporaryFolder folder;
  const std::string config = folder.write("config.json", kConfig);
  const std::string pages = folder.file("pages");
  const ProcessResult run =
      tpuscope({"llm", config, "--html", folder.file("one.html"), "--trace",
                folder.file("token.json"), "--trace-detail", "op", "--pages", pages});
  CAPTURE(run.err);
  REQUIRE(run.exit_code == kDone);
  CHECK(contains(read_bytes(folder.file("one.html")), "tokens_per_s"));
  CHECK(contains(read_bytes(folder.file("token.json")), "block_cache.3/"));
  for (const char* name :
       {"index", "token", "block", "block_cache", "lm_head", "embedding", "embedding_cache"}) {
    CAPTURE(name);
    CHECK(contains(read_bytes(folder.file(std::string("pages/") + name + ".html")), "</html>"));
  }
}

TEST_CASE("a vision tower is a net of the first token, and no token after it") {
  const TemporaryFolder folder;
  const std::string config = folder.write("config.json", kConfig);
  const std::string tower = folder.write("tower.tpu", R"(pixels = Input f16[1,64,768]
w = Weight f16[768,512]
rows = MatMul(pixels, w)
return rows
)");
  const auto json_of = [&](std::vector<std::string> words) {
    words.insert(words.begin(), {"llm", config, "--prefill", "256", "--json"});
    const ProcessResult run = tpuscope(words);
    CAPTURE(run.err);
    REQUIRE(run.exit_code == kDone);
    return nlohmann::json::parse(run.out);
  };
  const nlohmann::json text = json_of({});
  const nlohmann::json image = json_of({"--vision", tower});
  CHECK(text.at("summary").at("token_ps") == image.at("summary").at("token_ps"));
  const nlohmann::json& net = image.at("prefill").at("nets").at(0);
  CHECK(net.at("name") == "vision");
  constexpr std::int64_t kLaunch = 50'000'000;  // overhead.net_us of bm1684x
  CHECK(image.at("summary").at("first_token_ps").get<std::int64_t>() ==
        text.at("summary").at("first_token_ps").get<std::int64_t>() +
            net.at("time_ps").get<std::int64_t>() + kLaunch);
  CHECK(image.at("summary").at("footprint_bytes").get<std::int64_t>() ==
        text.at("summary").at("footprint_bytes").get<std::int64_t>() + 2 * 768 * 512);
  // Its 64 rows are tokens of the prompt, as wide as hidden states.
  check_refused({"llm", config, "--prefill", "32", "--vision", tower}, kUsage, {"64", "--prefill"});
  check_refused({"llm", folder.write("narrow.json", R"({"model_type": "qwen2", "hidden_size": 256,
 "num_hidden_layers": 4, "num_attention_heads": 4, "intermediate_size": 1024,
 "vocab_size": 4096})"),
                 "--vision", tower},
                kInput, {"hidden_size", "256", "projector"});
  check_refused({"llm", config, "--vision", folder.file("gone.onnx")}, kInput, {"gone.onnx"});
}

TEST_CASE("mistakes of llm name what is wrong") {
  const TemporaryFolder folder;
  const std::string config = folder.write("config.json", kConfig);
  check_refused({"llm", config, "--precision", "w5"}, kUsage, {"w5"});
  check_refused({"llm", config, "--group-size", "96"}, kInput, {"96", "hidden_size"});
  check_refused({"llm", config, "--prefill", "1024"}, kUsage, {"1024", "--context"});
  check_refused({"llm", config, "--host", "rust"}, kUsage, {"rust"});
  check_refused({"llm", config, "--chip", "bm1684"}, kUnsupported, {"bm1684"});
  check_refused({"llm", config, "--context", "0"}, kUsage, {"--context"});
  check_refused({"llm", folder.path().string() + "/none"}, kInput, {"none"});
  check_refused({"llm", folder.write("broken.json", "{")}, kInput, {"broken.json"});
}

}  // namespace
}  // namespace tpuscope::test
