// Advice is what was tried: each command repeats its figure.

#include <algorithm>
#include <sstream>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "tests/cli/errors.h"
#include "tests/support/process.h"
#include "tests/support/temporary_folder.h"

namespace tpuscope::test {
namespace {

constexpr std::string_view kAdviseNetwork =
    "x = Input f32[1,64,56,56]\nw = Weight f32[64,64,3,3]\n"
    "y = Conv(x, w) pads=[1,1,1,1]\nz = Silu(y)\nreturn z\n";

std::vector<std::string> words_of(const std::string& command) {
  std::istringstream text(command);
  std::vector<std::string> words;
  for (std::string word; text >> word;)
    words.push_back(word);
  words.erase(words.begin());  // the program
  return words;
}

TEST_CASE("every alternative has a command, which gives its figure again") {
  const TemporaryFolder folder;
  const std::string model = folder.write("small.tpu", kAdviseNetwork);
  const ProcessResult result = tpuscope({"advise", model, "--set", "ddr.peak_gbps=40", "--json"});
  REQUIRE(result.exit_code == 0);
  const auto advice = nlohmann::ordered_json::parse(result.out);
  std::size_t repeated = 0;
  double fastest = 0;
  for (const auto& row : advice["alternatives"]) {
    CAPTURE(row["change"].get<std::string>());
    // Ranked by the time per image.
    CHECK(row["time_per_image_ps"].get<double>() >= fastest);
    fastest = row["time_per_image_ps"].get<double>();
    if (row["command"].is_null()) continue;
    std::vector<std::string> words = words_of(row["command"].get<std::string>());
    words.push_back("--json");
    const auto run = nlohmann::ordered_json::parse(tpuscope(words).out);
    CHECK(run["summary"]["time_ps"] == row["time_ps"]);
    CHECK(run["summary"]["interval_ps"] == row["interval_ps"]);
    CHECK(run["context"]["model"]["batch"] == row["batch"]);
    ++repeated;
  }
  CHECK(repeated >= 8);
  const auto has = [&](const std::string& change) {
    for (const auto& row : advice["alternatives"]) {
      if (contains(row["change"].get<std::string>(), change)) return true;
    }
    return false;
  };
  for (const char* change : {"precision int8", "batch 4", "chip bm1688", "ReLU for 1 smooth",
                             "layer groups by none", "inputs and outputs"}) {
    CAPTURE(change);
    CHECK(has(change));
  }
  CHECK(!has("precision f16"));  // as it is
}

TEST_CASE("passes that are off are tried, and where all are on there are none to try") {
  const TemporaryFolder folder;
  const std::string model = folder.write("small.tpu", kAdviseNetwork);
  constexpr std::string_view kRow = "passes of the preset optimized";
  const ProcessResult off = tpuscope({"advise", model, "--passes", "none", "--json"});
  CHECK(contains(off.out, kRow));
  CHECK(contains(off.out, "--passes optimized"));
  CHECK(!contains(tpuscope({"advise", model, "--json"}).out, kRow));
}

TEST_CASE("without smooth activations none are replaced; the table ends with commands") {
  const TemporaryFolder folder;
  const std::string model =
      folder.write("plain.tpu", "x = Input f32[1,64,8,8]\ny = Relu(x)\nreturn y\n");
  const ProcessResult result = tpuscope({"advise", model});
  CHECK(result.exit_code == 0);
  CHECK(!contains(result.out, "smooth activations"));
  CHECK(contains(result.out, "as it is"));
  CHECK(contains(result.out, "tpuscope profile "));
  check_refused({"profile", model, "--activations", "gelu"}, kUsage, {"--activations", "relu"});
}

TEST_CASE("with a budget advice says which alternatives keep it, and ends with 1 where none does") {
  const TemporaryFolder folder;
  const std::string model = folder.write("small.tpu", kAdviseNetwork);
  const auto advice = nlohmann::ordered_json::parse(tpuscope({"advise", model, "--json"}).out);
  CHECK(!advice.contains("budget"));
  CHECK(!advice["present"].contains("budget_met"));
  // Between the run as it is and the fastest alternative, so that some keep it and it does not.
  const auto present = advice["present"]["time_ps"].get<std::int64_t>();
  std::int64_t least = present;
  for (const auto& row : advice["alternatives"]) {
    if (!row["command"].is_null()) least = std::min(least, row["time_ps"].get<std::int64_t>());
  }
  REQUIRE(least < present);
  const auto microseconds = [](std::int64_t picoseconds) {
    return std::to_string(static_cast<double>(picoseconds) / 1e6) + "us";
  };
  const std::string between = microseconds((least + present) / 2);

  const ProcessResult some = tpuscope({"advise", model, "--budget", between, "--json"});
  CHECK(some.exit_code == 0);
  const auto judged = nlohmann::ordered_json::parse(some.out);
  CHECK(judged["budget"]["met"] == false);
  std::size_t kept = 0;
  for (const auto& row : judged["alternatives"]) {
    const bool is_within = row["time_ps"] <= judged["budget"]["limit_ps"];
    CHECK(row["budget_met"] == is_within);
    if (is_within && !row["command"].is_null()) ++kept;
  }
  CHECK(kept > 0);
  CHECK(judged["budget"]["alternatives_that_meet_it"] == kept);
  const ProcessResult text = tpuscope({"advise", model, "--budget", between});
  CHECK(contains(text.out, "over the budget of "));
  CHECK(contains(text.out, "kept by " + std::to_string(kept) + " of "));

  const ProcessResult none = tpuscope({"advise", model, "--budget", "1ns"});
  CHECK(none.exit_code == 1);
  CHECK(contains(none.out, "no alternative that was tried keeps it"));
  check_refused({"advise", model, "--budget", "5"}, kUsage, {"--budget is \"5\""});
}

}  // namespace
}  // namespace tpuscope::test
