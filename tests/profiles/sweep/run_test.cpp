// Points of a sweep are what single runs give, however many threads and parts there are; parts put
// together are the whole, byte for byte.

#include <doctest/doctest.h>

#include "base/writer.h"
#include "graph/batch.h"
#include "passes/compile.h"
#include "profiles/sweep/analysis.h"
#include "profiles/sweep/metric.h"
#include "profiles/sweep/points_file.h"
#include "tests/support/graphs.h"

namespace tpuscope {
namespace {

constexpr std::string_view kRunNetwork = R"(
  x = Input f32[1,16,32,32]
  w = Weight f32[32,16,3,3]
  c = Conv(x, w) pads=[1,1,1,1]
  r = Relu(c)
  p = Permute(r) order=[0,2,3,1]
  q = Permute(p) order=[0,3,1,2]
  s = Softmax(q) axis=3
  return s
)";

struct Sweep {
  Graph graph = testing::graph_of(kRunNetwork);
  Configuration base{};
  SweepHeader header{};

  explicit Sweep(const std::vector<std::string>& texts) {
    base.switches = *parse_switches("optimized");
    std::vector<SweepAxis> axes;
    for (const std::string& text : texts)
      axes.push_back(*parse_axis(text));
    const Status status = check_axes(axes, base, batch_of(graph));
    REQUIRE_MESSAGE(status.ok(), status.error().message);
    header = *sweep_header("small", "small.tpu", "digest", base, graph, std::move(axes));
  }

