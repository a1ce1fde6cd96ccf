// validate and calibrate as users call them: which rows, which files, which mistakes.

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "tests/cli/errors.h"
#include "tests/support/bmodel_examples.h"
#include "tests/support/temporary_folder.h"

namespace tpuscope::test {
namespace {

constexpr std::string_view kValidateNetwork =
    "x = Input f32[1,64,56,56]\nw = Weight f32[64,64,3,3]\n"
    "y = Conv(x, w) strides=[1,1] pads=[1,1,1,1]\nreturn y\n";
constexpr std::string_view kTable =
    "model_file,chip,cores,precision,ms_per_batch,quality\n"
    "conv.tpu,BM1684X,1,FP32,0.25,good\n"
    "conv.tpu,BM1684X,1,INT8,0.06,good\n"
    "conv.tpu,BM1688,2,FP16,0.4,good\n"
    "conv.tpu,BM1688,1,FP16,0.4,suspect\n";

/// A board's table and the network in it.
struct Board {
  TemporaryFolder folder{};
  std::string table = folder.write("board.csv", kTable);
  std::string model = folder.write("conv.tpu", kValidateNetwork);

  std::vector<std::string> words(const std::string& verb,
                                 std::vector<std::string> more = {}) const {
    std::vector<std::string> all = {verb, "--measured", table, "--models", folder.path().string()};
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }
};

std::size_t lines_with(const std::string& text, const std::string& part) {
  std::size_t count = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1))
    ++count;
  return count;
}

TEST_CASE("validate shows every row and writes each form, twice the same bytes") {
  const Board board;
  const ProcessResult text = tpuscope(board.words("validate"));
  CHECK(text.exit_code == kDone);
  CHECK(contains(text.out, "By chip and precision"));
  CHECK(contains(text.out, "All 4 rows"));
  CHECK(contains(text.out, "1 suspect rows are shown and not counted"));
  const std::string csv = board.folder.file("rows.csv");
  const std::string page = board.folder.file("page.html");
  const auto words = board.words("validate", {"--csv", csv, "--html", page, "--markdown"});
  const ProcessResult first = tpuscope(words);
  CHECK(first.exit_code == kDone);
  CHECK(contains(first.out, "### By chip and precision"));
  CHECK(lines_with(read_bytes(csv), "\r\n") == 5);
  const std::string bytes = read_bytes(csv) + read_bytes(page);
  const ProcessResult second = tpuscope(words);
  CHECK(second.out == first.out);
  CHECK(read_bytes(csv) + read_bytes(page) == bytes);
  const ProcessResult json = tpuscope(board.words("validate", {"--json"}));
  const auto parsed = nlohmann::ordered_json::parse(json.out);
  CHECK(parsed["rows"].size() == 4);
  CHECK(parsed["total"]["rows"] == 3);
}

TEST_CASE("a predicted time is what profile says") {
  const Board board;
  const auto rows =
      nlohmann::ordered_json::parse(tpuscope(board.words("validate", {"--json"})).out);
  const auto profile = nlohmann::ordered_json::parse(
      tpuscope({"profile", board.model, "--precision", "int8", "--json"}).out);
  CHECK(rows["rows"][1]["predicted_ps"] == profile["summary"]["time_ps"]);
  const auto two_cores = nlohmann::ordered_json::parse(
      tpuscope({"profile", board.model, "--chip", "bm1688", "--json"}).out);
  CHECK(rows["rows"][2]["predicted_ps"] == two_cores["summary"]["time_ps"]);
}

TEST_CASE("with streams a row is what a replay of its own takes, and rows without are left out") {
  const Board board;
  const TemporaryFolder compiled;
  const std::string model =
      compiled.write("conv/bm1684x_INT8/net.bmodel", convolution_file().bytes());
  const auto words = board.words("validate", {"--streams", compiled.path().string(), "--json"});
  const auto rows = nlohmann::ordered_json::parse(tpuscope(words).out);
  REQUIRE(rows["rows"].size() == 1);
  const auto profile = nlohmann::ordered_json::parse(
      tpuscope({"profile", model, "--launch", "bmrt_test", "--json"}).out);
  CHECK(rows["rows"][0]["predicted_ps"] == profile["summary"]["time_ps"]);
  SUBCASE("a row may name a compiled model itself") {
    board.folder.write("own.bmodel", convolution_file().bytes());
    board.folder.write("board.csv",
                       "model_file,chip,precision,ms_per_batch\nown.bmodel,BM1684X,INT8,0.2\n");
    const auto own =
        nlohmann::ordered_json::parse(tpuscope(board.words("validate", {"--json"})).out);
    CHECK(own["rows"][0]["predicted_ps"] == profile["summary"]["time_ps"]);
  }
  SUBCASE("an older compiler's row has no stream of today's") {
    board.folder.write("board.csv",
                       "model_file,chip,precision,ms_per_batch,pipeline\n"
                       "conv.tpu,BM1684X,INT8,0.2,baseline\n");
    check_fails(words, kInput, {"no row is left"});
  }
}

