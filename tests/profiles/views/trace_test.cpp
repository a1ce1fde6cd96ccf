// The Chrome trace of runs, and the checker of traces: what we write passes, and each rule has a
// trace that breaks it and nothing else.

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "profiles/views/trace/trace_check.h"
#include "tests/profiles/timelines.h"

namespace tpuscope::test {
namespace {

TEST_CASE("traces of any run pass the checker and end with the makespan") {
  for (unsigned seed = 1; seed <= 30; ++seed) {
    const Simulation run = random_run(seed);
    const Profile profile = profile_of(run);
    const Status status =
        check_trace(written("trace", {.after = &profile}), "trace",
                    {.makespan = run.timeline.makespan, .commands = run.program.commands.size()});
    if (!status.ok()) FAIL_CHECK(status.error().where, ": ", status.error().message);
  }
}

/// A load that BDC waits for for 10 ns, a compute, and a store that follows at once.
Simulation chain_trace() {
  Command load{.kind = CommandKind::kLoad,
               .engine = Engine::kGdma,
               .direction = Direction::kDdrToLocal,
               .id = 1,
               .op = 1};
  Command compute{
      .kind = CommandKind::kArith, .engine = Engine::kBdc, .id = 1, .wait_id = 1, .op = 1};
  Command store{.kind = CommandKind::kStore,
                .engine = Engine::kGdma,
                .direction = Direction::kLocalToDdr,
                .id = 2,
                .wait_id = 1,
                .op = 1};
  Simulation run = RunBuilder().add(load, 0, 10).add(compute, 10, 20).add(store, 20, 25).run();
  run.timeline.reason[1] = WaitReason::kDependency;
  run.timeline.waited[1] = {10'000};
  return run;
}

std::size_t count_of(const std::string& text, std::string_view part) {
  std::size_t count = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1))
    ++count;
  return count;
}

WriterView options_trace(std::string_view flag, std::string_view value) {
  return {.options = {{{std::string(flag), std::string(value)}}}};
}

TEST_CASE("arrows lead from what was waited for, on request along every dependency") {
  const Profile profile = profile_of(chain_trace());
  const auto arrows = [&](std::string_view flows) {
    const std::string trace =
        written("trace", {.after = &profile}, options_trace("--trace-flows", flows));
    CHECK(check_trace(trace, "trace").ok());
    return count_of(trace, "\"ph\":\"s\"");
  };
  CHECK(arrows("none") == 0);
  CHECK(arrows("critical") == 1);
  CHECK(arrows("all") == 2);
}

TEST_CASE("less detail leaves out commands, then ops, and stays a good trace") {
  const Profile profile = profile_of(random_run(9));
  std::size_t last = 0;
  for (const std::string_view detail : {"layer", "op", "command"}) {
    const std::string trace =
        written("trace", {.after = &profile}, options_trace("--trace-detail", detail));
    CHECK(check_trace(trace, "trace").ok());
    CHECK(trace.size() > last);
    last = trace.size();
  }
}

TEST_CASE("a range keeps what touches it, whole, and stays a good trace") {
  const Profile profile = profile_of(chain_trace());
  const auto spans = [&](std::int64_t from_ns, std::int64_t until_ns, std::string_view kind) {
    const std::string trace =
        written("trace", {.after = &profile},
                {.options = {{{"--trace-flows", "all"},
                              {"--trace-range", fmt::format("{}ns:{}ns", from_ns, until_ns)}}}});
    CHECK(check_trace(trace, "trace").ok());
    return count_of(trace, kind);
  };
  // The load ends at 10 ns, where the computation starts; the store runs from 20 to 25.
  CHECK(spans(0, 10, ": Load\"") == 1);
  CHECK(spans(0, 10, ": Arith\"") == 0);
  CHECK(spans(0, 10, "\"ph\":\"s\"") == 0);
  CHECK(spans(9, 11, "\"ph\":\"s\"") == 1);
  CHECK(spans(10, 25, ": Load\"") == 0);
  CHECK(spans(10, 25, ": Store\"") == 1);
  CHECK(spans(100, 200, "\"ph\":\"X\"") == 0);
  const Profile random = profile_of(random_run(5));
  CHECK(check_trace(
            written("trace", {.after = &random}, options_trace("--trace-range", "200us:400us")),
            "trace")
            .ok());
}

TEST_CASE("a bank's row shows when it holds data and how much, and DDR's use ends at nothing") {
  const auto command = [](Engine engine, CommandKind kind, LocalRange result, LocalRange operand) {
    return Command{.kind = kind,
                   .engine = engine,
                   .direction = engine == Engine::kGdma ? Direction::kDdrToLocal : Direction::kNone,
                   .operand_count = static_cast<std::uint8_t>(engine == Engine::kBdc ? 1 : 0),
                   .op = 1,
                   .ddr_read = engine == Engine::kGdma ? 32 : 0,
                   .result = result,
                   .operands = {operand}};
  };
  // Spans are written a nanosecond shorter. Banks of 256 bytes: the load fills 56 bytes of bank 0
  // and 44 of bank 1 until 200 ns.
  const Profile profile = profile_of(
      RunBuilder()
          .add(command(Engine::kGdma, CommandKind::kLoad, {200, 100}, {}), 0, 100)
          .add(command(Engine::kBdc, CommandKind::kArith, {512, 10}, {200, 100}), 100, 200)
          .run());
  const std::string trace = written("trace", {.after = &profile});
  INFO(trace);
  CHECK(check_trace(trace, "trace").ok());
  CHECK(trace.find("\"name\":\"bank 3\"") != std::string::npos);
  CHECK(trace.find("\"name\":\"bank 4\"") == std::string::npos);
  CHECK(trace.find("\"dur\":0.199,\"args\":{\"bytes_per_lane\":56}") != std::string::npos);
  CHECK(trace.find("\"dur\":0.199,\"args\":{\"bytes_per_lane\":44}") != std::string::npos);
  // Nobody reads the result: it counts until its writer ends.
  CHECK(trace.find("\"dur\":0.099,\"args\":{\"bytes_per_lane\":10}") != std::string::npos);
  CHECK(trace.find("DDR used (bytes)") != std::string::npos);
}

TEST_CASE("before and after share one file with processes of their own") {
  const Profile before = profile_of(random_run(1));
  const Profile after = profile_of(random_run(2));
  const std::string trace = written("trace", {.before = &before, .after = &after});
  CHECK(check_trace(trace, "trace").ok());
  CHECK(trace.find("\"1 before: Network\"") != std::string::npos);
  CHECK(trace.find("\"6 after: Core 0 mini\"") != std::string::npos);
  CHECK(trace.find("\"pid\":110,") != std::string::npos);
  CHECK(trace.find("\"pid\":220,") != std::string::npos);
}

TEST_CASE("the same run gives the same bytes") {
  const Simulation run = random_run(3);
  for (const char* writer : {"trace", "json", "text"}) {
    const Profile one = profile_of(run);
    const Profile two = profile_of(run);
    CHECK(written(writer, {.after = &one}) == written(writer, {.after = &two}));
  }
}

TEST_CASE("names with quotes, newlines, tags and any script survive every writer") {
  Graph graph = testing::graph_of(kTwoOps);
  const std::string name = "a\"b\\c</script>\nнейрон 神经";
  graph.set_name(OpId{1}, name);
  graph.set_name(name);
  const Profile profile = make_profile(std::move(graph), random_run(4), mini_chip(), {}, {});
  const std::string trace = written("trace", {.after = &profile});
  CHECK(check_trace(trace, "trace").ok());
  CHECK(trace.find("</script>") == std::string::npos);
  const auto report = nlohmann::ordered_json::parse(written("json", {.after = &profile}));
  // A control character is shown as a space; all else stays.
  const std::string kept = "a\"b\\c</script> нейрон 神经";
  CHECK(report["context"]["model"]["name"] == kept);
  bool found = false;
  for (const auto& op : report["ops"])
    found = found || op["name"] == kept;
  CHECK(found);
  CHECK(written("text", {.after = &profile}).find("\n\"") == std::string::npos);
}

TEST_CASE("the JSON report adds up as the report does") {
  const Profile profile = profile_of(random_run(5));
  const auto report = nlohmann::ordered_json::parse(written("json", {.after = &profile}));
  CHECK(report["schema"] == 1);
  CHECK(report["kind"] == "tpuscope.report");
  std::int64_t sum = 0;
  for (const auto& step : report["waterfall"])
    sum += step["time_ps"].get<std::int64_t>();
  CHECK(sum == report["summary"]["time_ps"]);
  CHECK(report["spans"]["start_ps"].size() == profile.simulation.program.commands.size());
}

// --- one broken trace per rule ---

constexpr std::string_view kNames =
    R"({"ph":"M","pid":1,"name":"process_name","args":{"name":"p"}},)"
    R"({"ph":"M","pid":1,"name":"process_sort_index","args":{"sort_index":0}},)"
    R"({"ph":"M","pid":1,"tid":1,"name":"thread_name","args":{"name":"BDC"}},)"
    R"({"ph":"M","pid":1,"tid":1,"name":"thread_sort_index","args":{"sort_index":1}})";

std::string trace_with(std::string_view events,
                       std::string_view metadata = R"({"tool":"t","chip":"c","model":"m"})") {
  return R"({"traceEvents":[)" + std::string(kNames) + "," + std::string(events) +
         R"(],"metadata":)" + std::string(metadata) + "}";
}

std::string span(std::string_view ts, std::string_view dur, std::string_view extra = "") {
  return R"({"ph":"X","pid":1,"tid":1,"name":"Conv","ts":)" + std::string(ts) + R"(,"dur":)" +
         std::string(dur) + std::string(extra) + "}";
}

std::string complaint_trace(const std::string& trace, const TraceExpectations& expectations = {}) {
  const Status status = check_trace(trace, "t", expectations);
  return status.ok() ? "" : status.error().message;
}

bool complains(const std::string& trace, std::string_view message,
               const TraceExpectations& expectations = {}) {
  const std::string got = complaint_trace(trace, expectations);
  INFO("got: ", got);
  const bool found = got.find(message) != std::string::npos;
  CHECK(found);
  return found;
}

TEST_CASE("a small correct trace has nothing to complain of") {
  CHECK(complaint_trace(trace_with(span("0.000", "1.500"))) == "");
  CHECK(complaint_trace(trace_with(span("0.000", "1.500") + "," + span("1.500", "0.000") + "," +
                                   span("1.500", "2"))) == "");
}

TEST_CASE("form, phase, times and ids of a trace are checked") {
  complains("[]", "does not start with");
  complains("{\"a\":1}", "no list traceEvents");
  complains("{\"traceEvents\":[]}", "no list traceEvents");
  complains(trace_with(span("0.000", "1.500"), R"({"tool":"t","chip":"c"})"), "no \"model\"");
  complains(trace_with(R"({"ph":"B","pid":1,"tid":1,"name":"a","ts":0})"), "unknown phase \"B\"");
  complains(trace_with(R"({"ph":"X","pid":1,"tid":1,"name":"a","ts":0})"), "no dur");
  complains(trace_with(R"({"ph":"X","pid":1,"tid":1,"name":"a","dur":0})"), "no ts");
  complains(trace_with(span("0.0001", "1")), "three decimals");
  complains(trace_with(span("-1", "1")), "three decimals");
  complains(trace_with(R"({"ph":"X","pid":1,"tid":0,"name":"a","ts":0,"dur":1})"), "tid is 0");
  complains(trace_with(R"({"ph":"X","pid":1,"tid":2,"name":"a","ts":0,"dur":1})"),
            "thread 2 of process 1 has no thread_name");
  complains(trace_with(R"({"ph":"M","pid":1,"tid":1,"name":"thread_name","args":{"name":"x"}})"),
            "\"thread_name\" is given twice");
}

TEST_CASE("overlap is an offence, and nesting is one on the row of an engine") {
  complains(trace_with(span("0", "2") + "," + span("1", "2")), "overlaps");
  const std::string nested = trace_with(span("0", "3") + "," + span("1", "1"));
  complains(nested, "overlaps");
  CHECK(complaint_trace(nested, {.exclusive_tracks = {}}) == "");
}

TEST_CASE("flows come in pairs inside spans") {
  const auto flow = [](std::string_view phase, std::string_view ts, std::string_view extra = "") {
    return R"({"ph":")" + std::string(phase) +
           R"(","pid":1,"tid":1,"cat":"dep","name":"dep","id":1,"ts":)" + std::string(ts) +
           std::string(extra) + "}";
  };
  const std::string bp = R"(,"bp":"e")";
  const std::string body = span("0", "2") + ",";
  CHECK(complaint_trace(trace_with(body + flow("s", "0") + "," + flow("f", "1", bp))) == "");
  complains(trace_with(body + flow("s", "0")), "1 starts and 0 ends");
  complains(trace_with(body + flow("s", "0") + "," + flow("f", "1")), "lacks bp");
  complains(trace_with(body + flow("s", "1") + "," + flow("f", "0", bp)), "ends before it starts");
  complains(trace_with(body + flow("s", "0") + "," + flow("f", "3", bp)), "touches no span");
}

