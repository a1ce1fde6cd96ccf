// The chain is followed from its end; sensitivities price its commands on a changed chip.

#include "profiles/whatif/critical_path.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <map>
#include <utility>

#include <fmt/core.h>

#include "base/check.h"
#include "base/parallel.h"
#include "passes/lower/lower.h"
#include "sim/chip/chip_fields.h"
#include "sim/engine/latencies.h"

namespace tpuscope {
namespace {

constexpr double kCriticalPathPicosecondsPerMicrosecond = 1e6;

/// Commands by core, engine and id.
class Queues {
 public:
  explicit Queues(const Program& program) {
    for (std::size_t i = 0; i < program.commands.size(); ++i) {
      const Command& command = program.commands[i];
      if (cores_.size() <= command.core) cores_.resize(command.core + 1U);
      // Ids count from 1 in issue order.
      cores_[command.core][static_cast<std::size_t>(command.engine)].push_back(
          static_cast<std::uint32_t>(i));
    }
  }
  std::uint32_t at(std::size_t core, Engine engine, std::uint32_t id) const {
    return cores_[core][static_cast<std::size_t>(engine)][id - 1];
  }

 private:
  std::vector<std::array<std::vector<std::uint32_t>, kEngineCount>> cores_{};
};

Engine other(Engine engine) {
  return engine == Engine::kBdc ? Engine::kGdma : Engine::kBdc;
}

/// Numbers of which a little more is the same machine, only faster or slower. Widths and sizes
/// change the layout of data in memory, and with it the plan.
bool is_rate(const ChipField& field) {
  constexpr std::string_view kSizes[] = {"array.cores",
                                         "array.lanes",
                                         "array.eu_bytes_per_lane",
                                         "array.i8_eu_bytes_per_lane",
                                         "array.i8_batch",
                                         "local_memory.kib_per_lane",
                                         "local_memory.banks",
                                         "cube.i8_channels",
                                         "command.cube_16_channels",
                                         "command.cube_16_columns",
                                         "command.outstanding_runs",
                                         "cube.f16_channels",
                                         "cube.columns",
                                         "cube.f32_macs_per_lane",
                                         "cube.scales_results",
                                         "ddr.granule_bytes",
                                         "ddr.capacity_gib"};
  return std::find(std::begin(kSizes), std::end(kSizes), path_of(field)) == std::end(kSizes);
}

/// The makespan of the same chain of commands on another chip.
class PathPricer {
 public:
  /// The same commands with their prices on another chip.
  using Repricing = std::function<Result<Program>(const Chip&)>;

  PathPricer(Repricing repricing, const Simulation& simulation, const Chip& chip)
      : reprice_(std::move(repricing)),
        simulation_(simulation),
        path_(critical_path(simulation.program, simulation.timeline, chip)) {}

  Picoseconds on(const Chip& chip) const {
    const Result<Program> lowered = reprice_(chip);
    TPU_CHECK(lowered.ok(), "a plan of this chip does not lower on a faster one: {}",
              lowered.error().message);
    const auto& commands = simulation_.program.commands;
    const bool is_aligned = lowered->commands.size() == commands.size() &&
                            std::equal(commands.begin(), commands.end(), lowered->commands.begin(),
                                       [](const Command& a, const Command& b) {
                                         return a.kind == b.kind && a.op == b.op && a.id == b.id;
                                       });
    // Where lowering finds another way to move an op's data, its commands scale together.
    const std::map<Key, double> scales =
        is_aligned ? std::map<Key, double>{} : scales_between(simulation_.program, *lowered);
    const Latencies latencies(chip);
    const double launch_us =
        simulation_.program.stream ? chip.command.launch_us : chip.overhead.launch_us;
    double time = launch_us * kCriticalPathPicosecondsPerMicrosecond;
    for (const PathStep& step : path_) {
      const Command& before = commands[step.command];
      const double cycles =
          is_aligned ? static_cast<double>(lowered->commands[step.command].cost.total())
                     : static_cast<double>(before.cost.total()) * scales.at(key_of(before));
      time += static_cast<double>(latencies.of(before.engine, step.reason).value);
      time += cycles * kCriticalPathPicosecondsPerMicrosecond / chip.engine_mhz(before.engine);
      // What other cores' transfers cost it stays as it was.
      if (!simulation_.timeline.slowed.empty()) {
        time += static_cast<double>(simulation_.timeline.slowed[step.command].value);
      }
    }
    return {std::llround(time)};
  }