TEST_CASE("calibrate fits to streams and only checks plans") {
  const Board board;
  const TemporaryFolder compiled;
  compiled.write("conv/bm1684x_INT8/net.bmodel", convolution_file().bytes());
  const std::vector<std::string> more = {"--only", "overhead.launch_us", "--json"};
  std::vector<std::string> streams = more;
  streams.insert(streams.end(), {"--streams", compiled.path().string()});
  const auto fit = nlohmann::ordered_json::parse(tpuscope(board.words("calibrate", streams)).out);
  // The stream takes next to nothing: all but the launch of the 60 us.
  CHECK(fit["rows"] == 1);
  CHECK(fit["values"][0]["after"].get<double>() == doctest::Approx(60).epsilon(0.1));
  CHECK(fit["values"][0]["told_by"] == std::vector<std::string>{"conv"});
  CHECK(fit["plans"] == 1);
  CHECK(fit["plans_factor_after"].get<double>() >= 1);
  const auto plans = nlohmann::ordered_json::parse(tpuscope(board.words("calibrate", more)).out);
  CHECK(plans["rows"] == 2);
  CHECK_FALSE(plans.contains("plans"));
}

TEST_CASE("rows are chosen by chip, type and pattern, and chips can be changed") {
  const Board board;
  const auto count = [&](const std::vector<std::string>& more) {
    std::vector<std::string> words = more;
    words.push_back("--json");
    const ProcessResult result = tpuscope(board.words("validate", words));
    return nlohmann::ordered_json::parse(result.out)["rows"].size();
  };
  CHECK(count({"--chip", "bm1688"}) == 2);
  CHECK(count({"--chip", "BM1688"}) == 2);
  CHECK(count({"--chip", "bm1688", "--chip", "bm1684x"}) == 4);
  CHECK(count({"--precision", "f16"}) == 2);
  CHECK(count({"--filter", "2 cores"}) == 1);
  const auto time_of = [&](const std::vector<std::string>& more) {
    std::vector<std::string> words = {"--json", "--precision", "f32"};
    words.insert(words.end(), more.begin(), more.end());
    const ProcessResult result = tpuscope(board.words("validate", words));
    return nlohmann::ordered_json::parse(result.out)["rows"][0]["predicted_ps"].get<double>();
  };
  CHECK(time_of({"--set", "overhead.launch_us=100"}) <
        time_of({"--set", "overhead.launch_us=200"}));
  const std::string chip = board.folder.write(
      "slow.json",
      R"({"name": "bm1684x", "extends": "bm1684x", "clock": {"tiu_mhz": {"value": 500,
          "evidence": "assumed", "source": "half"}}})");
  CHECK(time_of({"--chip-file", chip}) > 1.2 * time_of({}));
}

TEST_CASE("mistakes are reported before anything is simulated") {
  const Board board;
  check_refused({"validate"}, kUsage, {"no measured table"});
  check_refused({"validate", "--measured", board.folder.file("none.csv")}, kInput, {"none.csv"});
  check_refused(board.words("validate", {"--chip", "bm168"}), kUsage, {"did you mean"});
  check_refused(board.words("validate", {"--chip", "bm1684"}), kInput, {"no row is left"});
  check_refused(board.words("validate", {"--filter", "("}), kUsage, {"regular expression"});
  check_refused(board.words("validate", {"--models", board.folder.file("none")}), kInput,
                {"no such folder"});
  check_refused(board.words("validate", {"--overrides", board.folder.file("none")}), kInput,
                {"no such folder"});
  check_refused(board.words("validate", {"--set", "overhead.lunch_us=1"}), kUsage,
                {"overhead.launch_us"});
  check_refused(board.words("calibrate", {"--only", "array.lanes"}), kUsage, {"has no range"});
  check_refused(board.words("calibrate", {"--chip", "bm1684"}), kInput, {"good rows"});
}

TEST_CASE("calibrate writes a chip file that the other verbs take") {
  const Board board;
  const std::string out = board.folder.file("mine.json");
  const auto words = board.words(
      "calibrate", {"--only", "overhead.launch_us,command.gather_cycles", "--out", out});
  const ProcessResult result = tpuscope(words);
  CAPTURE(result.err);
  CHECK(result.exit_code == kDone);
  CHECK(contains(result.out, "overhead.launch_us"));
  CHECK(contains(result.out, "held out"));
  CHECK(contains(read_bytes(out), "fitted to board.csv: 2 rows of 1 networks"));
  CHECK(tpuscope({"check", "--kind", "chip", out}).exit_code == kDone);
  const auto total = [&](const std::vector<std::string>& more) {
    std::vector<std::string> all = {"--json", "--chip", "bm1684x"};
    all.insert(all.end(), more.begin(), more.end());
    const ProcessResult made = tpuscope(board.words("validate", all));
    return nlohmann::ordered_json::parse(made.out)["total"]["factor"].get<double>();
  };
  CHECK(total({"--chip-file", out}) < total({}));
  // Its own file is replaced, with the same bytes; that of somebody else is not.
  const std::string bytes = read_bytes(out);
  CHECK(tpuscope(words).exit_code == kDone);
  CHECK(read_bytes(out) == bytes);
  const std::string other = board.folder.write("other.json", "// mine\n{}");
  CHECK(tpuscope(board.words("calibrate", {"--only", "overhead.launch_us", "--out", other}))
            .exit_code == kOutput);
}

}  // namespace
}  // namespace tpuscope::test
