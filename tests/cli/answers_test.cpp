// What the first answer says: budgets, intervals, per image; and the lists that explain the
// machine.

#include <algorithm>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "base/terminal.h"
#include "tests/cli/errors.h"
#include "tests/support/process.h"
#include "tests/support/temporary_folder.h"

namespace tpuscope::test {
namespace {

constexpr std::string_view kAnswersNetwork =
    "x = Input f32[4,64,32,32]\nw = Weight f32[64,64,3,3]\n"
    "y = Conv(x, w) pads=[1,1,1,1]\nz = Relu(y)\nreturn z\n";

nlohmann::ordered_json json_of(const ProcessResult& result) {
  return nlohmann::ordered_json::parse(result.out);
}

TEST_CASE("a budget that is kept ends with 0 and says so, one that is not with 1") {
  const TemporaryFolder folder;
  const std::string model = folder.write("small.tpu", kAnswersNetwork);
  for (const std::string verb : {"profile", "compare"}) {
    CAPTURE(verb);
    const ProcessResult kept = tpuscope({verb, model, "--budget", "1s"});
    CHECK(kept.exit_code == 0);
    CHECK(contains(kept.out, "within the budget of 1.00 s"));
    const ProcessResult broken = tpuscope({verb, model, "--budget", "1us", "--ascii"});
    CHECK(broken.exit_code == 1);
    CHECK(contains(broken.out, "over the budget of 1.00 us"));
    CHECK(json_of(tpuscope({verb, model, "--budget", "1us", "--json"}))["budget"]["met"] == false);
    CHECK(json_of(tpuscope({verb, model, "--budget", "1s", "--json"}))["budget"]["met"] == true);
    CHECK(!json_of(tpuscope({verb, model, "--json"})).contains("budget"));
    CHECK(contains(tpuscope({verb, model, "--budget", "1us", "--markdown"}).out,
                   "**over the budget"));
  }
  for (const std::string wrong : {"5", "ms", "-5ms", "5parsecs", "0ms"})
    check_refused({"profile", model, "--budget", wrong}, kUsage, {"--budget", "5ms"});
}

TEST_CASE("--ascii holds for everything that people read, and files and Markdown are UTF-8") {
  const TemporaryFolder folder;
  const std::string model = folder.write("small.tpu", kAnswersNetwork);
  const auto is_ascii = [](const std::string& text) {
    return std::all_of(text.begin(), text.end(),
                       [](char byte) { return static_cast<unsigned char>(byte) < 0x80; });
  };
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{"profile", model},
        {"compare", model},
        {"explain", model},
        {"advise", model},
        {"sweep", model, "--vary", "batch=1,2"},
        {"list", "chip", "bm1684x"},
        {"profile", "--help"},
        {"explain", model, "--capabilities", "--passes", "baseline"}}) {
    CAPTURE(words[0]);
    std::vector<std::string> ascii = words;
    ascii.emplace_back("--ascii");
    const ProcessResult result = tpuscope(ascii);
    CHECK(result.exit_code == 0);
    CHECK(is_ascii(result.out));
    CHECK(is_ascii(result.err));
  }
  CHECK(contains(tpuscope({"profile", model, "--markdown", "--ascii"}).out, "µs"));
}

TEST_CASE("help and lists keep within the width, and --wide lets them go beyond it") {
  const auto widest = [](const std::vector<std::string>& words) {
    const std::string text = tpuscope(words).out;
    std::size_t most = 0;
    for (std::size_t begin = 0; begin < text.size();) {
      const std::size_t end = std::min(text.find('\n', begin), text.size());
      most = std::max(most, width_of(std::string_view(text).substr(begin, end - begin)));
      begin = end + 1;
    }
    return most;
  };
  constexpr std::size_t kWidth = 100;  // where standard output is no terminal
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{"profile", "--help"},
        {"sweep", "--help"},
        {"llm", "--help"},
        {"list", "chip", "bm1684x"},
        {"list", "chip", "bm1688"},
        {"list", "rules"},
        {"list", "sweep-keys"},
        {"profile", "resnet50", "--chip", "bm1688", "--groups-table"}}) {
    CAPTURE(words[0]);
    CAPTURE(words[1]);
    CHECK(widest(words) <= kWidth);
    CHECK(widest(words) > kWidth / 2);
  }
  CHECK(widest({"profile", "--help", "--wide"}) > kWidth);
}

