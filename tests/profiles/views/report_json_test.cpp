// The JSON report against its published schema, by a validator that is not ours.

#include <doctest/doctest.h>

#include "base/sha256.h"
#include "passes/compile.h"
#include "tests/profiles/timelines.h"
#include "tests/support/json_schema.h"
#include "tests/support/models.h"

namespace tpuscope::test {
namespace {

std::string complaint_report_json(const std::string& json) {
  return schema_breach("report.schema.json", json);
}

std::string replaced_report_json(std::string text, const std::string& from, const std::string& to) {
  const std::size_t at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

Profile profile_of_model(const std::string& name, const Chip& chip) {
  Result<Graph> graph = load_graph(name);
  REQUIRE(graph.ok());
  Result<Run> run = Compiler(*std::move(graph))
                        .run({.chip = chip.name, .groups = {.method = GroupMethod::kAlone}});
  REQUIRE(run.ok());
  return make_profile(run->network->graph, std::move(run->simulation), chip,
                      {.source = name, .precision = DType::kF16, .chip = chip.name}, {});
}

TEST_CASE("reports of one run and of two agree with the schema") {
  for (unsigned seed = 1; seed <= 5; ++seed) {
    const Profile before = profile_of(random_run(seed));
    const Profile after = profile_of(random_run(seed + 100));
    CHECK(complaint_report_json(written("json", {.after = &after})) == "");
    const std::string asked = written(
        "json", {.after = &after, .sensitivities = {{{.path = "clock.tiu_mhz", .value = 1.5}}}});
    CHECK(complaint_report_json(asked) == "");
    CHECK(complaint_report_json(replaced_report_json(asked, "raised_time_ps", "raised_time")) !=
          "");
    CHECK(complaint_report_json(written("json", {.before = &before,
                                                 .after = &after,
                                                 .study = {.steps = {{}, {"a"}}},
                                                 .precisions = {{DType::kF16, {{}, {}, {}}}}})) ==
          "");
  }
}

TEST_CASE("whatever bounds a run, the schema knows its word, and no other") {
  const Profile profile = profile_of(random_run(1));
  const std::string json = written("json", {.after = &profile});
  const std::string bound = "\"bound\":\"" + std::string(profile.report.summary.verdict.bound());
  std::vector<std::string> words = {"transfers"};
  for (std::size_t step = 0; step < kStepCount; ++step)
    words.emplace_back(text_of(static_cast<Step>(step)).bound);
  for (const std::string& word : words) {
    CAPTURE(word);
    CHECK(complaint_report_json(replaced_report_json(json, bound, "\"bound\":\"" + word)) == "");
  }
  CHECK(complaint_report_json(replaced_report_json(json, bound, "\"bound\":\"weather")) != "");
}

TEST_CASE("the schema refuses a wrong type, a missing field, an unknown one and another version") {
  const Profile profile = profile_of(random_run(1));
  const std::string json = written("json", {.after = &profile});
  CHECK(complaint_report_json(replaced_report_json(json, "\"batch\":1", "\"batch\":\"1\"")) != "");
  CHECK(complaint_report_json(replaced_report_json(json, "\"clock_khz\":", "\"clock_mhz\":")) !=
        "");
  CHECK(complaint_report_json(replaced_report_json(json, "\"schema\":1", "\"schema\":2")) != "");
  CHECK(complaint_report_json(replaced_report_json(json, "\"BDC\"", "\"TIU\"")) != "");
}

TEST_CASE("on every network blame and waterfall add up, and groups as well") {
  const Result<Chip> chip = load_chip("bm1684x");
  REQUIRE(chip.ok());
  for (const std::string& name : testing::all_models()) {
    if (name.find("onnx_light") != std::string::npos) continue;
    CAPTURE(name);
    const Profile profile = profile_of_model(name, *chip);
    const Report& report = profile.report;
    Picoseconds blame = report.waterfall[Step::kLaunch] + report.waterfall[Step::kIdle];
    for (const OpRow& op : report.ops)
      blame += op.blame();
    CHECK(blame == report.summary.makespan);
    CHECK(report.waterfall.total() == report.summary.makespan);
    Picoseconds groups = report.waterfall[Step::kLaunch] + report.waterfall[Step::kIdle];
    for (const GroupRow& group : report.groups)
      groups += group.blame;
    CHECK(groups == report.summary.makespan);
    // A finding cannot save what the run is not charged.
    for (const Finding& finding : report.findings)
      CHECK(finding.cost <= report.summary.makespan - report.waterfall[Step::kIdle]);
    CHECK(complaint_report_json(written("json", {.after = &profile})) == "");
  }
}

TEST_CASE("SHA-256 agrees with the examples of FIPS 180-4, also across blocks") {
  CHECK(sha256_hex("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(sha256_hex("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(sha256_hex("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq") ==
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  CHECK(sha256_hex(std::string(1'000'000, 'a')) ==
        "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

}  // namespace
}  // namespace tpuscope::test
