// One pass over the program: since commands stand in issue order and wait only for earlier ones,
// the end of everything that a command depends on is known when it is reached.

#include "sim/engine.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace tpuscope {
namespace {

constexpr double kPicosecondsPerMicrosecond = 1e6;

double picoseconds_per_cycle(const Chip& chip, Engine engine) {
  return kPicosecondsPerMicrosecond / chip.engine_mhz(engine);
}

std::int64_t rounded(double picoseconds) {
  return static_cast<std::int64_t>(picoseconds + 0.5);
}

}  // namespace

Picoseconds duration_of(const Chip& chip, Engine engine, std::int64_t cycles) {
  return {rounded(static_cast<double>(cycles) * picoseconds_per_cycle(chip, engine))};
}

Timeline run(const Program& program, const Chip& chip) {
  const std::size_t count = program.commands.size();
  Timeline timeline;
  timeline.launch = {rounded(chip.overhead.launch_us * kPicosecondsPerMicrosecond)};
  timeline.start.resize(count);
  timeline.end.resize(count);
  timeline.waited.resize(count);
  timeline.reason.resize(count);
  timeline.makespan = timeline.launch;

  const std::array<double, kEngineCount> scale{picoseconds_per_cycle(chip, Engine::kBdc),
                                               picoseconds_per_cycle(chip, Engine::kGdma)};
  std::array<std::int64_t, kEngineCount> sync{};
  std::array<std::int64_t, kEngineCount> fetch{};
  for (std::size_t engine = 0; engine < kEngineCount; ++engine) {
    sync[engine] = rounded(static_cast<double>(chip.overhead.sync_cycles) * scale[engine]);
    fetch[engine] = rounded(static_cast<double>(chip.overhead.fetch_cycles) * scale[engine]);
  }
  std::array<std::int64_t, kEngineCount> free{timeline.launch.value, timeline.launch.value};
  std::array<std::int64_t, kEngineCount> busy{};
  /// End of command id i of each engine, at index i; id 0 is the launch.
  std::array<std::vector<std::int64_t>, kEngineCount> ends;
  for (auto& engine_ends : ends) {
    engine_ends.reserve(count + 1);
    engine_ends.push_back(timeline.launch.value);
  }

  for (std::size_t i = 0; i < count; ++i) {
    const Command& command = program.commands[i];
    const auto own = static_cast<std::size_t>(command.engine);
    const std::size_t other = 1 - own;
    TPU_CHECK(command.id == ends[own].size(), "command {} has id {}, {} expected", i, command.id,
              ends[own].size());
    TPU_CHECK(command.wait_id < ends[other].size(), "command {} waits for id {}, {} were issued", i,
              command.wait_id, ends[other].size() - 1);
    std::int64_t ready = free[own];
    WaitReason reason = command.id == 1 ? WaitReason::kLaunch : WaitReason::kNothing;
    if (command.wait_id > 0) {
      const std::int64_t awaited = ends[other][command.wait_id] + sync[own];
      if (awaited > ready) {
        ready = awaited;
        reason = WaitReason::kDependency;
      }
    }
    const std::int64_t duration = rounded(static_cast<double>(command.cost.total()) * scale[own]);
    const std::int64_t start = ready + fetch[own];
    const std::int64_t end = start + duration;
    timeline.start[i] = {start};
    timeline.end[i] = {end};
    timeline.waited[i] = {start - free[own]};
    timeline.reason[i] = reason;
    TPU_CHECK(start >= free[own] && duration >= 0, "command {} starts before its engine is free",
              i);
    free[own] = end;
    busy[own] += duration;
    ends[own].push_back(end);
  }
  timeline.makespan = {std::max(free[0], free[1])};
  for (std::size_t engine = 0; engine < kEngineCount; ++engine) {
    TPU_CHECK(timeline.makespan.value - timeline.launch.value >= busy[engine],
              "{} is busy for {} ps of {} ps", name_of(static_cast<Engine>(engine)), busy[engine],
              timeline.makespan.value);
  }
  return timeline;
}

}  // namespace tpuscope
