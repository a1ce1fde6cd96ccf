// Files and views that flags ask for, through the program.

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "base/sha256.h"
#include "tests/support/cli.h"
#include "tests/support/places.h"
#include "tests/support/temporary_folder.h"

namespace tpuscope::test {
namespace {

constexpr std::string_view kViewsNetwork =
    "x = Input f32[1,64]\ny = Relu(x)\nz = Sigmoid(y)\nreturn z\n";

TEST_CASE("profile tells on request which numbers of the chip the time follows") {
  const std::string title = "sensitivity to";
  const ProcessResult asked = tpuscope({"profile", "resnet50", "--sensitivities"});
  CHECK(asked.exit_code == kDone);
  CHECK(contains(asked.out, title));
  CHECK_FALSE(contains(tpuscope({"profile", "resnet50"}).out, title));
  const auto json = [](const std::vector<std::string>& words) {
    return nlohmann::ordered_json::parse(tpuscope(words).out);
  };
  CHECK_FALSE(json({"profile", "resnet50", "--json"}).contains("sensitivities"));
  const auto rows = json({"profile", "resnet50", "--sensitivities", "--json"})["sensitivities"];
  // The same figures as those of explain.
  CHECK(rows == json({"explain", "resnet50", "--json"})["overview"]["sensitivities"]);
  CHECK(contains(tpuscope({"profile", "resnet50", "--sensitivities", "--markdown"}).out,
                 "| sensitivity to |"));
}

TEST_CASE("the table of groups says what is in each and why it ends, only when asked for") {
  const TemporaryFolder folder;
  const std::string body =
      "x = Input f32[1,64,32,32]\nw = Weight f32[64,64,3,3]\nc = Conv(x, w) pads=[1,1,1,1]\n"
      "r = Relu(c)\ns = Add(r, x)\n";
  // The permute moves another axis onto the lanes, which no group can.
  const std::string ended =
      folder.write("ended.tpu", body + "p = Permute(s) order=[0,2,1,3]\nreturn p\n");
  const std::string whole = folder.write("whole.tpu", body + "return s\n");
  const auto profile = [](const std::string& model, std::vector<std::string> more) {
    more.insert(more.begin(), {"profile", model, "--precision", "f16", "--io", "native"});
    return tpuscope(more).out;
  };
  const std::string because = "the compiler has no local form of this op";
  const std::string table = profile(ended, {"--groups-table", "--wide"});
  for (const std::string part :
       {"members", "slices", "time steps", "peak per lane", "ends because", "Permute"}) {
    CAPTURE(part);
    CHECK(contains(table, part));
  }
  CHECK(contains(table, because));
  CHECK(contains(profile(ended, {"--groups-table", "--markdown"}), because));
  // Without the permute nothing ends the group, and without the flag nothing is said of it.
  CHECK(!contains(profile(whole, {"--groups-table", "--wide"}), because));
  CHECK(contains(profile(whole, {"--groups-table", "--wide"}), "members"));
  CHECK(!contains(profile(ended, {}), "ends because"));
  const auto report = nlohmann::ordered_json::parse(profile(ended, {"--json"}));
  const std::size_t end = report["groups"][0]["end"];
  CHECK(report["decisions"][end]["rule"] == "Permute");
}

TEST_CASE("one call writes every view, twice the same bytes") {
  const TemporaryFolder folder;
  const std::string model = folder.write("small.tpu", kViewsNetwork);
  const std::vector<std::string> flags = {"--report", "--csv",      "--folded",
                                          "--trace",  "--net-stat", "--html"};
  std::vector<std::string> words = {"profile", model};
  for (const std::string& flag : flags)
    words.insert(words.end(), {flag, folder.file("out" + flag)});
  CHECK(tpuscope(words).exit_code == kDone);
  std::vector<std::string> first;
  for (const std::string& flag : flags) {
    first.push_back(read_bytes(folder.file("out" + flag)));
    CHECK(!first.back().empty());
  }
  words.emplace_back("--force");
  CHECK(tpuscope(words).exit_code == kDone);
  for (std::size_t i = 0; i < flags.size(); ++i)
    CHECK(read_bytes(folder.file("out" + flags[i])) == first[i]);
}

TEST_CASE("compressed traces are checked and replaced like plain ones, other files are not") {
  const TemporaryFolder folder;
  const std::string model = folder.write("small.tpu", kViewsNetwork);
  const std::string trace = folder.file("t.json.gz");
  const std::vector<std::string> words = {"profile", model, "--trace", trace};
  CHECK(tpuscope(words).exit_code == kDone);
  const std::string first = read_bytes(trace);
  CHECK(first.substr(0, 2) == "\x1f\x8b");
  CHECK(tpuscope({"check", "--kind", "trace", trace}).exit_code == kDone);
  CHECK(tpuscope(words).exit_code == kDone);
  CHECK(read_bytes(trace) == first);
  const std::string bad = folder.write("bad.json", "{\"traceEvents\":[{\"ph\":\"B\"}]}");
  const ProcessResult result = tpuscope({"check", "--kind", "trace", bad});
  CHECK(result.exit_code == kAnswerIsNo);
  CHECK(contains(result.err, "unknown phase \"B\""));
  CHECK(tpuscope({"check", "--kind", "trac", bad}).exit_code == kUsage);
  const std::string part = folder.file("part.json");
  CHECK(tpuscope({"profile", model, "--trace", part, "--trace-range", "0us:50us"}).exit_code ==
        kDone);
  CHECK(tpuscope({"check", "--kind", "trace", part}).exit_code == kDone);
  for (const char* range : {"5us", "5us:1us", "1:2", "-1us:5us", "a:b"})
    CHECK(tpuscope({"profile", model, "--trace-range", range}).exit_code == kUsage);
}

TEST_CASE("diff compares reports, judges conditions last and writes every form") {
  const TemporaryFolder folder;
  const std::string model = folder.write("small.tpu", kViewsNetwork);
  const auto report = [&](const std::string& name, const std::string& launch) {
    const std::string path = folder.file(name);
    CHECK(
        tpuscope({"profile", model, "--report", path, "--set", "chip.overhead.launch_us=" + launch})
            .exit_code == kDone);
    return path;
  };
  const std::string base = report("base.json", "10");
  const std::string now = report("now.json", "20");
  const ProcessResult plain = tpuscope({"diff", base, now});
  CHECK(plain.exit_code == kDone);
  CHECK(contains(plain.out, "overhead.launch_us=20"));
  const ProcessResult failed =
      tpuscope({"diff", base, now, "--fail-on", "makespan>+2%", "--fail-on", "makespan>1ms"});
  CHECK(failed.exit_code == kAnswerIsNo);
  CHECK(contains(failed.err, "failed: makespan>+2%"));
  CHECK(!contains(failed.err, "1ms"));
  CHECK(tpuscope({"diff", now, base, "--fail-on", "makespan>+2%"}).exit_code == kDone);
  CHECK(contains(tpuscope({"diff", base, now, "--markdown"}).out, "|---|"));
  const auto json = nlohmann::ordered_json::parse(tpuscope({"diff", base, now, "--json"}).out);
  CHECK(json["kind"] == "tpuscope.diff");
  CHECK(tpuscope({"diff", base, now, "--html", folder.file("d.html")}).exit_code == kDone);
  CHECK(contains(read_bytes(folder.file("d.html")), "</html>"));
  CHECK(tpuscope({"diff", base}).exit_code == kUsage);
  CHECK(tpuscope({"diff", base, folder.file("none.json")}).exit_code == kInput);
}

TEST_CASE("a report names the file it was made from by its digest, and the changed numbers") {
  const TemporaryFolder folder;
  const std::string model = folder.write("small.tpu", kViewsNetwork);
  const ProcessResult result =
      tpuscope({"profile", model, "--json", "--set", "chip.overhead.launch_us=7"});
  REQUIRE(result.exit_code == kDone);
  const auto report = nlohmann::ordered_json::parse(result.out);
  CHECK(report["context"]["model"]["sha256"] == sha256_hex(kViewsNetwork));
  CHECK(report["context"]["overrides"][0] == "overhead.launch_us=7");
}

TEST_CASE("reports record what the command line settled about the network") {
  const TemporaryFolder folder;
  const std::string model = source_folder() + "/tests/cases/28_dynamic_image.onnx";
  const std::string json = folder.file("r.json");
  const std::string page = folder.file("r.html");
  const std::vector<std::string> settled = {"--dim",     "height=64", "--dim", "width=96",
                                            "--without", "silu",      "--io",  "native"};
  std::vector<std::string> words = {"profile", model, "--report",  json,
                                    "--html",  page,  "--markdown"};
  words.insert(words.end(), settled.begin(), settled.end());
  const ProcessResult result = tpuscope(words);
  CAPTURE(result.err);
  REQUIRE(result.exit_code == kDone);
  CHECK(nlohmann::ordered_json::parse(read_bytes(json))["context"]["flags"] == settled);
  CHECK(contains(result.out, "--dim height=64 --dim width=96 --without silu --io native"));
  CHECK(contains(read_bytes(page), R"("flags":["--dim","height=64","--dim","width=96",)"));
  // A network that its file settles needs none.
  const std::string small = folder.write("small.tpu", kViewsNetwork);
  const ProcessResult plain = tpuscope({"profile", small, "--json"});
  CHECK(nlohmann::ordered_json::parse(plain.out)["context"]["flags"].empty());
}

TEST_CASE("the table of operators is grouped, sorted and filtered by flags") {
  const TemporaryFolder folder;
  const std::string model = folder.write("small.tpu", kViewsNetwork);
  const ProcessResult grouped = tpuscope({"profile", model, "--group-by", "type"});
  CHECK(contains(grouped.out, "Sigmoid"));
  CHECK(contains(grouped.out, "rows shown"));
  const ProcessResult filtered = tpuscope({"profile", model, "--filter", "Sigm"});
  CHECK(!contains(filtered.out, "Relu"));
  CHECK(contains(filtered.out, "filter \"Sigm\""));
  // Its name of before is understood.
  CHECK(tpuscope({"profile", model, "--sort", "blame"}).out ==
        tpuscope({"profile", model, "--sort", "attributed"}).out);
  const ProcessResult wrong = tpuscope({"profile", model, "--sort", "atributed"});
  CHECK(wrong.exit_code == kUsage);
  CHECK(contains(wrong.err, "did you mean \"attributed\"?"));
}

}  // namespace
}  // namespace tpuscope::test
