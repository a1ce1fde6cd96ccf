// Points on all cores of the machine. What they share is a network for each batch, precision and
// choice of rewrites; chips, groups and the simulation are each point's own.

#include <algorithm>
#include <atomic>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <thread>

#include <fmt/core.h>

#include "base/text.h"
#include "graph/batch.h"
#include "passes/lower/simulator.h"
#include "passes/pipeline.h"
#include "passes/planner/plan_groups.h"
#include "passes/planner/switches.h"
#include "profiles/report/blame.h"
#include "profiles/sweep/metric.h"
#include "profiles/sweep/sweep.h"

namespace tpuscope {
namespace {

/// What decides the network that is planned.
struct NetworkChoice {
  std::optional<std::int64_t> batch{};
  PrecisionOptions precision{};
  std::vector<std::string> switches{};

  std::string key() const {
    return fmt::format("{} {} {} {}", batch.value_or(0), precision_name(precision.precision),
                       name_of(precision.float_type), join(switches));
  }
};

Result<Graph> network_of(const Graph& graph, const NetworkChoice& choice) {
  TPU_TRY(Graph network, choice.batch ? with_batch(graph, *choice.batch) : Result<Graph>(graph));
  TPU_TRY_STATUS(lower_precision(network, choice.precision));
  TPU_TRY([[maybe_unused]] const PipelineResult passes,
          run_pipeline(network, {.switches = choice.switches}));
  return network;
}

/// Networks that were asked for last, each made by whoever asks first. Neighbours in the queue
/// share a network, so a few are enough, however many the sweep has.
class NetworkCache {
 public:
  NetworkCache(const Graph& graph, std::size_t capacity) : graph_(graph), capacity_(capacity) {}

  std::shared_ptr<const Result<Graph>> network(const NetworkChoice& choice) {
    const std::shared_ptr<Entry> entry = entry_of(choice.key());
    const std::lock_guard lock(entry->mutex);
    if (entry->network == nullptr) {
      entry->network = std::make_shared<const Result<Graph>>(network_of(graph_, choice));
    }
    return entry->network;
  }

 private:
  struct Entry {
    std::string key{};
    std::mutex mutex{};  ///< held while the network is made
    std::shared_ptr<const Result<Graph>> network{};
  };

  std::shared_ptr<Entry> entry_of(std::string key) {
    const std::lock_guard lock(mutex_);
    const auto found = std::find_if(entries_.begin(), entries_.end(),
                                    [&](const auto& entry) { return entry->key == key; });
    std::shared_ptr<Entry> entry = found == entries_.end() ? std::make_shared<Entry>() : *found;
    if (found != entries_.end()) entries_.erase(found);
    entry->key = std::move(key);
    entries_.push_front(entry);
    if (entries_.size() > capacity_) entries_.pop_back();
    return entry;
  }

  const Graph& graph_;
  std::size_t capacity_;
  std::mutex mutex_{};
  std::list<std::shared_ptr<Entry>> entries_{};  ///< the last asked for first
};

/// The rewrites among the switches; the rest concerns groups.
NetworkChoice choice_of(const Configuration& configuration) {
  NetworkChoice choice{configuration.batch, configuration.precision, {}};
  const std::vector<std::string> rewrites = pass_names();
  for (const std::string& name : configuration.switches) {
    if (std::find(rewrites.begin(), rewrites.end(), name) != rewrites.end()) {
      choice.switches.push_back(name);
    }
  }
  return choice;
}

Result<std::vector<double>> figures_at(Configuration configuration, NetworkCache& networks) {
  TPU_TRY(const Chip chip, chip_of(configuration));
  configuration.precision.float_type = float_type_of(chip);
  const std::shared_ptr<const Result<Graph>> network = networks.network(choice_of(configuration));
  if (!network->ok()) return network->errors();
  const Graph& graph = **network;
  TPU_TRY(
      const Plan plan,
      plan_layer_groups(graph, chip, with_switches(configuration.groups, configuration.switches)));
  TPU_TRY(const Simulation simulation, simulate(graph, chip, plan));
  const auto charges = charge_makespan(simulation.program, simulation.timeline);
  const Summary summary = summarise(simulation, charges, chip, configuration.precision.precision);
  return figures_of(summary, simulation, batch_of(graph));
}

/// A bug of ours that one point meets ends that point: it must not take the other points of a long
/// sweep with it, nor leave its thread. It is told as what it is, and the program's status says so.
SweepPoint point_at(std::size_t index, Configuration configuration, NetworkCache& networks) {
  SweepPoint point{.index = index};
  try {
    Result<std::vector<double>> figures = figures_at(std::move(configuration), networks);
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
  std::string network{};  ///< equal for neighbours that share one
  std::size_t index = 0;
};

}  // namespace

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
    tasks.push_back({choice_of(*configuration).key(), i});
  }
  std::stable_sort(tasks.begin(), tasks.end(),
                   [](const Task& a, const Task& b) { return a.network < b.network; });

  const std::size_t jobs = std::min(std::max<std::size_t>(1, options.jobs), tasks.size());
  constexpr std::size_t kSpareNetworks = 2;  // points of one network end at different times
  NetworkCache networks(graph, jobs + kSpareNetworks);
  std::mutex mutex;
  std::atomic<std::size_t> next{0};
  const auto work = [&] {
    for (std::size_t i = next++; i < tasks.size(); i = next++) {
      SweepPoint point = point_at(tasks[i].index, *configuration_at(tasks[i].index), networks);
      const std::lock_guard lock(mutex);
      if (options.on_point) options.on_point(point);
      points[point.index] = std::move(point);
    }
  };
  {
    std::vector<std::jthread> others;
    for (std::size_t i = 1; i < jobs; ++i)
      others.emplace_back(work);
    work();
  }
  std::vector<SweepPoint> ordered;
  ordered.reserve(points.size());
  for (auto& [index, point] : points)
    ordered.push_back(std::move(point));
  return ordered;
}

}  // namespace tpuscope