TEST_CASE("with a batch, time per image and images per second stand beside the batch's time") {
  const TemporaryFolder folder;
  const std::string model = folder.write("small.tpu", kAnswersNetwork);
  const auto four = json_of(tpuscope({"profile", model, "--json"}))["summary"];
  CHECK(four["time_per_image_ps"] == four["time_ps"].get<std::int64_t>() / 4);
  const double rate = 4e12 / four["time_ps"].get<double>();
  CHECK(four["images_per_second"].get<double>() == doctest::Approx(rate));
  CHECK(contains(tpuscope({"profile", model}).out, "per image"));
  CHECK(contains(tpuscope({"compare", model, "--brief"}).out, "time per image"));
  // "the gain is per image" of a finding is about the batch that could be.
  const ProcessResult one = tpuscope({"profile", model, "--batch", "1"});
  CHECK(!contains(one.out, "per batch of"));
}

TEST_CASE(
    "a time has the interval that boards had, in every form; a chip nobody measured has all "
    "chips'") {
  const auto summary = json_of(tpuscope({"profile", "resnet50", "--json"}))["summary"];
  REQUIRE(summary["interval_ps"].size() == 2);
  CHECK(summary["interval_ps"][0] < summary["interval_ps"][1]);
  CHECK(summary["interval_coverage"] == 0.8);
  CHECK(contains(summary["interval_basis"].get<std::string>(), "bm1684x"));
  CHECK(contains(tpuscope({"profile", "resnet50"}).out, "80 % of comparable networks took"));
  CHECK(contains(tpuscope({"profile", "resnet50", "--markdown"}).out, "80 % took on boards"));
  const TemporaryFolder folder;
  const std::string chip = folder.file("mine.json");
  CHECK(tpuscope({"list", "chip", "bm1684x", "--chip-template", chip}).exit_code == 0);
  std::string text = read_bytes(chip);
  text.replace(text.find("bm1684x"), 7, "unknown");
  const std::string other = folder.write("other.json", text);
  const auto unknown = json_of(tpuscope({"profile", "resnet50", "--chip", other, "--json"}));
  CHECK(contains(unknown["summary"]["interval_basis"].get<std::string>(), "all chips"));
}

TEST_CASE("spellings of data sheets and frameworks name the same precision and chip") {
  const std::string plain = tpuscope({"profile", "resnet50", "--json"}).out;
  for (const std::string precision : {"fp16", "FP16", "F16", "float16"})
    CHECK(tpuscope({"profile", "resnet50", "--json", "--precision", precision}).out == plain);
  for (const std::string chip : {"BM1684X", "1684x", "1684X"})
    CHECK(tpuscope({"profile", "resnet50", "--json", "--chip", chip}).out == plain);
  CHECK(tpuscope({"profile", "resnet50", "--json", "--precision", "INT8"}).out ==
        tpuscope({"profile", "resnet50", "--json", "--precision", "int8"}).out);
  check_refused({"profile", "resnet50", "--precision", "fp17"}, kUsage, {"fp17"});
}

TEST_CASE(
    "every number of a chip is listed with value, evidence and meaning; a template reads back") {
  const auto chip = json_of(tpuscope({"list", "chip", "bm1684x", "--json"}));
  CHECK(chip["chip"] == "bm1684x");
  CHECK(chip["numbers"].size() > 50);
  for (const auto& number : chip["numbers"]) {
    CAPTURE(number["name"].get<std::string>());
    CHECK(!number["meaning"].get<std::string>().empty());
    CHECK(!number["source"].get<std::string>().empty());
  }
  // All of it stands in the text as well, whatever the width.
  const std::string text = tpuscope({"list", "chip", "BM1684X", "--wide"}).out;
  for (const auto& number : chip["numbers"]) {
    for (const char* part : {"name", "unit", "evidence", "meaning", "source"}) {
      CAPTURE(part);
      CHECK(contains(text, number[part].get<std::string>()));
    }
  }
  CHECK(contains(tpuscope({"list", "chip", "bm1684x"}).out, "source: "));
  const TemporaryFolder folder;
  const std::string file = folder.file("mine.json");
  CHECK(tpuscope({"list", "chip", "bm1684x", "--chip-template", file}).exit_code == 0);
  CHECK(json_of(tpuscope({"list", "chip", file, "--json"})) == chip);
  check_refused({"list", "chip"}, kUsage, {"needs the chip's name"});
  check_refused({"list", "chip", "bm1684y"}, kUsage, {"did you mean"});
  check_refused({"list", "chips", "bm1684x"}, kUsage, {"list does not take"});
  check_refused({"list", "chips", "--chip-template", file}, kUsage, {"--chip-template"});
}

