// `sweep` as users call it: tables and files, going on after an interruption, parts of several
// machines, and what a mistake gets.

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "tests/cli/errors.h"
#include "tests/support/temporary_folder.h"

namespace tpuscope::test {
namespace {

const std::vector<std::string> kGrid = {"sweep",  "swin_t",
                                        "--vary", "passes.layer_group.max_ops=1,2,4,8,16,32",
                                        "--vary", "precision=f16,int8"};

ProcessResult sweep(std::vector<std::string> more, std::vector<std::string> words = kGrid) {
  words.insert(words.end(), more.begin(), more.end());
  return tpuscope(words);
}

TEST_CASE("the size of groups is answered by one command") {
  const ProcessResult result = sweep({});
  CHECK(result.exit_code == kDone);
  CHECK(result.err.empty());
  CHECK(contains(result.out, "12 points"));
  CHECK(contains(result.out, "max_ops  precision"));
  CHECK(contains(result.out, "passes.layer_group.max_ops with precision=int8: "));
  const auto json = nlohmann::ordered_json::parse(sweep({"--json"}).out);
  CHECK(json["kind"] == "tpuscope.sweep");
  REQUIRE(json["points"].size() == 12);
  // Larger groups never hurt, although a search judges by estimates, and groups of one are the
  // slowest.
  const auto time = [&](std::size_t point) {
    return json["points"][point]["figures"]["time_ps"].get<std::int64_t>();
  };
  for (const std::size_t precision : {0U, 1U}) {
    for (std::size_t size = 1; size < 6; ++size)
      CHECK(time(2 * size + precision) <= time(2 * size - 2 + precision));
    CHECK(time(10 + precision) < time(precision));
  }
  CHECK(json["points"][3]["settings"]["passes.layer_group.max_ops"] == "2");
  CHECK(json["points"][3]["settings"]["precision"] == "int8");
}

TEST_CASE("a point of a sweep is what profile says") {
  const auto swept = nlohmann::ordered_json::parse(
      tpuscope({"sweep", "resnet50", "--vary", "batch=2", "--vary", "command.load_start_cycles=900",
                "--vary", "passes=baseline", "--json"})
          .out);
  const auto single = nlohmann::ordered_json::parse(
      tpuscope({"profile", "resnet50", "--batch", "2", "--set",
                "chip.command.load_start_cycles=900", "--passes", "baseline", "--json"})
          .out);
  CHECK(swept["points"][0]["figures"]["time_ps"] == single["summary"]["time_ps"]);
}

TEST_CASE("merged parts write the same table, JSON, CSV and page as one run") {
  const TemporaryFolder folder;
  const std::string whole_csv = folder.file("whole.csv");
  const std::string merged_csv = folder.file("merged.csv");
  const std::string whole_html = folder.file("whole.html");
  const std::string merged_html = folder.file("merged.html");
  const ProcessResult whole = sweep({"--csv", whole_csv, "--html", whole_html});
  std::vector<std::string> merge = {"sweep", "--merge"};
  for (const std::string part : {"2/3", "0/3", "1/3"}) {
    const std::string file = folder.file("part-" + part.substr(0, 1) + ".jsonl");
    CHECK(sweep({"--shard", part, "--resume", file, "--jobs", "2"}).exit_code == kDone);
    merge.push_back(file);
  }
  const ProcessResult merged = sweep({"--csv", merged_csv, "--html", merged_html}, merge);
  CHECK(merged.exit_code == kDone);
  CHECK(merged.out == whole.out);
  CHECK(read_bytes(merged_csv) == read_bytes(whole_csv));
  CHECK(read_bytes(merged_html) == read_bytes(whole_html));
  CHECK(sweep({"--json"}, merge).out == sweep({"--json"}).out);
  merge.pop_back();
  const ProcessResult incomplete = sweep({}, merge);
  CHECK(incomplete.exit_code == kInput);
  CHECK(contains(incomplete.err, "4 of 12 points are missing"));
}

TEST_CASE("a sweep goes on from the points that it finished") {
  const TemporaryFolder folder;
  const std::string file = folder.file("points.jsonl");
  CHECK(sweep({"--resume", file}).exit_code == kDone);
  const std::string complete = read_bytes(file);
  // Interrupted in the middle of a line: the rest is run, and the file is as without that.
  folder.write("points.jsonl", complete.substr(0, complete.size() / 2));
  const ProcessResult resumed = sweep({"--resume", file});
  CHECK(resumed.exit_code == kDone);
  CHECK(read_bytes(file) == complete);
  CHECK(resumed.out == sweep({}).out);
  // Interrupted before any point: within the header, or with nothing written.
  for (const std::size_t bytes : {std::size_t{0}, std::size_t{1}, complete.find('\n')}) {
    folder.write("points.jsonl", complete.substr(0, bytes));
    CHECK(sweep({"--resume", file}).exit_code == kDone);
    CHECK(read_bytes(file) == complete);
  }
  // Points that are there are taken as they are.
  std::string changed = complete;
  changed.replace(changed.find("\"figures\":[") + 11, 1, "9");
  folder.write("points.jsonl", changed);
  CHECK(sweep({"--resume", file}).out != resumed.out);
}

TEST_CASE("points of another sweep are not mixed in, nor is another's file replaced") {
  const TemporaryFolder folder;
  const std::string file = folder.file("points.jsonl");
  CHECK(sweep({"--resume", file}).exit_code == kDone);
  const ProcessResult other =
      sweep({"--resume", file, "--set", "chip.command.load_start_cycles=900"});
  CHECK(other.exit_code == kInput);
  CHECK(contains(other.err, "points of another sweep: chip.command.load_start_cycles differ"));
  const ProcessResult rewritten = sweep({"--resume", file, "--without", "silu"});
  CHECK(rewritten.exit_code == kInput);
  CHECK(contains(rewritten.err, "flags of the network differ"));
  const std::string notes = folder.write("notes.txt", "do not lose\n");
  CHECK(sweep({"--resume", notes}).exit_code == kInput);
  CHECK(read_bytes(notes) == "do not lose\n");
}

TEST_CASE("points that fail are rows, and only failures are an answer of no") {
  const ProcessResult some =
      tpuscope({"sweep", "resnet50", "--vary", "chip=bm1684,bm1684x", "--vary", "precision=f16"});
  CHECK(some.exit_code == kDone);
  CHECK(contains(some.out, "2 points, 1 failed"));
  CHECK(contains(some.out, "failed: chip=bm1684, precision=f16: "));
  CHECK(tpuscope({"sweep", "resnet50", "--vary", "chip=bm1684"}).exit_code == kAnswerIsNo);
}

TEST_CASE("many points are shown by the best of them") {
  const ProcessResult result = tpuscope(
      {"sweep", "resnet50", "--vary", "chip.command.load_start_cycles=100:1000:100", "--top", "3"});
  CHECK(contains(result.out, "3 of 10 points shown; all: --top 0"));
}

TEST_CASE("mistakes in what is varied are usage errors with a hint") {
  const auto refused = [](const std::vector<std::string>& words,
                          const std::vector<std::string>& parts) {
    std::vector<std::string> call = {"sweep", "resnet50"};
    call.insert(call.end(), words.begin(), words.end());
    check_refused(call, kUsage, parts);
  };
  refused({}, {"nothing is varied", "hint: "});
  refused({"--vary", "precisoin=f16"}, {"precisoin", "hint: ", "precision"});
  refused({"--vary", "batch"}, {"--vary is \"batch\"", "hint: "});
  refused({"--vary", "batch=1:5:0"}, {"never arrives", "hint: "});
  refused({"--vary", "batch=1", "--shard", "3/3"}, {"--shard is \"3/3\"", "hint: "});
  refused({"--vary", "batch=1", "--metric", "tim_ps"}, {"tim_ps", "time_ps"});
  refused({"--vary", "batch=1", "--pareto", "time_ps"}, {"--pareto names 1", "hint: "});
  refused({"--vary", "batch=1", "--resume", "points.gz"}, {"--resume is", "plain file"});
  refused({"--vary", "batch=1", "--jobs", "0"}, {"--jobs is 0", "hint: "});
  refused({"swin_t", "--vary", "batch=1"}, {"one network, 2 given", "--merge"});
  refused({"--vary", "batch=1:1000", "--vary", "cores=1:1000"}, {"more than 100000 points"});
}

TEST_CASE("what can be varied and what it is judged by are listed") {
  const std::string keys = "\n" + tpuscope({"list", "sweep-keys"}).out;
  for (const std::string key : {"precision", "batch", "passes.layer_group.max_ops",
                                "passes.sink_permute", "chip.ddr.peak_gbps"}) {
    CHECK(contains(keys, "\n" + key + " "));
  }
  CHECK(contains(tpuscope({"list", "metrics"}).out, "time_ps"));
}

}  // namespace
}  // namespace tpuscope::test
