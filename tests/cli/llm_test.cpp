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
  CHECK(tpuscope({"llm", folder.path().string()}).out == text.out);
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