TEST_CASE("terms are printed as plain text: emphasis and links go, what is code stays as it is") {
  const auto terms = json_of(tpuscope({"list", "terms", "--json"}))["terms"];
  const auto meaning_of = [&](const std::string& name) {
    for (const auto& term : terms)
      if (term["name"] == name) return term["summary"].get<std::string>();
    return std::string();
  };
  CHECK(contains(meaning_of("chip"), "sim/chips/*.json"));
  CHECK(contains(meaning_of("lane"), "Channel c of a tensor"));
  CHECK(contains(meaning_of("interval, 80 % took on boards"), "see accuracy"));
  for (const auto& term : terms) {
    const std::string summary = term["summary"];
    CAPTURE(summary);
    CHECK(!contains(summary, "`"));
    CHECK(!contains(summary, ".md"));
  }
}

TEST_CASE("rules, passes and terms are listed with a sentence each") {
  for (const auto& entry_of_kind :
       std::vector<std::pair<std::string, std::string>>{{"rules", "view_first_axes"},
                                                        {"rules", "small_transfers"},
                                                        {"passes", "layer_group"},
                                                        {"passes", "local.weight_split"},
                                                        {"sweep-keys", "passes.sink_permute"},
                                                        {"sweep-keys", "chip.ddr.peak_gbps"},
                                                        {"terms", "makespan, latency"},
                                                        {"terms", "lane"}}) {
    const std::string kind = entry_of_kind.first;
    const std::string name = entry_of_kind.second;
    CAPTURE(name);
    const auto entries = json_of(tpuscope({"list", kind, "--json"}))[kind];
    bool is_there = false;
    for (const auto& entry : entries) {
      CHECK(!entry["summary"].get<std::string>().empty());
      is_there = is_there || entry["name"] == name;
    }
    CHECK(is_there);
  }
}

TEST_CASE("a condition takes every name of list metrics, and JSON and Markdown tell what failed") {
  const TemporaryFolder folder;
  const std::string model = folder.write("small.tpu", kAnswersNetwork);
  const std::string report = folder.file("run.json");
  REQUIRE(tpuscope({"profile", model, "--report", report}).exit_code == 0);
  const auto metrics = json_of(tpuscope({"list", "metrics", "--json"}))["metrics"];
  CHECK(metrics.size() > 20);
  for (const auto& metric : metrics) {
    const std::string name = metric["name"];
    if (name.starts_with("interval_")) continue;  // what boards took, no figure of the run
    CAPTURE(name);
    CHECK(tpuscope({"diff", report, report, "--fail-on", name + ">+2%"}).exit_code == 0);
    CHECK(tpuscope({"diff", report, report, "--fail-on", name + "<1e18"}).exit_code == 1);
  }
  check_refused({"diff", report, report, "--fail-on", "no_such_metric>1"}, kUsage,
                {"no_such_metric"});
  const std::vector<std::string> failing = {"diff", report, report, "--fail-on", "cycles>1"};
  std::vector<std::string> words = failing;
  words.emplace_back("--json");
  CHECK(contains(json_of(tpuscope(words))["failures"][0].get<std::string>(), "cycles>1"));
  words.back() = "--markdown";
  CHECK(contains(tpuscope(words).out, "**fails**: cycles"));
  CHECK(json_of(tpuscope({"diff", report, report, "--json"}))["failures"].empty());
}