TEST_CASE("counters keep their keys, go forward and end at zero") {
  const auto counter = [](std::string_view ts, std::string_view args) {
    return R"({"ph":"C","pid":1,"tid":1,"name":"n","ts":)" + std::string(ts) + R"(,"args":)" +
           std::string(args) + "}";
  };
  const std::string body = span("0", "2") + ",";
  const std::string one = counter("0", R"({"v":1})") + ",";
  CHECK(complaint_trace(trace_with(body + one + counter("1", R"({"v":0})"))) == "");
  complains(trace_with(body + counter("0", R"({"v":1})")), "does not end at 0");
  complains(trace_with(body + one + counter("1", R"({"w":0})")), "changes its keys");
  complains(trace_with(body + counter("1", R"({"v":1})") + "," + counter("0", R"({"v":0})")),
            "back in time");
  complains(trace_with(body + counter("0", R"({"v":"x"})")), "no number");
}

TEST_CASE("names are short and readable, and totals agree with the run") {
  const auto named = [](const std::string& name) {
    return trace_with(R"({"ph":"X","pid":1,"tid":1,"ts":0,"dur":1,"name":")" + name + "\"}");
  };
  complains(named(""), "the name is empty");
  complains(named(std::string(201, 'a')), "201 bytes");
  complains(named("a\\nb"), "control characters");
  complains(named("\xff"), "not UTF-8");
  const std::string trace = trace_with(span("0", "2"));
  CHECK(complaint_trace(trace, {.makespan = Picoseconds{2'000'000}, .commands = 1}) == "");
  complains(trace, "the makespan is 3000 ns", {.makespan = Picoseconds{3'000'000}});
  complains(trace, "1 spans for 2 commands", {.commands = 2});
}

}  // namespace
}  // namespace tpuscope::test
