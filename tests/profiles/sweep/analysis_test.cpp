// What is read out of points whose figures are made up, so that a person can do the sums.

#include "profiles/sweep/analysis.h"

#include <functional>

#include <doctest/doctest.h>

#include "profiles/sweep/metric.h"

namespace tpuscope {
namespace {

std::size_t metric(std::string_view name) {
  return *parse_sweep_metric(name);
}

/// A sweep with a time, and bytes, per point of the grid.
struct Sample {
  SweepHeader header{};
  std::vector<SweepPoint> points{};

  SweepAnalysis analysis(std::string_view by = "time_ps") const {
    return analyse_sweep(header, points, metric(by), *parse_pareto("time_ps,ddr_bytes", header));
  }
};

Sample sample_analysis(
    const std::vector<std::string>& axes, const std::function<double(std::size_t)>& time,
    const std::function<double(std::size_t)>& bytes = [](std::size_t) { return 1.0; }) {
  Sample sample;
  for (const std::string& text : axes)
    sample.header.axes.push_back(*parse_axis(text));
  for (std::size_t i = 0; i < sample.header.size(); ++i) {
    SweepPoint point{.index = i, .figures = std::vector<double>(sweep_metrics().size(), 0)};
    point.figures[metric("time_ps")] = time(i);
    point.figures[metric("ddr_bytes")] = bytes(i);
    sample.points.push_back(point);
  }
  return sample;
}

TEST_CASE("the last axis changes fastest") {
  const Sample grid = sample_analysis({"a=1,2", "b=x,y,z"}, [](std::size_t) { return 1.0; });
  CHECK(grid.header.size() == 6);
  CHECK(settings_text(grid.header, grid.points[0]) == "a=1, b=x");
  CHECK(settings_text(grid.header, grid.points[2]) == "a=1, b=z");
  CHECK(settings_text(grid.header, grid.points[3]) == "a=2, b=x");
  CHECK(settings_text(grid.header, grid.points[3], 0) == "b=x");
}

TEST_CASE("with more local memory or larger groups a point takes the faster plan of less") {
  // Of two memories and three sizes of groups, 0 for any size.
  const std::vector<double> times = {9, 8, 10, 9.5, 8.5, 11};
  Sample grid = sample_analysis(
      {"chip.local_memory.kib_per_lane=128,256", "passes.layer_group.max_ops=0,2,4"},
      [&](std::size_t i) { return times[i]; });
  keep_faster_plans(grid.header, grid.points);
  const auto time = [&](std::size_t i) { return grid.points[i].figures[metric("time_ps")]; };
  CHECK(time(1) == 8);  // groups of 2 in little memory: nothing has less
  CHECK(!grid.points[1].planned_as);
  CHECK(time(2) == 8);  // groups of 4 may be groups of 2
  CHECK(grid.points[2].planned_as == 1);
  CHECK(time(0) == 8);  // and so may those of any size
  for (std::size_t more = 3; more < 6; ++more)
    CHECK(time(more) == 8);
}

TEST_CASE("of other numbers, and of points that failed, nothing is taken over") {
  const std::vector<double> times = {5, 9};
  const auto kept = [&](const std::string& axis) {
    Sample line = sample_analysis({axis}, [&](std::size_t i) { return times[i]; });
    keep_faster_plans(line.header, line.points);
    return line.points[1].figures[metric("time_ps")];
  };
  CHECK(kept("passes.layer_group.local_kib=64,128") == 5);
  CHECK(kept("passes.layer_group.local_kib=128,64") == 9);  // less memory is less
  CHECK(kept("passes.layer_group.local_kib=0,128") == 9);   // 0 is all of it
  CHECK(kept("chip.command.load_start_cycles=100,200") == 9);
  CHECK(kept("precision=f16,int8") == 9);
  Sample failed =
      sample_analysis({"passes.layer_group.max_ops=1,2"}, [&](std::size_t i) { return times[i]; });
  failed.points[0].error = "too large";
  keep_faster_plans(failed.header, failed.points);
  CHECK(failed.points[1].figures[metric("time_ps")] == 9);
}

TEST_CASE("the best is the first of equals, by the side that is better") {
  const std::vector<double> values = {3, 1, 1, 9};
  const Sample line = sample_analysis({"a=1,2,3,4"}, [&](std::size_t i) { return values[i]; });
  CHECK(line.analysis().best == 1);
  Sample rates = line;
  for (SweepPoint& point : rates.points)
    point.figures[metric("images_per_second")] = values[point.index];
  CHECK(rates.analysis("images_per_second").best == 3);
}

TEST_CASE("the reference has the base value on every axis, or is the first that ran") {
  Sample grid = sample_analysis({"a=1,2", "b=x,y"}, [](std::size_t) { return 1.0; });
  grid.header.axes[0].base = "2";
  grid.header.axes[1].base = "y";
  CHECK(grid.analysis().reference == 3);
  CHECK(grid.analysis().reference_is_base);
  grid.header.axes[1].base = "z";
  grid.points[0] = {.index = 0, .error = "broken"};
  CHECK(grid.analysis().reference == 1);
  CHECK(!grid.analysis().reference_is_base);
  CHECK(grid.analysis().failures == 1);
}

TEST_CASE("a point is beaten by one that is better in one measure and as good in the other") {
  const std::vector<double> time = {4, 3, 3, 2, 5, 2};
  const std::vector<double> bytes = {1, 2, 3, 5, 1, 5};
  const Sample points = sample_analysis(
      {"a=1,2,3,4,5,6"}, [&](std::size_t i) { return time[i]; },
      [&](std::size_t i) { return bytes[i]; });
  // (3, 3) is beaten by (3, 2), (5, 1) by (4, 1); the two (2, 5) are equal.
  CHECK(points.analysis().is_unbeaten == std::vector<bool>{true, true, false, true, false, true});
}

TEST_CASE("less of a varied number is cheaper unless the user says otherwise") {
  const Sample line =
      sample_analysis({"a=1,2,4"}, [](std::size_t i) { return i == 2 ? 5.0 : 9.0; });
  const auto unbeaten = [&](std::string_view text) {
    return analyse_sweep(line.header, line.points, 0, *parse_pareto(text, line.header)).is_unbeaten;
  };
  CHECK(unbeaten("a,time_ps") == std::vector<bool>{true, false, true});
  CHECK(unbeaten("+a,time_ps") == std::vector<bool>{false, false, true});
  CHECK(!parse_pareto("b,time_ps", line.header).ok());
  CHECK(!parse_pareto("time_ps", line.header).ok());
  CHECK(parse_pareto("a,time_ps,ddr_bytes", line.header).ok());
}

TEST_CASE("by default the metric is weighed against every number that is varied") {
  // Less of a takes longer, so less of it is the cheaper side; of b, more takes longer.
  const Sample grid = sample_analysis({"a=1,2", "b=1,2", "p=x"}, [](std::size_t i) {
    return 8.0 / (i < 2 ? 1 : 2) * (i % 2 == 0 ? 1 : 1.5);
  });
  const std::vector<SweepMeasure> open = default_pareto(grid.header, metric("time_ps"));
  const SweepAnalysis analysis = analyse_sweep(grid.header, grid.points, metric("time_ps"), open);
  REQUIRE(analysis.pareto.size() == 3);
  CHECK(measure_text(analysis.pareto[0]) == "time_ps");
  CHECK(measure_text(analysis.pareto[1]) == "a (less is cheaper)");
  CHECK(measure_text(analysis.pareto[2]) == "b (more is cheaper)");
  // Each trades time for one of the numbers.
  CHECK(analysis.is_unbeaten == std::vector<bool>{true, true, true, true});
  // A number that gives nothing is best left small.
  const Sample flat = sample_analysis({"a=1,2,4"}, [](std::size_t) { return 5.0; });
  CHECK(analyse_sweep(flat.header, flat.points, metric("time_ps"),
                      default_pareto(flat.header, metric("time_ps")))
            .is_unbeaten == std::vector<bool>{true, false, false});
  // Words cost nothing: there the bytes on the bus do.
  const Sample words = sample_analysis({"p=x,y"}, [](std::size_t) { return 1.0; });
  CHECK(default_pareto(words.header, metric("time_ps"))[1].name == "ddr_bytes");
}

TEST_CASE("a point that is beaten in some measures stays for one in which it is not") {
  const std::vector<double> time = {4, 3, 2};
  const Sample line = sample_analysis(
      {"a=1,2,3"}, [&](std::size_t i) { return time[i]; }, [](std::size_t i) { return i == 1; });
  // By time and bytes the last beats both, which have less of a.
  const auto front = [&](std::string_view text) {
    return analyse_sweep(line.header, line.points, 0, *parse_pareto(text, line.header)).is_unbeaten;
  };
  CHECK(front("time_ps,ddr_bytes") == std::vector<bool>{false, false, true});
  CHECK(front("time_ps,ddr_bytes,a") == std::vector<bool>{true, true, true});
}

TEST_CASE("changes are counted from the base, which stands beside the grid where it is no point") {
  const Sample line = sample_analysis({"a=1,2"}, [](std::size_t) { return 9.0; });
  SweepPoint base = line.points[0];
  base.index = line.header.size();
  base.figures[metric("time_ps")] = 6;
  const auto value = [&](const SweepPoint* point) {
    return analyse_sweep(line.header, line.points, metric("time_ps"),
                         *parse_pareto("time_ps,ddr_bytes", line.header), point)
        .reference_value();
  };
  CHECK(value(&base) == 6);
  CHECK(value(nullptr) == 9);
  const SweepPoint broken{.index = 2, .error = "broken"};
  CHECK(value(&broken) == 9);
}

TEST_CASE("behind a knee of the chip, the number with the largest elasticity takes over") {
  const std::function<double(std::size_t)> roofline = [](std::size_t i) {
    return std::max(800.0 / static_cast<double>(1U << i), 100.0);
  };
  const auto takes_over = [&](const std::string& axis) {
    const Sample line = sample_analysis({axis}, roofline);
    SweepAnalysis analysis = line.analysis();
    REQUIRE(analysis.lines[0].knee);
    find_takeovers(analysis, [](const SweepPoint& point) {
      CHECK(point.index == 4);  // the one behind the knee
      return std::vector<Sensitivity>{{.path = "ddr.peak_gbps", .elasticity = -0.9},
                                      {.path = "clock.dma_mhz", .elasticity = -0.1},
                                      {.path = "clock.tiu_mhz", .elasticity = -0.6}};
    });
    return std::pair(analysis.lines[0].knee->takes_over, sweep_sentences(analysis)[0]);
  };
  const auto [name, sentence] = takes_over("chip.ddr.peak_gbps=1,2,4,8,16,32,64");
  CHECK(name == "clock.tiu_mhz");
  CHECK(sentence.ends_with(", and clock.tiu_mhz takes over (-0.60)"));
  // Limits of groups are no number of the chip.
  CHECK(takes_over("passes.layer_group.max_ops=1,2,4,8,16,32,64").first.empty());
}

TEST_CASE("half the time for twice the number is an elasticity of -1") {
  const Sample line = sample_analysis(
      {"a=1,2,4,8"}, [](std::size_t i) { return 8.0 / static_cast<double>(1U << i); });
  const SweepAnalysis analysis = line.analysis();
  REQUIRE(analysis.lines.size() == 1);
  CHECK(!analysis.lines[0].elasticities[0]);
  for (const std::size_t i : {1U, 2U, 3U})
    CHECK(*analysis.lines[0].elasticities[i] == doctest::Approx(-1));
  // A straight line has no knee.
  CHECK(!analysis.lines[0].knee);
}

TEST_CASE("the knee is where another cause takes over") {
  // max(transfers / a, compute): the roofline, whose corner is at 8.
  const std::function<double(std::size_t)> roofline = [](std::size_t i) {
    return std::max(800.0 / static_cast<double>(1U << i), 100.0);
  };
  Sample line = sample_analysis({"a=1,2,4,8,16,32,64"}, roofline);
  for (SweepPoint& point : line.points) {
    point.figures[metric("useful_compute_ps")] = 75;
    point.figures[metric("load_ps")] = point.figures[0] - 75;
  }
  const SweepAnalysis analysis = line.analysis();
  REQUIRE(analysis.lines[0].knee);
  CHECK(analysis.lines[0].knee->at == 3);
  CHECK(analysis.lines[0].knee->elasticity_before == doctest::Approx(-1));
  CHECK(analysis.lines[0].knee->elasticity_after == doctest::Approx(0));
  CHECK(sweep_sentences(analysis) ==
        std::vector<std::string>{
            "a: elasticity -0.50 from 1 to 64; above 8 time hardly improves (-1.00 before, 0.00 "
            "after): there it is bound by compute, 75.0 % of the time"});
}

TEST_CASE("a number of which less is better has its knee below") {
  const Sample line = sample_analysis({"a=1,2,4,8,16,32,64"}, [](std::size_t i) {
    return std::max(100.0 * static_cast<double>(1U << i), 800.0);
  });
  const SweepAnalysis analysis = line.analysis();
  REQUIRE(analysis.lines[0].knee);
  CHECK(!analysis.lines[0].knee->is_upward);
  CHECK(analysis.lines[0].knee->at == 3);
  CHECK(analysis.lines[0].knee->elasticity_before == doctest::Approx(1));
}

TEST_CASE("what changes nothing has no knee and is reported as such") {
  const Sample line =
      sample_analysis({"a=1,2,4"}, [](std::size_t i) { return i == 0 ? 101.0 : 100.0; });
  CHECK(!line.analysis().lines[0].knee);
  CHECK(sweep_sentences(line.analysis()) ==
        std::vector<std::string>{"a: time hardly depends on it, 1.0 % from 1 to 4"});
}

TEST_CASE("numbers are taken in ascending order, and those that are not above 0 left out") {
  const Sample line =
      sample_analysis({"a=4,0,1,2"}, [](std::size_t i) { return 10.0 + double(i); });
  CHECK(line.analysis().lines[0].points == std::vector<std::size_t>{2, 3, 0});
}

TEST_CASE("words have no elasticity, and each value of another axis has its own line") {
  const Sample grid =
      sample_analysis({"p=f16,int8", "a=1,2,4"}, [](std::size_t i) { return 9.0 - double(i); });
  const SweepAnalysis analysis = grid.analysis();
  REQUIRE(analysis.lines.size() == 2);
  CHECK(analysis.lines[0].points == std::vector<std::size_t>{0, 1, 2});
  CHECK(analysis.lines[1].points == std::vector<std::size_t>{3, 4, 5});
  CHECK(sweep_sentences(analysis)[1].starts_with("a with p=int8: "));
}

TEST_CASE("keys are named by as few of their last words as differ") {
  SweepHeader header;
  for (const std::string key : {"chip.command.load_start_cycles", "precision",
                                "passes.layer_group.method", "a.x.size", "b.x.size"}) {
    header.axes.push_back({.key = key});
  }
  CHECK(short_keys(header) == std::vector<std::string>{"load_start_cycles", "precision", "method",
                                                       "a.x.size", "b.x.size"});
}

}  // namespace
}  // namespace tpuscope
