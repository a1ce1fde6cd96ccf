// What the ways to run a program share: the queues of every core with their accounts. Private to
// sim/engine*.cpp.

#pragma once

#include <array>
#include <vector>

#include "sim/chip/chip.h"
#include "sim/engine/latencies.h"
#include "sim/engine/timeline.h"
#include "sim/program/command.h"

namespace tpuscope {

/// Cycles and latencies on the common axis, in picoseconds.
struct EngineTimes {
  std::array<double, kEngineCount> cycle{};  ///< by engine
  Latencies latencies;

  explicit EngineTimes(const Chip& chip);

  std::int64_t of(Engine engine, std::int64_t cycles) const {
    return rounded(static_cast<double>(cycles) * cycle[static_cast<std::size_t>(engine)]);
  }
  static std::int64_t rounded(double picoseconds) {
    return static_cast<std::int64_t>(picoseconds + 0.5);
  }
};

/// The two queues of one core.
struct CoreQueues {
  std::array<std::int64_t, kEngineCount> free{};    ///< end of the last command
  std::array<std::int64_t, kEngineCount> busy{};    ///< sum of durations
  std::array<std::int64_t, kEngineCount> waited{};  ///< sum of waits
  /// End of command id i of each engine, at index i; id 0 is the launch.
  std::array<std::vector<std::int64_t>, kEngineCount> ends{};

  explicit CoreQueues(std::int64_t launch) {
    free.fill(launch);
    for (auto& engine_ends : ends)
      engine_ends.push_back(launch);
  }
  std::int64_t last_end() const { return free[0] > free[1] ? free[0] : free[1]; }
};

/// Before when nothing of a layer may start: all of the layer before has ended, on every core.
struct Barrier {
  std::int64_t time = 0;
  WaitReason reason = WaitReason::kLayer;
};

/// When a command may start, and why not earlier. `awaited` must have ended.
struct Readiness {
  std::int64_t start = 0;
  WaitReason reason = WaitReason::kNothing;
};
inline Readiness readiness(const Command& command, const CoreQueues& core, const EngineTimes& times,
                           const Barrier& barrier) {
  const auto own = static_cast<std::size_t>(command.engine);
  Readiness ready{core.free[own], WaitReason::kLaunch};
  if (command.id > 1) {
    ready = {core.free[own] + times.latencies.of(command.engine, WaitReason::kNothing).value,
             WaitReason::kNothing};
  }
  if (barrier.time > ready.start) ready = {barrier.time, barrier.reason};
  if (command.wait_id > 0) {
    const std::int64_t awaited = core.ends[1 - own][command.wait_id] +
                                 times.latencies.of(command.engine, WaitReason::kDependency).value;
    if (awaited > ready.start) ready = {awaited, WaitReason::kDependency};
  }
  return ready;
}

/// Enters command `i` in timeline and accounts.
inline void enter(const Command& command, std::size_t i, const Readiness& ready, std::int64_t end,
                  CoreQueues& core, Timeline& timeline) {
  const auto own = static_cast<std::size_t>(command.engine);
  const std::int64_t waited = ready.start - core.free[own];
  TPU_CHECK(waited >= 0 && end >= ready.start, "command {} starts before its engine is free", i);
  timeline.start[i] = {ready.start};
  timeline.end[i] = {end};
  timeline.waited[i] = {waited};
  timeline.reason[i] = ready.reason;
  core.free[own] = end;
  core.busy[own] += end - ready.start;
  core.waited[own] += waited;
  core.ends[own].push_back(end);
}

/// Runs commands [begin, end) of one group on several cores at once, none before its barrier.
void run_together(const Program& program, std::size_t begin, std::size_t end,
                  const Barrier& barrier, const Chip& chip, const EngineTimes& times,
                  std::vector<CoreQueues>& cores, Timeline& timeline);

}  // namespace tpuscope