  std::vector<SweepPoint> run(const SweepOptions& options = {}) const {
    return run_sweep(header, base, graph, options);
  }
};

const std::vector<std::string> kAxes = {
    "precision=f16,int8", "batch=1,2", "chip.command.load_bytes_per_cycle=8,64",
    "passes.cancel_permutes=on,off", "chip=bm1684x,bm1684,bm1688"};

std::string rendered(const SweepHeader& header, const std::vector<SweepPoint>& points) {
  const SweepAnalysis analysis = analyse_sweep(header, points, 0, default_pareto(header, 0));
  StringSink sink;
  for (const auto& [name, writer] : WriterRegistry<SweepAnalysis>::instance().all())
    CHECK(writer.write(analysis, {}, sink).ok());
  return sink.text();
}

TEST_CASE("a point is what a single run of its configuration gives") {
  const Sweep sweep({"precision=f16,f32", "batch=1,3", "passes.layer_group.max_ops=0,1"});
  for (const SweepPoint& point : sweep.run()) {
    const std::vector<std::size_t> values = sweep.header.values_at(point.index);
    Configuration configuration = sweep.base;
    configuration.precision.precision = values[0] == 0 ? DType::kF16 : DType::kF32;
    configuration.batch = values[1] == 0 ? 1 : 3;
    configuration.groups.max_ops = values[2] == 0 ? 0 : 1;
    const Result<Run> run = Compiler(sweep.graph).run(configuration);
    REQUIRE(run.ok());
    REQUIRE(point.ok());
    CHECK(point.figures[0] == static_cast<double>(run->simulation.timeline.makespan.value));
  }
}

TEST_CASE(
    "the configuration that is varied is run where the grid leaves it out, and kept in files") {
  const Sweep without({"precision=int8", "chip.command.load_bytes_per_cycle=8,64"});
  CHECK(!has_base(without.header));
  CHECK(has_base(Sweep({"precision=f16,int8"}).header));
  const SweepPoint base = run_base(without.header, without.base, without.graph, {});
  CHECK(base.index == without.header.size());
  const Result<Run> run = Compiler(without.graph).run(without.base);
  REQUIRE(run.ok());
  CHECK(base.figures.at(0) == static_cast<double>(run->simulation.timeline.makespan.value));
  const std::vector<SweepPoint> points = without.run();
  const Result<SweepPoints> read = parse_points(points_text(without.header, points, base), "whole");
  REQUIRE(read.ok());
  CHECK(read->points.size() == points.size());
  REQUIRE(read->base.has_value());
  CHECK(read->base->figures == base.figures);
  CHECK(!parse_points(points_text(without.header, points), "whole")->base);
  const Result<SweepPoints> merged = merge_points({*read}, {"whole"});
  REQUIRE(merged.ok());
  CHECK(merged->base->figures == base.figures);
}

TEST_CASE("the number of threads changes nothing") {
  const Sweep sweep(kAxes);
  const std::string one = points_text(sweep.header, sweep.run({.jobs = 1}));
  CHECK(points_text(sweep.header, sweep.run({.jobs = 7})) == one);
}

TEST_CASE("points come in the order of the grid, and each is reported once when it is finished") {
  const Sweep sweep(kAxes);
  std::vector<bool> reported(sweep.header.size(), false);
  SweepOptions options{.jobs = 3};
  options.on_point = [&](const SweepPoint& point) {
    CHECK(!reported[point.index]);
    reported[point.index] = true;
  };
  const std::vector<SweepPoint> points = sweep.run(options);
  REQUIRE(points.size() == 48);
  for (std::size_t i = 0; i < points.size(); ++i) {
    CHECK(points[i].index == i);
    CHECK(reported[i]);
  }
}

TEST_CASE("a point that cannot be run is a row with its error and ends nothing") {
  const Sweep sweep({"batch=1,2", "chip.array.lanes=64,0", "chip=bm1684x,nowhere.json"});
  const std::vector<SweepPoint> points = sweep.run({.jobs = 2});
  REQUIRE(points.size() == 8);
  CHECK(points[0].ok());
  CHECK(points[1].error.find("there is no such file") != std::string::npos);
  CHECK(points[2].error.find("array.lanes is 0") != std::string::npos);
  CHECK(points[4].ok());
  // bm1684 has no f16, which is the network's business and not the chip file's.
  const Sweep precisions({"chip=bm1684,bm1684x"});
  CHECK(!precisions.run()[0].ok());
  CHECK(precisions.run()[1].ok());
}

TEST_CASE("a bug that one point meets is that point's alone, and reported as a bug") {
  Sweep sweep({"precision=f16,f32,int8"});
  // A cycle, which no frontend lets through.
  const std::vector<OpId> ops = sweep.graph.topological_order();
  sweep.graph.set_input(ops[2], 0, {ops[4], 0});
  for (const SweepPoint& point : sweep.run({.jobs = 2})) {
    CHECK(point.is_bug());
    CHECK(point.hint.find("bug in tpuscope") != std::string::npos);
  }
  CHECK(!Sweep({"batch=1"}).run()[0].is_bug());
}

TEST_CASE("a batch that the network cannot have fails its points alone") {
  Sweep sweep({"batch=1,2"});
  sweep.graph = testing::graph_of("x = Input f32[1,8]\ny = Softmax(x) axis=0\nreturn y\n");
  const std::vector<SweepPoint> points = sweep.run();
  CHECK(points[0].ok());
  CHECK(points[1].error.find("batch 2 cannot be made of batch 1") != std::string::npos);
}

TEST_CASE("parts of any number, in any order, are the single run byte for byte") {
  const Sweep sweep(kAxes);
  const std::vector<SweepPoint> whole = sweep.run();
  for (const std::size_t count : {1U, 2U, 5U, 48U, 50U}) {
    std::vector<SweepPoints> parts;
    std::vector<std::string> names;
    for (std::size_t i = count; i-- > 0;) {
      const std::vector<SweepPoint> points = sweep.run({.shard = {i, count}});
      // By way of a file, as from another machine.
      const Result<SweepPoints> read = parse_points(points_text(sweep.header, points), "part");
      REQUIRE(read.ok());
      parts.push_back(*read);
      names.push_back("part" + std::to_string(i));
    }
    const Result<SweepPoints> merged = merge_points(parts, names);
    REQUIRE(merged.ok());
    CHECK(points_text(merged->header, merged->points) == points_text(sweep.header, whole));
    CHECK(rendered(merged->header, merged->points) == rendered(sweep.header, whole));
  }
}

TEST_CASE("a missing part, a part of another sweep and two outcomes of a point are refused") {
  const Sweep sweep({"batch=1,2,3"});
  const SweepPoints first{sweep.header, sweep.run({.shard = {0, 3}})};
  const SweepPoints last{sweep.header, sweep.run({.shard = {2, 3}})};
  const auto missing = merge_points({first, last}, {"a", "b"});
  REQUIRE(!missing.ok());
  CHECK(missing.error().message == "1 of 3 points are missing, the first is point 1 (batch=2)");
  const Sweep other({"batch=1,2,4"});
  const auto mixed = merge_points({first, {other.header, other.run()}}, {"a", "b"});
  REQUIRE(!mixed.ok());
  CHECK(mixed.error().where == "b");
  CHECK(mixed.error().message == "points of another sweep: --vary differ");
  SweepPoints changed{sweep.header, sweep.run()};
  changed.points[0].figures[0] += 1;
  const auto contradicting = merge_points({first, changed}, {"a", "b"});
  REQUIRE(!contradicting.ok());
  CHECK(contradicting.error().message == "point 0 has two different outcomes");
}

TEST_CASE("finished points are not run again") {
  const Sweep sweep({"batch=1,2,3"});
  const std::vector<SweepPoint> whole = sweep.run();
  std::size_t runs = 0;
  SweepOptions options{.finished = {whole[1]}};
  options.on_point = [&](const SweepPoint&) { ++runs; };
  CHECK(points_text(sweep.header, sweep.run(options)) == points_text(sweep.header, whole));
  CHECK(runs == 2);
}

TEST_CASE("a torn last line is left out, another's file and a broken line are refused") {
  const Sweep sweep({"batch=1,2"});
  const std::string text = points_text(sweep.header, sweep.run());
  const Result<SweepPoints> torn = parse_points(text.substr(0, text.size() - 5), "f");
  REQUIRE(torn.ok());
  CHECK(torn->points.size() == 1);
  CHECK(parse_points("", "f").error().message == "no points of a sweep");
  CHECK(parse_points("{\"kind\":\"tpuscope.report\"}\n", "f").error().message ==
        "no points of a sweep");
  CHECK(parse_points("[1]\n", "f").error().message == "no points of a sweep");
  std::string old = text;
  old.replace(old.find("tpuscope 0"), 10, "tpuscope 9");
  CHECK(parse_points(old, "f").error().hint.find("run the sweep again") != std::string::npos);
  const Result<SweepPoints> outside = parse_points(
      header_line(sweep.header) + "{\"point\":7,\"error\":\"e\",\"hint\":\"\"}\n", "f");
  REQUIRE(!outside.ok());
  CHECK(outside.error().where == "f:2:/point");
  CHECK(!parse_points(header_line(sweep.header) + "{\"point\":0,\"figures\":[1]}\n", "f").ok());
  CHECK(!parse_points(header_line(sweep.header) + "{\"point\":\n", "f").ok());
}

TEST_CASE("a header that breaks off is told from another's text") {
  const SweepHeader header = Sweep({"batch=1,2"}).header;
  const std::string line = header_line(header);
  CHECK(is_torn_header("", header));
  CHECK(is_torn_header(line.substr(0, line.size() - 1), header));
  CHECK_FALSE(is_torn_header(line, header));
  CHECK_FALSE(is_torn_header("do not lose", header));
  const std::string other = header_line(Sweep({"batch=1,3"}).header);
  CHECK_FALSE(is_torn_header(other.substr(0, other.size() - 1), header));
}

TEST_CASE("what else decides figures is part of a sweep's identity") {
  const Sweep sweep({"batch=1,2"});
  const auto differs = [&](const Configuration& base) {
    std::vector<SweepAxis> axes = sweep.header.axes;
    const SweepHeader header =
        *sweep_header("small", "small.tpu", "digest", base, sweep.graph, axes);
    const Status status = check_same_sweep(sweep.header, header, "f");
    return status.ok() ? "" : status.error().message;
  };
  CHECK(differs(sweep.base).empty());
  Configuration changed = sweep.base;
  changed.overrides = {{"chip.clock.tiu_mhz", "500"}};
  CHECK(differs(changed) == "points of another sweep: chip.clock.tiu_mhz differ");
  changed = sweep.base;
  changed.chip = "bm1688";
  CHECK(differs(changed).find("chips_sha256") != std::string::npos);
  changed = sweep.base;
  changed.precision.table.entries = {{.op = "c", .precision = DType::kF32}};
  CHECK(differs(changed).find("precision-table op=c") != std::string::npos);
}

TEST_CASE("parts are INDEX/COUNT, counted from 0") {
  CHECK(parse_shard("2/5")->index == 2);
  CHECK(parse_shard("2/5")->count == 5);
  for (const std::string text : {"5/5", "1", "1/", "/2", "-1/2", "1/2/3", "a/b", ""})
    CHECK(!parse_shard(text).ok());
}

}  // namespace
}  // namespace tpuscope
