// The flags about layer groups, each with a run that it changes and one that it leaves alone.

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "tests/cli/errors.h"
#include "tests/support/temporary_folder.h"

namespace tpuscope::test {
namespace {

using Json = nlohmann::ordered_json;

/// Ops that fit local memory together in many slices.
const std::string kGroupFlagsNetwork = R"(
  x = Input f32[1,64,128,128]
  w = Weight f32[64,64,3,3]
  a = Conv(x, w) pads=[1,1,1,1]
  b = Relu(a)
  v = Weight f32[64,64,3,3]
  c = Conv(b, v) pads=[1,1,1,1]
  d = Sigmoid(c)
  return d
)";

/// A run of the network above with more flags.
Json run_with(const std::vector<std::string>& more) {
  const TemporaryFolder folder;
  std::vector<std::string> words = {"profile", folder.write("small.tpu", kGroupFlagsNetwork),
                                    "--json"};
  words.insert(words.end(), more.begin(), more.end());
  const ProcessResult result = tpuscope(words);
  CAPTURE(result.err);
  REQUIRE(result.exit_code == kDone);
  return Json::parse(result.out);
}

std::int64_t time_of(const Json& report) {
  return report["summary"]["time_ps"];
}

/// Whether two reports are equal, wherever the network's file was.
bool same_runs(Json a, const Json& b) {
  a["context"]["model"] = b["context"]["model"];
  // How a run was asked for; what it is made of says the rest of the context.
  a["context"]["flags"] = b["context"]["flags"];
  return a == b;
}

std::size_t largest_group(const Json& report) {
  std::size_t largest = 0;
  for (const Json& group : report["groups"])
    largest = std::max(largest, group["ops"].size());
  return largest;
}

TEST_CASE("--group-method none is a run without the switch layer_group") {
  const Json none = run_with({"--group-method", "none"});
  Json off = run_with({"--passes", "optimized,-layer_group"});
  CHECK(largest_group(none) == 1);
  CHECK(time_of(none) > time_of(run_with({})));
  // What the user wrote is all that differs.
  CHECK(none["context"]["passes"]["preset"] == "optimized");
  off["context"]["passes"]["preset"] = "optimized";
  CHECK(same_runs(none, off));
}

TEST_CASE("a method that is chosen wins over the preset, and without one the preset decides") {
  CHECK(largest_group(run_with({"--passes", "none"})) == 1);
  for (const std::string method : {"greedy", "dp", "optimal"}) {
    CAPTURE(method);
    CHECK(largest_group(run_with({"--group-method", method})) > 1);
    const Json chosen = run_with({"--passes", "none", "--group-method", method});
    CHECK(largest_group(chosen) > 1);
    CHECK(chosen["context"]["passes"]["switches"] == Json{"layer_group"});
  }
  CHECK(same_runs(run_with({}), run_with({"--group-method", "dp"})));
}

TEST_CASE("an unknown method is refused with those there are") {
  check_refused({"profile", "resnet50", "--group-method", "alone"}, kUsage,
                {"unknown method \"alone\"", "none, greedy, dp, optimal"});
  const ProcessResult help = tpuscope({"profile", "--help", "--wide"});
  CHECK(contains(help.out, "none, greedy, dp or optimal"));
}

TEST_CASE("compare takes the method for both runs and for every precision") {
  const TemporaryFolder folder;
  const std::string model = folder.write("small.tpu", kGroupFlagsNetwork);
  const auto compared = [&](const std::string& method) {
    const ProcessResult result =
        tpuscope({"compare", model, "--json", "--group-method", method, "--before", "none"});
    REQUIRE(result.exit_code == kDone);
    return Json::parse(result.out);
  };
  const Json none = compared("none");
  CHECK(largest_group(none["before"]) == 1);
  CHECK(largest_group(none["after"]) == 1);
  const Json dp = compared("dp");
  CHECK(largest_group(dp["before"]) > 1);
  CHECK(largest_group(dp["after"]) > 1);
}

TEST_CASE("a sweep over methods has a point without groups, whatever the flag says") {
  const TemporaryFolder folder;
  const std::string model = folder.write("small.tpu", kGroupFlagsNetwork);
  const auto swept = [&](const std::vector<std::string>& more) {
    std::vector<std::string> words = {"sweep", model, "--json"};
    words.insert(words.end(), more.begin(), more.end());
    const ProcessResult result = tpuscope(words);
    REQUIRE(result.exit_code == kDone);
    return Json::parse(result.out);
  };
  const std::int64_t none = time_of(run_with({"--group-method", "none"}));
  const std::int64_t dp = time_of(run_with({}));
  for (const std::string flag : {"none", "greedy"}) {
    const Json methods =
        swept({"--vary", "passes.layer_group.method=none,dp", "--group-method", flag});
    CHECK(methods["points"][0]["figures"]["time_ps"] == none);
    CHECK(methods["points"][1]["figures"]["time_ps"] == dp);
  }
  const Json presets = swept({"--vary", "passes=none,optimized", "--group-method", "none"});
  CHECK(presets["points"][1]["figures"]["time_ps"] == none);
}

TEST_CASE("--group-max-ops limits groups") {
  CHECK(largest_group(run_with({"--group-max-ops", "2"})) == 2);
  CHECK(same_runs(run_with({"--group-max-ops", "0"}), run_with({})));
  check_refused({"profile", "resnet50", "--group-max-ops", "few"}, kUsage, {"few"});
}

TEST_CASE("--limit refuses what needs more commands, and names the flag that allows them") {
  const Json summary = run_with({})["summary"];
  const std::int64_t commands =
      summary["bdc_commands"].get<std::int64_t>() + summary["gdma_commands"].get<std::int64_t>();
  CHECK(time_of(run_with({"--limit", std::to_string(commands)})) == summary["time_ps"]);
  const TemporaryFolder folder;
  const std::string file = folder.write("small.tpu", kGroupFlagsNetwork);
  check_refused({"profile", file, "--limit", std::to_string(commands - 1)}, kUnsupported,
                {"more than", "--limit N allows more"});
  check_refused({"profile", file, "--limit", "0"}, kUsage, {"at least 1"});
}

TEST_CASE("a network that a board's memory cannot hold is refused") {
  // 4000 images of 3 x 224 x 224 halves are 1.2 GB of input alone.
  CHECK(tpuscope({"profile", "resnet50", "--set", "chip.ddr.capacity_gib=1"}).exit_code == kDone);
  check_refused({"profile", "resnet50", "--batch", "4000", "--set", "chip.ddr.capacity_gib=1"},
                kUnsupported, {"chip.ddr.capacity_gib"});
}

TEST_CASE("--group-local-kib limits what groups take of a lane") {
  const auto peak = [](const Json& report) {
    std::int64_t most = 0;
    for (const Json& group : report["groups"]) {
      if (group["ops"].size() > 1) {
        most = std::max(most, group["peak_local_bytes_per_lane"].get<std::int64_t>());
      }
    }
    return most;
  };
  constexpr std::int64_t kLimit = 32;
  CHECK(peak(run_with({})) > kLimit * 1024);
  CHECK(peak(run_with({"--group-local-kib", std::to_string(kLimit)})) <= kLimit * 1024);
  CHECK(same_runs(run_with({"--group-local-kib", "0"}), run_with({})));
}

TEST_CASE("--group-slices gives every group these slices") {
  const Json sliced = run_with({"--group-slices", "1,1,1,16,1"});
  for (const Json& group : sliced["groups"]) {
    if (group["ops"].size() > 1) CHECK(group["secs"] == Json{1, 1, 1, 16, 1});
  }
  CHECK(largest_group(sliced) > 1);
  CHECK(time_of(sliced) != time_of(run_with({})));
  check_refused({"profile", "resnet50", "--group-slices", "1,1"}, kUsage, {"--group-slices"});
}

TEST_CASE("--groups takes groups from a file, where there are groups at all") {
  const TemporaryFolder folder;
  const std::string file = folder.file("groups.json");
  const Json searched = run_with({"--write-groups", file});
  CHECK(time_of(run_with({"--groups", file})) == time_of(searched));
  check_refused({"profile", "resnet50", "--groups", folder.file("none.json")}, kInput, {"none"});
  const TemporaryFolder models;
  check_refused({"profile", models.write("small.tpu", kGroupFlagsNetwork), "--groups", file,
                 "--group-method", "none"},
                kUsage, {"groups are given"});
}

TEST_CASE("--compiler takes a preset as the compiler of a year has it") {
  const ProcessResult of_2022 = tpuscope({"profile", "swin_t", "--compiler", "2022", "--json"});
  const ProcessResult baseline = tpuscope({"profile", "swin_t", "--passes", "baseline", "--json"});
  REQUIRE(of_2022.exit_code == kDone);
  CHECK(time_of(Json::parse(of_2022.out)) == time_of(Json::parse(baseline.out)));
  // Queries, keys and values are products of their own since 2024 only.
  const auto products = [](const std::string& year) {
    const ProcessResult run = tpuscope({"profile", "swin_t", "--compiler", year, "--json"});
    const Json report = Json::parse(run.out);
    std::size_t count = 0;
    for (const Json& op : report["ops"])
      count += op["type"] == "MatMul" ? 1U : 0U;
    return count;
  };
  // Queries, keys and values are a product each, and so are the halves of an MLP.
  CHECK(products("2023") + 24 + 24 == products("2024"));
}

TEST_CASE("an unknown year of --compiler is a usage error that names those that are known") {
  const ProcessResult result = tpuscope({"compare", "swin_t", "--compiler", "2025"});
  CHECK(result.exit_code == kUsage);
  CHECK(result.err.find("--compiler is \"2025\"") != std::string::npos);
  CHECK(result.err.find("2022, 2023, 2024, 2026") != std::string::npos);
}

}  // namespace
}  // namespace tpuscope::test