 private:
  using Key = std::pair<std::uint32_t, Engine>;
  static Key key_of(const Command& command) { return {command.op, command.engine}; }

  static std::map<Key, double> scales_between(const Program& before, const Program& after) {
    std::map<Key, std::pair<std::int64_t, std::int64_t>> sums;
    for (const Command& command : before.commands)
      sums[key_of(command)].first += command.cost.total();
    for (const Command& command : after.commands)
      sums[key_of(command)].second += command.cost.total();
    std::map<Key, double> scales;
    for (const auto& [key, sum] : sums) {
      scales[key] =
          sum.first == 0 ? 1 : static_cast<double>(sum.second) / static_cast<double>(sum.first);
    }
    return scales;
  }

  Repricing reprice_;
  const Simulation& simulation_;
  std::vector<PathStep> path_;
};

/// Numbers that are changed one by one.
std::vector<Sensitivity> changed_values(const Chip& chip) {
  std::vector<Sensitivity> rows;
  for (const ChipField& field : chip_fields()) {
    if (!is_rate(field)) continue;
    const double value = get(field, chip);
    double step = value * kSensitivityStep;
    if (is_whole(field)) step = std::max(1.0, std::round(step));
    rows.push_back({.path = path_of(field),
                    .value = value,
                    .raised = std::min(value + step, field.max),
                    .lowered = std::max(value - step, field.min)});
  }
  return rows;
}

std::vector<Sensitivity> priced_values(const PathPricer& pricer, const Simulation& simulation,
                                       const Chip& chip, const ProgressListener& listener) {
  std::vector<Sensitivity> rows = changed_values(chip);
  const auto price = [&](std::size_t i) {
    Sensitivity& row = rows[i];
    row.when_raised = pricer.on(with_value(chip, row.path, row.raised));
    row.when_lowered = pricer.on(with_value(chip, row.path, row.lowered));
    const double change = static_cast<double>((row.when_raised - row.when_lowered).value) /
                          static_cast<double>(simulation.timeline.makespan.value);
    const double span = row.value == 0 ? 0 : (row.raised - row.lowered) / row.value;
    row.elasticity = span == 0 ? 0 : change / span;
  };
  for_each_index(rows.size(), 0, price, listener, "pricing  value of the chip");
  const auto effect = [&](const Sensitivity& row) {
    return std::max(std::abs((row.when_raised - simulation.timeline.makespan).value),
                    std::abs((row.when_lowered - simulation.timeline.makespan).value));
  };
  // Below a picosecond per command is rounding.
  const auto noise = static_cast<std::int64_t>(simulation.program.commands.size());
  std::erase_if(rows, [&](const Sensitivity& row) { return effect(row) <= noise; });
  std::stable_sort(rows.begin(), rows.end(), [&](const Sensitivity& a, const Sensitivity& b) {
    return effect(a) > effect(b);
  });
  return rows;
}

}  // namespace

std::vector<std::uint32_t> awaited_commands(const Program& program) {
  const Queues queues(program);
  std::vector<std::uint32_t> awaited;
  for (const Command& command : program.commands) {
    awaited.push_back(command.wait_id == 0
                          ? kNone
                          : queues.at(command.core, other(command.engine), command.wait_id));
  }
  return awaited;
}

std::vector<PathStep> critical_path(const Program& program, const Timeline& timeline,
                                    const Chip& chip) {
  std::vector<PathStep> path;
  if (program.commands.empty()) return path;
  const Queues queues(program);
  const Latencies latencies(chip);
  std::map<std::int64_t, std::uint32_t> by_end;
  for (std::size_t i = 0; i < timeline.end.size(); ++i)
    by_end.emplace(timeline.end[i].value, static_cast<std::uint32_t>(i));
  std::uint32_t at = by_end.at(timeline.makespan.value);
  while (true) {
    const Command& command = program.commands[at];
    const WaitReason reason = timeline.reason[at];
    std::uint32_t before = kNone;
    if (reason == WaitReason::kDependency) {
      before = queues.at(command.core, other(command.engine), command.wait_id);
    } else if (reason == WaitReason::kNothing) {
      before = queues.at(command.core, command.engine, command.id - 1);
    } else if (program.stream && (reason == WaitReason::kCore || reason == WaitReason::kLayer)) {
      const auto sent = by_end.find(timeline.start[at].value);  // messages take no time
      if (sent != by_end.end() && sent->second != at) before = sent->second;
    } else if (reason == WaitReason::kCore || reason == WaitReason::kLayer) {
      // The last command of the group before, on whatever engine or core.
      before = by_end.at((timeline.start[at] - latencies.of(command.engine, reason)).value);
    }
    const Picoseconds since = before == kNone ? timeline.launch : timeline.end[before];
    path.push_back({.command = at,
                    .reason = reason,
                    .latency = timeline.start[at] - since,
                    .length = timeline.end[at] - timeline.start[at]});
    if (before == kNone) break;
    at = before;
  }
  std::reverse(path.begin(), path.end());
  return path;
}

std::string elasticity_text(double value) {
  std::string text = fmt::format("{:+.2f}", value);
  return text == "-0.00" || text == "+0.00" ? "0.00" : text;
}

Chip with_value(const Chip& chip, std::string_view path, double value) {
  Chip changed = chip;
  const auto fields = chip_fields();
  const auto field = std::find_if(fields.begin(), fields.end(), [path](const ChipField& candidate) {
    return path_of(candidate) == path;
  });
  TPU_CHECK(field != fields.end(), "there is no chip value {}", path);
  set(*field, changed, value);
  return changed;
}

std::vector<Sensitivity> sensitivities(const Graph& graph, const Simulation& simulation,
                                       const Chip& chip, const ProgressListener& listener) {
  const PathPricer pricer(
      [&](const Chip& changed) { return lower(graph, changed, simulation.plan); }, simulation,
      chip);
  return priced_values(pricer, simulation, chip, listener);
}

std::vector<Sensitivity> sensitivities(const CompiledNetwork& network, const Simulation& simulation,
                                       const Chip& chip, const ProgressListener& listener) {
  if (network.capture) return {};
  const PathPricer pricer(
      [&](const Chip& changed) -> Result<Program> { return program_on(network, changed); },
      simulation, chip);
  return priced_values(pricer, simulation, chip, listener);
}

Result<std::vector<Resized>> resized(Compiler& compiler, const Configuration& configuration,
                                     const ProgressListener& listener) {
  TPU_TRY(const std::shared_ptr<const Chip> chip, compiler.chip(configuration));
  std::vector<Resized> rows;
  for (const ChipValue& value : chip->values) {
    if (value.path != "array.lanes" && value.path != "local_memory.kib_per_lane") continue;
    for (const double size : {value.value / 2, value.value * 2})
      rows.push_back({.path = value.path, .value = size});
  }
  const auto simulate_resized = [&](std::size_t i) {
    Configuration changed = configuration;
    changed.overrides.emplace_back(rows[i].path, fmt::format("{}", rows[i].value));
    const Result<Run> run = compiler.run(changed);
    rows[i].fits = run.ok();
    if (run.ok()) rows[i].makespan = run->simulation.timeline.makespan;
  };
  for_each_index(rows.size(), 0, simulate_resized, listener, "simulating  size of the chip");
  return rows;
}

}  // namespace tpuscope
