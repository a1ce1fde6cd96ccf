// One pass over the program where one core runs at a time: since commands are in issue order and
// wait only for earlier ones, the end of everything that a command depends on is known when it is
// reached. Groups that several cores work on are run by engine_cores.cpp.

#include "sim/engine/engine.h"

#include <algorithm>
#include <bit>

#include "sim/engine/engine_queues.h"

namespace tpuscope {
namespace {

constexpr double kPicosecondsPerMicrosecond = 1e6;

/// A run of commands between two meetings of the cores.
struct Segment {
  std::size_t begin = 0;
  std::size_t end = 0;
  std::uint64_t cores = 0;  ///< one bit each
  bool is_single() const { return (cores & (cores - 1)) == 0; }
};

/// Groups, joined where they follow each other on one and the same core.
std::vector<Segment> segments_of(const Program& program, const Chip& chip) {
  std::vector<Segment> segments;
  const auto& commands = program.commands;
  for (std::size_t i = 0; i < commands.size();) {
    Segment segment{.begin = i};
    for (; i < commands.size() && commands[i].group == commands[segment.begin].group; ++i) {
      TPU_CHECK(commands[i].core < chip.array.cores, "command {} runs on core {} of {}", i,
                commands[i].core, chip.array.cores);
      segment.cores |= std::uint64_t{1} << commands[i].core;
    }
    segment.end = i;
    if (!segments.empty() && segment.is_single() && segments.back().cores == segment.cores) {
      segments.back().end = i;
    } else {
      segments.push_back(segment);
    }
  }
  return segments;
}

/// Commands with which a layer begins, ascending. Groups that overlap are one layer: a load of the
/// next is among the stores of this one.
std::vector<std::size_t> layer_begins(const Program& program) {
  const auto& commands = program.commands;
  std::vector<std::size_t> begins;
  std::uint32_t lowest = kNone;
  for (std::size_t i = commands.size(); i-- > 1;) {
    lowest = std::min(lowest, commands[i].group);
    // All after it belong to this group or later ones, and all before to earlier ones.
    if (commands[i - 1].group < lowest && commands[i].group == lowest) begins.push_back(i);
  }
  std::reverse(begins.begin(), begins.end());
  // A command before a place may still belong to a later group.
  std::uint32_t highest = 0;
  std::size_t at = 0;
  std::erase_if(begins, [&](std::size_t begin) {
    for (; at < begin; ++at)
      highest = std::max(highest, commands[at].group);
    return highest >= commands[begin].group;
  });
  return begins;
}

void run_alone(const Program& program, const Segment& segment, Barrier barrier,
               const EngineTimes& times, const std::vector<std::size_t>& begins,
               std::vector<CoreQueues>& cores, Timeline& timeline) {
  const auto index = static_cast<std::size_t>(std::countr_zero(segment.cores));
  CoreQueues& core = cores[index];
  auto next_layer = std::upper_bound(begins.begin(), begins.end(), segment.begin);
  for (std::size_t i = segment.begin; i < segment.end; ++i) {
    const Command& command = program.commands[i];
    const auto own = static_cast<std::size_t>(command.engine);
    const std::size_t other = 1 - own;
    TPU_CHECK(command.core == index, "command {} runs on core {} of {}", i, command.core,
              cores.size());
    TPU_CHECK(command.id == core.ends[own].size(), "command {} has id {}, {} expected", i,
              command.id, core.ends[own].size());
    TPU_CHECK(command.wait_id < core.ends[other].size(),
              "command {} waits for id {}, {} were issued", i, command.wait_id,
              core.ends[other].size() - 1);
    if (next_layer != begins.end() && *next_layer == i) {
      ++next_layer;
      barrier = {core.last_end(), WaitReason::kLayer};
    }
    const Readiness ready = readiness(command, core, times, barrier);
    enter(command, i, ready, ready.start + times.of(command.engine, command.cost.total()), core,
          timeline);
  }
}

/// Busy and idle add up to the whole on every engine, and no engine outlasts the makespan.
void check_accounts(const std::vector<CoreQueues>& cores, const Timeline& timeline) {
  for (const CoreQueues& core : cores) {
    for (std::size_t engine = 0; engine < kEngineCount; ++engine) {
      TPU_CHECK(
          core.busy[engine] + core.waited[engine] == core.free[engine] - timeline.launch.value,
          "{} is busy for {} ps and waits for {} ps of {} ps", name_of(static_cast<Engine>(engine)),
          core.busy[engine], core.waited[engine], core.free[engine]);
      TPU_CHECK(core.free[engine] <= timeline.makespan.value, "{} ends at {} ps of {} ps",
                name_of(static_cast<Engine>(engine)), core.free[engine], timeline.makespan.value);
    }
  }
}

/// In picoseconds.
double cycle_of(const Chip& chip, Engine engine) {
  return kPicosecondsPerMicrosecond / chip.engine_mhz(engine);
}

}  // namespace

EngineTimes::EngineTimes(const Chip& chip) : latencies(chip) {
  for (const Engine engine : {Engine::kBdc, Engine::kGdma})
    cycle[static_cast<std::size_t>(engine)] = cycle_of(chip, engine);
}

Picoseconds duration_of(const Chip& chip, Engine engine, std::int64_t cycles) {
  return {EngineTimes::rounded(static_cast<double>(cycles) * cycle_of(chip, engine))};
}

Picoseconds duration_of(const Chip& chip, Cycles<BdcClock> cycles) {
  return duration_of(chip, Engine::kBdc, cycles.value);
}

Picoseconds duration_of(const Chip& chip, Cycles<GdmaClock> cycles) {
  return duration_of(chip, Engine::kGdma, cycles.value);
}

double in_bdc_cycles(const Chip& chip, double gdma_cycles) {
  return chip.clock.tiu_mhz / chip.clock.dma_mhz * gdma_cycles;
}

double in_gdma_cycles(const Chip& chip, double bdc_cycles) {
  return chip.clock.dma_mhz / chip.clock.tiu_mhz * bdc_cycles;
}

Timeline run(const Program& program, const Chip& chip) {
  const std::size_t count = program.commands.size();
  Timeline timeline;
  timeline.launch = {EngineTimes::rounded(chip.overhead.launch_us * kPicosecondsPerMicrosecond)};
  timeline.start.resize(count);
  timeline.end.resize(count);
  timeline.waited.resize(count);
  timeline.reason.resize(count);
  const EngineTimes times(chip);
  std::vector<CoreQueues> cores(static_cast<std::size_t>(chip.array.cores),
                                CoreQueues(timeline.launch.value));
  // One core needs no look at where its groups end, which would cost as much as running it.
  const bool is_alone = chip.array.cores == 1 ||
                        std::all_of(program.commands.begin(), program.commands.end(),
                                    [](const Command& command) { return command.core == 0; });
  std::vector<Segment> segments{{.begin = 0, .end = count, .cores = 1}};
  if (is_alone) {
    for (auto& ends : cores[0].ends)
      ends.reserve(count + 1);
  } else {
    segments = segments_of(program, chip);
    timeline.slowed.resize(count);
  }
  const std::vector<std::size_t> begins = layer_begins(program);
  timeline.makespan = timeline.launch;
  for (const Segment& segment : segments) {
    Barrier barrier{timeline.makespan.value, WaitReason::kNothing};
    if (segment.begin > 0) {
      barrier = {
          timeline.makespan.value + times.latencies.of(Engine::kBdc, WaitReason::kCore).value,
          WaitReason::kCore};
    }
    if (segment.is_single()) {
      run_alone(program, segment, barrier, times, begins, cores, timeline);
    } else {
      run_together(program, segment.begin, segment.end, barrier, chip, times, cores, timeline);
    }
    for (const CoreQueues& core : cores)
      timeline.makespan.value = std::max(timeline.makespan.value, core.last_end());
  }
  check_accounts(cores, timeline);
  return timeline;
}

}  // namespace tpuscope
