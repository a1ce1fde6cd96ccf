// The program as users call it: what comes out where, and with which exit status.

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "profiles/views/trace/trace_check.h"
#include "tests/support/cli.h"
#include "tests/support/process.h"
#include "tests/support/temporary_folder.h"

namespace tpuscope::test {
namespace {

constexpr std::string_view kVerbsNetwork = "x = Input f32[1,64]\ny = Relu(x)\nreturn y\n";

TEST_CASE("no argument at all prints the help, which names the demo; the demo answers first") {
  const ProcessResult help = tpuscope({});
  CHECK(help.exit_code == 0);
  CHECK(help.err == "");
  CHECK(contains(help.out, "tpuscope swin_t "));
  CHECK(help.out == tpuscope({"--help"}).out);
  const ProcessResult result = tpuscope({"swin_t"});
  CHECK(result.exit_code == 0);
  CHECK(result.err == "");
  CHECK(contains(result.out, "swin_t  batch 1  f16"));
  CHECK(contains(result.out, "(simulated)"));
  // Latency in each precision and what bounds it, then what the passes give by families, then each.
  const std::vector<std::string> order = {"latency",
                                          "bound by",
                                          "what the passes give",
                                          "+ transpose elimination",
                                          "+ local Slice and Squeeze",
                                          "+ local weight split",
                                          "optimisation breakdown"};
  std::size_t at = 0;
  for (const std::string& text : order) {
    CAPTURE(text);
    const std::size_t found = result.out.find(text, at);
    REQUIRE(found != std::string::npos);
    at = found;
  }
}

TEST_CASE("a network alone means compare, and profile shows one run of it") {
  const TemporaryFolder folder;
  const std::string model = folder.write("small.tpu", kVerbsNetwork);
  const ProcessResult both = tpuscope({model});
  CHECK(both.exit_code == 0);
  // Passes that do nothing leave one run, which is told once.
  CHECK(contains(both.out, "take the same"));
  CHECK(!contains(both.out, "before"));
  const ProcessResult gain = tpuscope({"swin_t", "--precision", "f16"});
  CHECK(contains(gain.out, "before"));
  CHECK(!contains(gain.out, "take the same"));
  const ProcessResult one = tpuscope({"profile", model});
  CHECK(one.exit_code == 0);
  CHECK(contains(one.out, "small  batch 1"));
  CHECK(contains(one.out, "where the time goes"));
}

TEST_CASE("a comparison writes one trace that the checker accepts, and a report") {
  const TemporaryFolder folder;
  const std::string trace = folder.file("trace.json");
  const std::string report = folder.file("report.json");
  const std::vector<std::string> words = {"compare", "resnet50", "--trace",
                                          trace,     "--report", report};
  CHECK(tpuscope(words).exit_code == 0);
  const Status status = check_trace(read_bytes(trace), "trace");
  if (!status.ok()) FAIL_CHECK(status.error().where, ": ", status.error().message);
  const auto json = nlohmann::ordered_json::parse(read_bytes(report));
  CHECK(json["kind"] == "tpuscope.report.comparison");
  CHECK(json["steps"].back()["time_ps"] == json["after"]["summary"]["time_ps"]);
  // Its own files are replaced, with the same bytes; those of others are not.
  const std::string first = read_bytes(trace);
  CHECK(tpuscope(words).exit_code == 0);
  CHECK(read_bytes(trace) == first);
  const std::string other = folder.write("other.json", "{}");
  const ProcessResult refused = tpuscope({"profile", "resnet50", "--trace", other});
  CHECK(refused.exit_code == 5);
  CHECK(contains(refused.err, "--force"));
  CHECK(read_bytes(other) == "{}");
}

TEST_CASE("permutes that stay for the same reasons are told once, others by themselves") {
  const TemporaryFolder folder;
  const auto stay = [&](const std::string& body) {
    const std::string model = folder.write("small.tpu", body);
    return tpuscope({"optimize", model, "--explain"}).out;
  };
  const std::string branch =
      "x = Input f32[1,64,16,16]\np = Permute(x) order=[0,2,1,3]\ns = Sigmoid(p)\n";
  const std::string second = branch + "q = Permute(x) order=[0,2,3,1]\n";
  // Reasons name what is around: of the same operators they are the same.
  const std::string same = stay(second + "t = Sigmoid(q)\nreturn s, t\n");
  CHECK(contains(same, "permutes that stay: 2"));
  CHECK(contains(same, "2 for the same reasons:"));
  CHECK(contains(same, "is not carried past a Sigmoid"));
  const std::string other = stay(second + "t = Tanh(q)\nreturn s, t\n");
  CHECK(contains(other, "permutes that stay: 2"));
  CHECK(!contains(other, "for the same reasons"));
  CHECK(contains(other, "is not carried past t,"));
}

TEST_CASE(
    "layer groups are written, read back to the same run, and refused where they do not fit") {
  const TemporaryFolder folder;
  const std::string groups = folder.file("groups.json");
  const ProcessResult found = tpuscope({"profile", "resnet50", "--json", "--write-groups", groups});
  CHECK(found.exit_code == 0);
  const ProcessResult given = tpuscope({"profile", "resnet50", "--json", "--groups", groups});
  CHECK(given.exit_code == 0);
  const auto parts = [](const ProcessResult& result) {
    auto json = nlohmann::ordered_json::parse(result.out);
    // Nobody has asked what given groups end at.
    for (auto& group : json["groups"])
      group.erase("end");
    return std::pair(json["summary"], json["groups"]);
  };
  CHECK(parts(given) == parts(found));
  CHECK(tpuscope({"check", "resnet50", "--groups", groups}).exit_code == 0);
  CHECK(tpuscope({"compare", "resnet50", "--groups", groups}).exit_code == 0);
  const ProcessResult other = tpuscope({"profile", "yolov5s", "--groups", groups});
  CHECK(other.exit_code == 3);
  CHECK(contains(other.err, "groups.json:/GroupLayer/0/locs/0: no op makes"));
  const ProcessResult off =
      tpuscope({"profile", "resnet50", "--passes", "none", "--groups", groups});
  CHECK(off.exit_code == 2);
  CHECK(contains(off.err, "layer_group"));
}

TEST_CASE("what is unknown gets a suggestion and status 2") {
  const std::pair<std::vector<std::string>, std::string_view> cases[] = {
      {{"compere"}, "\"compare\""},
      {{"profile", "resnet50", "--presicion", "f16"}, "\"--precision\""},
      {{"profile", "resnet50", "--chip", "bn1684x"}, "\"bm1684x\""},
      {{"profile", "resnet50", "--passes", "+cancel_permute"}, "\"cancel_permutes\""},
      {{"profile", "resnet50", "--precision", "fp17"}, "f16"},
      {{"profile", "resnet50", "--precision", "i9"}, "int8"},
      {{"profile", "resnet50", "--io", "natve"}, "\"native\""},
      {{"list", "chps"}, "\"chips\""},
      {{"optimize", "resnet50", "-o", "a.xyz"}, ".dot, .json, .onnx, .tpu"},
      {{"profile", "resnet50", "--top", "-1"}, "at least 0"},
      {{"profile", "resnet50", "--trace"}, "--help"},
      {{"check"}, "--help"},
  };
  for (const auto& [words, advice] : cases) {
    const ProcessResult result = tpuscope(words);
    INFO(result.err);
    CHECK(result.exit_code == 2);
    CHECK(result.out == "");
    CHECK(result.err.rfind("error: ", 0) == 0);
    CHECK(contains(result.err, "\nhint: "));
    CHECK(contains(result.err, advice));
  }
}

TEST_CASE("with --json errors are JSON on standard output as well") {
  const ProcessResult result = tpuscope({"profile", "/no/such/file.onnx", "--json"});
  CHECK(result.exit_code == 3);
  CHECK(contains(result.err, "error: "));
  const auto json = nlohmann::ordered_json::parse(result.out);
  CHECK(json["errors"][0]["code"] == "invalid_input");
}

TEST_CASE("check tells of each file whether it is supported") {
  const TemporaryFolder folder;
  const std::string good = folder.write("good.tpu", kVerbsNetwork);
  const std::string bad = folder.write("bad.onnx", "no network");
  CHECK(tpuscope({"check", good, "swin_t"}).exit_code == 0);
  const ProcessResult result = tpuscope({"check", good, bad});
  CHECK(result.exit_code == 3);
  CHECK(contains(result.out, "supported"));
  CHECK(contains(result.out, "not readable"));
  CHECK(contains(result.err, "bad.onnx"));
}

TEST_CASE("check runs networks as the flags say and verifies their schedules") {
  const TemporaryFolder folder;
  const std::string model = folder.write("small.tpu", kVerbsNetwork);
  const ProcessResult text = tpuscope({"check", model, "--precision", "f32"});
  CHECK(text.exit_code == 0);
  CHECK(contains(text.out, "verified"));
  const ProcessResult json = tpuscope({"check", model, "--passes", "none", "--json"});
  const auto file = nlohmann::ordered_json::parse(json.out)["files"][0];
  CHECK(file["schedule"] == "verified");
  // Load, compute and store of two Casts and the Relu between them.
  CHECK(file["commands"] == 9);
  CHECK(file["violations"].empty());
  const ProcessResult refused = tpuscope({"check", model, "--chip", "bm1648x"});
  CHECK(refused.exit_code == 2);
}

TEST_CASE("optimize writes the network that comes out, and reads it back") {
  const TemporaryFolder folder;
  const std::string model = folder.write("small.tpu", kVerbsNetwork);
  const std::string json = folder.file("small.json");
  CHECK(tpuscope({"optimize", model, "-o", json}).exit_code == 0);
  CHECK(tpuscope({"check", json}).exit_code == 0);
  const ProcessResult text = tpuscope({"optimize", model, "-o", "-"});
  CHECK(contains(text.out, "Relu"));
  CHECK(tpuscope({"optimize", model, "-o", folder.file("small.dot")}).exit_code == 0);
}

TEST_CASE("optimize --json prints one document, and refuses what would print beside it") {
  const ProcessResult result = tpuscope({"optimize", "swin_t", "--explain", "--json"});
  REQUIRE(result.exit_code == kDone);
  const auto json = nlohmann::json::parse(result.out);
  CHECK(json.at("before").at("ops") > json.at("after").at("ops"));
  CHECK(json.at("after").at("permutes") == json.at("staying_permutes").size());
  CHECK(json.at("passes").size() > 5);
  CHECK(tpuscope({"optimize", "swin_t", "--json", "-o", "-"}).exit_code == kUsage);
  CHECK(tpuscope({"optimize", "swin_t", "--json", "--print-changed"}).exit_code == kUsage);
}

TEST_CASE("optimize writes ONNX over its own files and over nobody else's") {
  const TemporaryFolder folder;
  const std::string model = folder.write("small.tpu", kVerbsNetwork);
  const std::string ours = folder.file("small.onnx");
  const std::string theirs = folder.write("theirs.onnx", "a model of somebody else");
  CHECK(tpuscope({"optimize", model, "-o", ours}).exit_code == 0);
  CHECK(tpuscope({"check", ours}).exit_code == 0);
  CHECK(tpuscope({"optimize", ours, "-o", ours}).exit_code == 0);
  CHECK(tpuscope({"optimize", model, "-o", theirs}).exit_code != 0);
  CHECK(read_bytes(theirs) == "a model of somebody else");
}

TEST_CASE("a precision table is read by every verb that lowers, and its mistakes are reported") {
  const TemporaryFolder folder;
  const std::string model = folder.write("small.tpu", kVerbsNetwork);
  const std::string table =
      folder.write("table.json", R"({"entries": [{"op": "y", "precision": "f32"}]})");
  const std::string wrong =
      folder.write("wrong.json", R"({"entries": [{"op": "z", "precision": "f32"}]})");
  for (const std::string verb : {"profile", "compare", "optimize"}) {
    CAPTURE(verb);
    const std::vector<std::string> words = {verb, model, "--precision", "f16", "--precision-table"};
    std::vector<std::string> good = words;
    good.push_back(table);
    CHECK(tpuscope(good).exit_code == 0);
    std::vector<std::string> bad = words;
    bad.push_back(wrong);
    const ProcessResult refused = tpuscope(bad);
    CHECK(refused.exit_code == 3);
    CHECK(contains(refused.err, "wrong.json:/entries/0/op"));
  }
  const ProcessResult text =
      tpuscope({"optimize", model, "--precision", "f16", "--precision-table", table, "-o", "-"});
  CHECK_FALSE(contains(text.out, "Cast"));
  CHECK(tpuscope({"profile", model, "--precision-table", folder.file("none.json")}).exit_code == 3);
}

TEST_CASE("an INT8 network is written in our own forms, and refused as ONNX") {
  const TemporaryFolder folder;
  const std::string model = folder.write(
      "small.tpu", "x = Input f32[1,3,8,8]\nw = Weight f32[4,3,3,3]\ny = Conv(x, w)\nreturn y\n");
  const std::string json = folder.file("small.json");
  CHECK(tpuscope({"optimize", model, "--precision", "int8", "-o", json}).exit_code == 0);
  CHECK(tpuscope({"check", json}).exit_code == 0);
  const ProcessResult refused =
      tpuscope({"optimize", model, "--precision", "int8", "-o", folder.file("small.onnx")});
  CHECK(refused.exit_code == 4);
  CHECK(contains(refused.err, "INT8"));
  CHECK(contains(refused.err, "hint: "));
}

TEST_CASE("help, version and lists go to standard output") {
  for (const std::vector<std::string>& words :
       std::vector<std::vector<std::string>>{{"--help"},
                                             {"help"},
                                             {"help", "profile"},
                                             {"compare", "-h"},
                                             {"--version"},
                                             {"list", "chips"},
                                             {"list", "ops"},
                                             {"list", "writers"},
                                             {"list", "passes"}}) {
    const ProcessResult result = tpuscope(words);
    CHECK(result.exit_code == 0);
    CHECK(!result.out.empty());
    CHECK(result.err == "");
  }
}

}  // namespace
}  // namespace tpuscope::test
