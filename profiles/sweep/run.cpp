// Points on all cores of the machine, ordered so that neighbours share what the compiler keeps.

#include <algorithm>
#include <map>
#include <mutex>
#include <optional>

#include "base/parallel.h"
#include "graph/batch.h"
#include "passes/compile.h"
#include "profiles/report/blame.h"
#include "profiles/sweep/metric.h"
#include "profiles/sweep/sweep.h"

namespace tpuscope {
namespace {

Result<std::vector<double>> figures_at(const Configuration& configuration, Compiler& compiler) {
  TPU_TRY(const Run run, compiler.run(configuration));
  const Simulation& simulation = run.simulation;
  const auto charges = charge_makespan(simulation.program, simulation.timeline);
  const Summary summary =
      summarise(simulation, charges, *run.chip, configuration.precision.precision);
  return figures_of(summary, simulation, batch_of(run.network->graph));
}

/// A bug of ours that one point meets ends that point: it must not take the other points of a long
/// sweep with it, nor leave its thread. It is reported as such and reflected in the exit status.
SweepPoint point_at(std::size_t index, const Configuration& configuration, Compiler& compiler) {
  SweepPoint point{.index = index};
  try {
    Result<std::vector<double>> figures = figures_at(configuration, compiler);
    if (figures.ok()) {
      point.figures = *std::move(figures);
      return point;
    }
    const Error& error = figures.error();
    // Overrides name the flag of a single run, which the user did not write.
    const bool has_place = !error.where.empty() && !error.where.starts_with("--set");
    point.error = (has_place ? error.where + ": " : "") + error.message;
    point.hint = error.hint;
  } catch (const InternalError& bug) {
    point.error = std::string(kBugOfOurs) + bug.what();
    point.hint =
        "this is a bug in tpuscope; run the point by itself to get a file to repeat it from";
  }
  return point;
}

/// A point before it is run.
struct Task {
  NetworkKey network{};  ///< equal for neighbours that share one, but for what the chip decides
  std::size_t index = 0;
};

}  // namespace

SweepPoint run_base(const SweepHeader& header, const Configuration& base, const Graph& graph,
                    const SweepOptions& options) {
  std::optional<Compiler> made;
  options.compiled ? made.emplace(options.compiled, "", 1) : made.emplace(graph, "", 1);
  return point_at(header.size(), base, *made);
}

std::vector<SweepPoint> run_sweep(const SweepHeader& header, const Configuration& base,
                                  const Graph& graph, const SweepOptions& options) {
  std::map<std::size_t, SweepPoint> points;
  for (const SweepPoint& point : options.finished) {
    if (point.index % options.shard.count == options.shard.index) points[point.index] = point;
  }
  const auto configuration_at = [&](std::size_t index) {
    return configured(base, header.axes, header.values_at(index));
  };
  std::vector<Task> tasks;
  for (std::size_t i = options.shard.index; i < header.size(); i += options.shard.count) {
    if (points.contains(i)) continue;
    const Result<Configuration> configuration = configuration_at(i);
    TPU_CHECK(configuration.ok(), "{}", "values of checked axes do not apply");
    tasks.push_back({network_key(*configuration), i});
  }
  std::stable_sort(tasks.begin(), tasks.end(),
                   [](const Task& a, const Task& b) { return a.network < b.network; });

  const std::size_t jobs = std::max<std::size_t>(1, options.jobs);
  std::optional<Compiler> made;
  options.compiled ? made.emplace(options.compiled, "", jobs) : made.emplace(graph, "", jobs);
  Compiler& compiler = *made;
  std::mutex mutex;
  const auto work = [&](std::size_t i) {
    SweepPoint point = point_at(tasks[i].index, *configuration_at(tasks[i].index), compiler);
    const std::lock_guard lock(mutex);
    if (options.on_point) options.on_point(point);
    points[point.index] = std::move(point);
  };
  for_each_index(tasks.size(), jobs, work);
  std::vector<SweepPoint> ordered;
  ordered.reserve(points.size());
  for (auto& [index, point] : points)
    ordered.push_back(std::move(point));
  return ordered;
}

}  // namespace tpuscope
