// Gates for continuous integration, through the program.

#include <doctest/doctest.h>
#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include "tests/support/cli.h"
#include "tests/support/temporary_folder.h"

namespace tpuscope::test {
namespace {

constexpr std::string_view kSmall = "x = Input f32[1,64]\ny = Relu(x)\nz = Sigmoid(y)\nreturn z\n";
constexpr std::string_view kLarger =
    "x = Input f32[1,64]\ny = Relu(x)\nz = Sigmoid(y)\na = Sigmoid(z)\nb = Relu(a)\nreturn b\n";

/// A folder with a model and one gate on it.
struct Gated {
  explicit Gated(const std::string& fail_on)
      : model(folder.write("small.tpu", std::string(kSmall))),
        baseline(folder.file("small.json")),
        gates(folder.write("gates.json",
                           fmt::format(R"({{"gates": [{{"name": "small", "profile": ["{}"],
                                           "baseline": "{}", "fail_on": [{}]}}]}})",
                                       model, baseline, fail_on))) {}
  TemporaryFolder folder{};
  std::string model;
  std::string baseline;
  std::string gates;
};

TEST_CASE("a gate passes while nothing changed and fails once the model takes longer") {
  const Gated gated(R"("time>+0%")");
  CHECK(tpuscope({"ci", gated.gates, "--update"}).exit_code == kDone);
  const ProcessResult same = tpuscope({"ci", gated.gates});
  CHECK(same.exit_code == kDone);
  CHECK(contains(same.out, "passed"));

  const std::string baseline = read_bytes(gated.baseline);
  gated.folder.write("small.tpu", std::string(kLarger));
  const ProcessResult slower = tpuscope({"ci", gated.gates});
  CHECK(slower.exit_code == kAnswerIsNo);
  CHECK(contains(slower.out, "failed: time>+0%"));
  // Judging leaves the baseline as it was, updating makes it what runs now.
  CHECK(read_bytes(gated.baseline) == baseline);
  CHECK(tpuscope({"ci", gated.gates, "--update"}).exit_code == kDone);
  CHECK(tpuscope({"ci", gated.gates}).exit_code == kDone);
}

TEST_CASE("a budget is judged without a baseline, in text, Markdown and JSON alike") {
  const TemporaryFolder folder;
  const std::string model = folder.write("small.tpu", std::string(kSmall));
  const auto gates = [&](const std::string& limit) {
    return folder.write("gates.json", fmt::format(R"({{"gates": [{{"profile": ["{}"],
                                                     "fail_on": ["time>{}"]}}]}})",
                                                  model, limit));
  };
  CHECK(tpuscope({"ci", gates("1000ms")}).exit_code == kDone);
  const ProcessResult text = tpuscope({"ci", gates("1ns")});
  CHECK(text.exit_code == kAnswerIsNo);
  CHECK(contains(text.out, "failed: time>1ns"));
  const ProcessResult markdown = tpuscope({"ci", gates("1ns"), "--markdown"});
  CHECK(markdown.exit_code == kAnswerIsNo);
  CHECK(contains(markdown.out, "| gate | time | baseline | change | |"));
  const auto json = nlohmann::json::parse(tpuscope({"ci", gates("1ns"), "--json"}).out);
  CHECK(json["gates"][0]["passed"] == false);
  CHECK(json["gates"][0]["baseline_time_ps"].is_null());
}

TEST_CASE("a gate whose own run is over its budget fails, and passes while the budget is kept") {
  const TemporaryFolder folder;
  const std::string model = folder.write("small.tpu", std::string(kSmall));
  const auto gates = [&](const std::string& budget) {
    return folder.write("gates.json", fmt::format(R"({{"gates": [{{"profile": ["{}", "--budget",
                                                     "{}"], "fail_on": []}}]}})",
                                                  model, budget));
  };
  CHECK(tpuscope({"ci", gates("1s")}).exit_code == kDone);
  const ProcessResult over = tpuscope({"ci", gates("1ns")});
  CHECK(over.exit_code == kAnswerIsNo);
  CHECK(contains(over.out, "failed: over its own --budget"));
  CHECK(!contains(over.out, "passed"));
}

TEST_CASE("a model that cannot be read is said and leaves the other gates their answer") {
  const TemporaryFolder folder;
  const std::string model = folder.write("small.tpu", std::string(kSmall));
  const std::string gates = folder.write(
      "gates.json", fmt::format(R"({{"gates": [{{"profile": ["missing.onnx"], "fail_on": []}},
                                   {{"profile": ["{}"], "fail_on": ["time>1s"]}}]}})",
                                model));
  // "s" is no unit of conditions.
  CHECK(tpuscope({"ci", gates}).exit_code == kInput);
  const std::string mended = folder.write(
      "gates.json", fmt::format(R"({{"gates": [{{"profile": ["missing.onnx"], "fail_on": []}},
                                   {{"profile": ["{}"], "fail_on": ["time>1000ms"]}}]}})",
                                model));
  const ProcessResult run = tpuscope({"ci", mended});
  CHECK(run.exit_code == kInput);
  CHECK(contains(run.out, "no answer"));
  CHECK(contains(run.out, "passed"));
  CHECK(contains(run.err, "missing.onnx"));
}

TEST_CASE("a file of gates that is wrong is refused with its place") {
  const TemporaryFolder folder;
  const auto error_of = [&](const std::string& text) {
    const ProcessResult run = tpuscope({"ci", folder.write("gates.json", text)});
    CHECK(run.exit_code == kInput);
    return run.err;
  };
  CHECK(contains(error_of(R"({"gates": []})"), "without gates"));
  CHECK(contains(error_of(R"({"gates": [{"profile": [], "fail_on": []}]})"), "without a model"));
  CHECK(contains(error_of(R"({"gates": [{"profile": ["a"], "fail_on": ["time>+2%"]}]})"),
                 "no baseline"));
  CHECK(contains(error_of(R"({"gates": [{"profile": ["a"], "fail_on": [], "budget": 3}]})"),
                 "/gates/0"));
}

}  // namespace
}  // namespace tpuscope::test
