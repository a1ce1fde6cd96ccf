// Advice is what was tried: each command repeats its figure.

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

}  // namespace
}  // namespace tpuscope::test