TEST_CASE("a run and its own tables as a board would write them take the same time") {
  const TemporaryFolder folder;
  const std::string model = folder.write("small.tpu", kAnswersNetwork);
  const std::string report = folder.file("run.json");
  const std::string tables = folder.file("tables");
  REQUIRE(tpuscope({"profile", model, "--report", report, "--bmprofile", tables}).exit_code == 0);
  for (const auto& [a, b] : {std::pair(report, tables), std::pair(tables, report)}) {
    const ProcessResult diff = tpuscope({"diff", a, b, "--fail-on", "time_ps>+100%", "--json"});
    CHECK(diff.exit_code == 0);
    const auto json = json_of(diff);
    bool has_time = false;
    for (const auto& figure : json["figures"]) {
      if (figure["name"] != "time_ps") continue;
      has_time = true;
      const double base = figure["base"].get<double>();
      CHECK(figure["now"].get<double>() == doctest::Approx(base).epsilon(0.0005));
    }
    CHECK(has_time);
  }
}

TEST_CASE("a round trip through tables prints no change, another run's tables print one") {
  const TemporaryFolder folder;
  const std::string model = folder.write("small.tpu", kAnswersNetwork);
  const std::string report = folder.file("run.json");
  const std::string same = folder.file("same");
  const std::string other = folder.file("other");
  REQUIRE(tpuscope({"profile", model, "--report", report, "--bmprofile", same}).exit_code == 0);
  REQUIRE(tpuscope({"profile", model, "--set", "clock.tiu_mhz=500", "--set", "clock.dma_mhz=500",
                    "--bmprofile", other})
              .exit_code == 0);
  // The line of the time, whose last word is the change.
  const auto time_line = [&](const std::string& tables) {
    const std::string text = tpuscope({"diff", report, tables, "--ascii"}).out;
    const std::size_t begin = text.find("\n  time ");
    REQUIRE(begin != std::string::npos);
    return text.substr(begin + 1, text.find('\n', begin + 1) - begin - 1);
  };
  CHECK(time_line(same).ends_with("  ="));
  CHECK(!time_line(other).ends_with("  ="));
  // Operators differ by the rounding of tables to cycles, which no digit shows.
  constexpr std::string_view kNone = "no operator's time changed";
  CHECK(contains(tpuscope({"diff", report, same}).out, kNone));
  CHECK(!contains(tpuscope({"diff", report, other}).out, kNone));
}

TEST_CASE("every view counts the same operators and the same groups") {
  const auto json = json_of(tpuscope({"profile", "resnet50", "--json"}));
  std::size_t groups = 0;
  std::size_t grouped = 0;
  std::size_t all = 0;
  for (const auto& group : json["groups"]) {
    all += group["ops"].size();
    if (group["ops"].size() < 2) continue;
    ++groups;
    grouped += group["ops"].size();
  }
  const std::string line = "layer groups: " + std::to_string(groups) + " with " +
                           std::to_string(grouped) + " of " + std::to_string(all) + " ops";
  CHECK(contains(tpuscope({"profile", "resnet50"}).out, line));
  CHECK(contains(tpuscope({"compare", "resnet50", "--precision", "f16"}).out, line));
  const auto sweep = json_of(tpuscope({"sweep", "resnet50", "--vary", "precision=f16", "--json"}));
  CHECK(sweep["points"][0]["figures"]["groups"] == groups);
  // The table has a row for each op that emits commands, which are those of the groups.
  CHECK(json["ops"].size() <= all);
  CHECK(contains(tpuscope({"profile", "resnet50"}).out,
                 " of " + std::to_string(json["ops"].size()) + " ops shown"));
  // Without groups no view tells of any.
  const ProcessResult none = tpuscope({"profile", "resnet50", "--group-method", "none"});
  CHECK(!contains(none.out, "layer groups:"));
}

TEST_CASE("a sweep over batches compares images per second unless told otherwise") {
  const TemporaryFolder folder;
  const std::string model = folder.write("small.tpu", kAnswersNetwork);
  const auto metric = [&](std::vector<std::string> words) {
    words.insert(words.begin(), {"sweep", model, "--json"});
    return json_of(tpuscope(words))["metric"].get<std::string>();
  };
  CHECK(metric({"--vary", "batch=1,4"}) == "images_per_second");
  CHECK(metric({"--vary", "batch=1,4", "--metric", "time_ps"}) == "time_ps");
  CHECK(metric({"--vary", "cores=1"}) == "time_ps");
}

}  // namespace
}  // namespace tpuscope::test
