// Diffs: operators matched by where they come from, captures of a board beside simulated runs,
// gates.

#include "profiles/diff/diff.h"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "base/writer.h"
#include "tests/profiles/timelines.h"
#include "tests/support/temporary_folder.h"

namespace tpuscope::test {
namespace {

RunOp op(const std::string& name, std::vector<std::string> origin, std::int64_t time,
         const std::string& type = "Relu") {
  return {.name = name, .type = type, .origin = std::move(origin), .time = {time}};
}

RunSummary run_of_diff(std::vector<RunOp> ops) {
  RunSummary run{.source = "run", .ops = std::move(ops)};
  for (const RunOp& each : run.ops)
    run.metrics = {
        {"time_ps", (run.metrics.empty() ? 0 : run.metrics[0].second) + each.time.value}};
  return run;
}

/// "fused a,b>c -3", one per row.
std::vector<std::string> rows_diff(const RunSummary& base, const RunSummary& now) {
  const Diff diff = diff_runs(base, now);
  std::vector<std::string> texts;
  for (const DiffRow& row : diff.rows) {
    std::string text(name_of(row.match));
    for (const auto* side : {&row.base, &row.now}) {
      text += side == &row.base ? " " : ">";
      for (std::size_t i = 0; i < side->size(); ++i)
        text += (i > 0 ? "," : "") + (*side)[i]->name;
    }
    texts.push_back(text + " " + std::to_string(row.change().value));
  }
  return texts;
}

using DiffTexts = std::vector<std::string>;

std::size_t occurrences(std::string_view text, std::string_view part) {
  std::size_t count = 0;
  for (std::size_t at = text.find(part); at != std::string_view::npos; at = text.find(part, at + 1))
    ++count;
  return count;
}

TEST_CASE(
    "ops are matched by origin, so that fused, split and rewritten ones are reported as such") {
  CHECK(rows_diff(run_of_diff({op("a", {"n1"}, 5), op("b", {"n2"}, 3)}),
                  run_of_diff({op("c", {"n1", "n2"}, 5)})) == DiffTexts{"fused a,b>c -3"});
  CHECK(rows_diff(run_of_diff({op("a", {"n1", "n2"}, 5)}),
                  run_of_diff({op("b", {"n1"}, 1), op("c", {"n2"}, 2)})) ==
        DiffTexts{"split a>b,c -2"});
  CHECK(rows_diff(run_of_diff({op("a", {"n1", "n2"}, 5), op("b", {"n3"}, 5)}),
                  run_of_diff({op("c", {"n1"}, 1), op("d", {"n2", "n3"}, 1)})) ==
        DiffTexts{"rewritten a,b>c,d -8"});
  // A name that both have matters less than the origin.
  CHECK(rows_diff(run_of_diff({op("x", {"n1"}, 5), op("y", {"n2"}, 5)}),
                  run_of_diff({op("y", {"n1"}, 5), op("x", {"n2"}, 6)})) ==
        DiffTexts{"same y>x 1", "same x>y 0"});
}

TEST_CASE("without a common origin names match, then types in order, and the rest came or went") {
  CHECK(rows_diff(run_of_diff({op("a", {}, 5)}), run_of_diff({op("a", {}, 7)})) ==
        DiffTexts{"same a>a 2"});
  CHECK(rows_diff(run_of_diff(
                      {op("1", {}, 1, "Conv2D"), op("2", {}, 2, "Add"), op("3", {}, 3, "MatMul")}),
                  run_of_diff({op("a", {"a"}, 9, "Conv"), op("c", {"c"}, 4, "MatMul")})) ==
        DiffTexts{"by type 1>a 8", "removed 2> -2", "by type 3>c 1"});
  CHECK(rows_diff(run_of_diff({}), run_of_diff({op("a", {"a"}, 1)})) == DiffTexts{"added >a 1"});
}

TEST_CASE("matching loses and doubles no op, whatever the origins") {
  std::mt19937 random(1);
  for (int round = 0; round < 50; ++round) {
    const auto some_run = [&] {
      std::vector<RunOp> ops;
      for (std::uint32_t i = 0; i < random() % 12; ++i) {
        std::vector<std::string> origin;
        for (std::uint32_t n = 0; n < random() % 3; ++n)
          origin.push_back("n" + std::to_string(random() % 9));
        ops.push_back(op("op" + std::to_string(random() % 9), origin,
                         static_cast<std::int64_t>(random() % 100),
                         random() % 2 == 0 ? "Conv" : "Add"));
      }
      return run_of_diff(std::move(ops));
    };
    const RunSummary base = some_run();
    const RunSummary now = some_run();
    const Diff diff = diff_runs(base, now);
    std::size_t base_ops = 0;
    std::size_t now_ops = 0;
    Picoseconds change{};
    for (const DiffRow& row : diff.rows) {
      base_ops += row.base.size();
      now_ops += row.now.size();
      change += row.change();
    }
    CHECK(base_ops == base.ops.size());
    CHECK(now_ops == now.ops.size());
    Picoseconds expected{};
    for (const RunOp& each : now.ops)
      expected += each.time;
    for (const RunOp& each : base.ops)
      expected -= each.time;
    CHECK(change == expected);
  }
}

TEST_CASE("a report is read back as it was written, one side of a comparison too") {
  const Profile before = profile_of(random_run(1));
  const Profile after = profile_of(random_run(2));
  const Result<RunSummary> single = read_report(written("json", {.after = &after}), "r");
  REQUIRE(single.ok());
  CHECK(*single->metric("time_ps") == after.report.summary.makespan.value);
  CHECK(single->ops.size() == after.report.ops.size());
  CHECK(single->waterfall.size() == kStepCount);
  const std::string both = written("json", {.before = &before, .after = &after});
  CHECK(*read_report(both, "r", true)->metric("time_ps") == before.report.summary.makespan.value);
  CHECK(*read_report(both, "r")->metric("time_ps") == after.report.summary.makespan.value);
  CHECK(!read_report(written("json", {.after = &after}), "r", true).ok());
}

TEST_CASE("what is no report, or lacks something, is refused with a reason") {
  const auto complaint = [](const std::string& json) {
    const Result<RunSummary> run = read_report(json, "r");
    return run.ok() ? "" : run.error().message;
  };
  CHECK(complaint("{}") == "is no report: its kind is \"\"");
  CHECK(complaint("[1]") == "is no report: its kind is \"\"");
  CHECK(complaint(R"({"kind":"tpuscope.report","schema":9})") ==
        "has schema 9, this version reads 1");
  CHECK(complaint(R"({"kind":"tpuscope.report","schema":1})") ==
        "there is no \"context\" of the right type");
  CHECK(complaint("{\"kind\":") != "");
}

TEST_CASE("a capture's commands are charged like simulated ones") {
  const TemporaryFolder folder;
  // Layer 7 loads for 3 us, then computes for 4 of which the load of layer 8 hides 2.
  folder.write("detail.csv",
               "category,begin_usec,end_usec,duration(us),func_type,layer_id,layer_type,subnet_id,"
               "subnet_type,iteration,info\r\n"
               "TPU_LAYER,10,17,7,,7,Conv,0,,0,\r\n"
               "TPU_GDMA,10,13,3,GDMA_TENSOR,7,Conv,0,,0,\"speed=1,GB/s\"\r\n"
               "TPU_BD,13,17,4,CONV,7,Conv,0,,0,\r\n"
               "TPU_GDMA,15,18,3,GDMA_TENSOR,8,Add,0,,0,\r\n"
               "TPU_BD,19.5,20,0.5,AR,8,Add,0,,0,\r\n");
  const Result<RunSummary> run = read_capture(folder.path().string());
  REQUIRE(run.ok());
  CHECK(run->is_measured);
  REQUIRE(run->ops.size() == 2);
  CHECK(run->ops[0].name == "Conv 7");
  CHECK(run->ops[0].time.value == (3 + 4) * 1'000'000);
  // One exposed microsecond of the load, a gap of 1.5 for the next command, half a one of work.
  CHECK(run->ops[1].time.value == 1'000'000 + 1'500'000 + 500'000);
  CHECK(*run->metric("time_ps") == 10'000'000);
  CHECK(*run->metric("bdc_busy_ps") == 4'500'000);
  CHECK(*run->metric("gdma_busy_ps") == 6'000'000);
  CHECK(*run->metric("overlap_ps") == 2'000'000);
}

TEST_CASE("a capture by layers has times alone, and a folder without tables says what to do") {
  const TemporaryFolder folder;
  CHECK(read_capture(folder.path().string()).error().hint.find("tpu_profile") != std::string::npos);
  folder.write("layer.csv",
               "LayerID,Function,gdmaTime(us),tiuTime(us),totalTime(us)\n1,Conv2D,2,3,4\n");
  const Result<RunSummary> run = read_capture(folder.path().string());
  REQUIRE(run.ok());
  CHECK(*run->metric("time_ps") == 4'000'000);
  const TemporaryFolder broken;
  broken.write("layer.csv", "LayerID,Function,gdmaTime(us),tiuTime(us),totalTime(us)\n1,C,x,3,4\n");
  CHECK(read_capture(broken.path().string()).error().where.find("layer.csv:2") !=
        std::string::npos);
  const TemporaryFolder negative;
  negative.write("layer.csv",
                 "LayerID,Function,gdmaTime(us),tiuTime(us),totalTime(us)\n1,C,2,3,-1.5\n");
  CHECK(read_capture(negative.path().string()).error().message ==
        "\"totalTime(us)\" is \"-1.5\": no time is negative");
  const TemporaryFolder narrow;
  narrow.write("layer.csv", "LayerID,Function\n1,C\n");
  CHECK(read_capture(narrow.path().string()).error().message ==
        "there is no column \"gdmaTime(us)\"");
}

TEST_CASE("conditions judge the change with a sign, and the new value without") {
  const RunSummary base = run_of_diff({op("a", {}, 100'000'000)});
  const RunSummary now = run_of_diff({op("a", {}, 103'000'000)});
  const Diff diff = diff_runs(base, now);
  const auto fails = [&](const std::string& text) {
    const Result<FailCondition> condition = parse_condition(text);
    REQUIRE(condition.ok());
    const Result<std::string> failure = failure_of(*condition, diff);
    REQUIRE(failure.ok());
    return !failure->empty();
  };
  CHECK(fails("makespan>+2%"));
  CHECK(!fails("makespan>+3%"));
  CHECK(fails("time>+2us"));
  CHECK(!fails("time>+3us"));
  CHECK(fails("time_ps>102000000"));
  CHECK(!fails("makespan>1ms"));
  CHECK(fails("makespan<1ms"));
  CHECK(!fails("makespan<-1%"));
  for (const char* wrong : {"", "makespan", ">2%", "makespan>", "makespan>x", "makespan>2 parsec",
                            "cycles>+2us", "makespan>inf"}) {
    CAPTURE(wrong);
    CHECK(!parse_condition(wrong).ok());
  }
  CHECK(!failure_of(*parse_condition("nothing>1"), diff).ok());
}

TEST_CASE("figures have names and units for people, and a sense where they have a better") {
  CHECK(title_of("clock_khz") == "clock");
  CHECK(amount_text("clock_khz", 950'000) == "950 MHz");
  CHECK(title_of("bound_ddr_bytes") == "lower bound of DDR bytes");
  CHECK(title_of("issued_ops") == "performed operations");
  CHECK(amount_text("peak_macs_per_second", 8'192'000'000'000) == "8.19 T/s");
  CHECK(sense_of("time_ps") == Sense::kLess);
  CHECK(sense_of("useful_compute_ps") == Sense::kNeutral);
  CHECK(sense_of("launch_ps") == Sense::kLess);
  CHECK(sense_of("clock_khz") == Sense::kNeutral);
  // A figure of a later version is shown as it is called there, and judged neither way.
  CHECK(title_of("phase_of_the_moon") == "phase_of_the_moon");
  CHECK(sense_of("phase_of_the_moon") == Sense::kNeutral);
}

TEST_CASE("awkward names survive every form, and equal input gives equal bytes") {
  const std::string name = "a|b</script>\"нейрон`*";
  const RunSummary base = run_of_diff({op(name, {"n"}, 5)});
  const RunSummary now = run_of_diff({op(name, {"n"}, 9)});
  const Diff diff = diff_runs(base, now);
  for (const auto& [form, writer] : WriterRegistry<Diff>::instance().all()) {
    StringSink one;
    StringSink two;
    const Terminal terminal{.unicode = true, .cut_names = false};
    CHECK(writer.write(diff, {.terminal = terminal}, one).ok());
    CHECK(writer.write(diff, {.terminal = terminal}, two).ok());
    CHECK(one.text() == two.text());
    CHECK(one.text().find("нейрон") != std::string::npos);
    if (form == "json") {
      CHECK(nlohmann::ordered_json::parse(one.text())["ops"][0]["now"][0] == name);
    }
    // The name ends no element of the page: only glossary, data and the page's script end there.
    if (form == "html") CHECK(occurrences(one.text(), "</script>") == 3);
    if (form == "markdown") CHECK(one.text().find("a\\|b") != std::string::npos);
  }
}

}  // namespace
}  // namespace tpuscope::test
