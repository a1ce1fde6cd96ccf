// Several cores at once. BDC commands know their end when they start; transfers do not, since
// others may come to share the DDR. So time goes from one event to the next, where the set of
// transfers that move data changes: between two events each of them works at one speed.

#include <algorithm>
#include <cmath>
#include <limits>

#include "sim/cost/cost.h"
#include "sim/engine/engine.h"
#include "sim/engine/engine_queues.h"

namespace tpuscope {
namespace {

/// One core's part in a group, and its transfer under way.
struct CorePart {
  std::array<std::vector<std::size_t>, kEngineCount> queue{};  ///< commands, in issue order
  std::array<std::size_t, kEngineCount> at{};
  bool is_transferring = false;
  bool moves_data = false;     ///< its start-up is over
  Readiness ready{};           ///< of the transfer
  std::int64_t data_from = 0;  ///< when it starts to move data
  std::int64_t work = 0;       ///< left to do, in picoseconds / kWholeShare
  std::int64_t share = 0;      ///< of the DDR
};

class MultiCoreRun {
 public:
  MultiCoreRun(const Program& program, const Barrier& barrier, const Chip& chip,
               const EngineTimes& times, std::vector<CoreQueues>& cores, Timeline& timeline)
      : program_(program),
        barrier_(barrier),
        now_(barrier.time),
        chip_(chip),
        times_(times),
        cores_(cores),
        timeline_(timeline),
        parts_(cores.size()) {}

  void run(std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i)
      enqueue(i);
    for (std::size_t core = 0; core < parts_.size(); ++core)
      start_what_can(core);
    while (go_on()) {
    }
    for (const CorePart& part : parts_) {
      for (std::size_t engine = 0; engine < kEngineCount; ++engine)
        TPU_CHECK(part.at[engine] == part.queue[engine].size(), "a queue of a core is stuck");
    }
  }

 private:
  void enqueue(std::size_t i) {
    const Command& command = program_.commands[i];
    const auto own = static_cast<std::size_t>(command.engine);
    CorePart& part = parts_[command.core];
    const auto issued = [&](std::size_t engine) {
      return cores_[command.core].ends[engine].size() + part.queue[engine].size();
    };
    TPU_CHECK(command.id == issued(own), "command {} has id {}, {} expected", i, command.id,
              issued(own));
    TPU_CHECK(command.wait_id < issued(1 - own), "command {} waits for id {}, {} were issued", i,
              command.wait_id, issued(1 - own) - 1);
    part.queue[own].push_back(i);
  }

  /// Enters every command of the core whose end is known by now.
  void start_what_can(std::size_t core) {
    bool changed = true;
    while (changed) {
      changed = false;
      for (const Engine engine : {Engine::kBdc, Engine::kGdma}) {
        while (can_start(core, engine)) {
          start(core, engine);
          changed = true;
        }
      }
    }
  }

  bool can_start(std::size_t core, Engine engine) const {
    const auto own = static_cast<std::size_t>(engine);
    const CorePart& part = parts_[core];
    if (part.at[own] == part.queue[own].size()) return false;
    if (engine == Engine::kGdma && part.is_transferring) return false;
    const Command& command = program_.commands[part.queue[own][part.at[own]]];
    return command.wait_id < cores_[core].ends[1 - own].size();
  }

  void start(std::size_t core, Engine engine) {
    const auto own = static_cast<std::size_t>(engine);
    CorePart& part = parts_[core];
    const std::size_t i = part.queue[own][part.at[own]];
    const Command& command = program_.commands[i];
    const Readiness ready = readiness(command, cores_[core], times_, barrier_);
    const std::int64_t duration = times_.of(engine, command.cost.total());
    const std::int64_t initial = std::min(duration, times_.of(engine, command.cost.initial));
    const std::int64_t share = engine == Engine::kGdma ? ddr_share(command, chip_) : 0;
    if (share == 0 || initial == duration) {
      ++part.at[own];
      enter(command, i, ready, ready.start + duration, cores_[core], timeline_);
      return;
    }
    TPU_CHECK(duration - initial <= std::numeric_limits<std::int64_t>::max() / kWholeShare,
              "command {} takes {} ps", i, duration);
    part.is_transferring = true;
    part.moves_data = false;
    part.ready = ready;
    part.data_from = ready.start + initial;
    part.work = (duration - initial) * kWholeShare;
    part.share = share;
  }

  /// Speed of all transfers that move data, in 1 / kWholeShare.
  std::int64_t common_speed() const {
    std::int64_t shares = 0;
    for (const CorePart& part : parts_) {
      if (part.is_transferring && part.moves_data) shares += part.share;
    }
    return shares <= kWholeShare ? kWholeShare : kWholeShare * kWholeShare / shares;
  }

  /// To the next event; false when there is none.
  bool go_on() {
    const std::int64_t speed = common_speed();
    std::int64_t next = std::numeric_limits<std::int64_t>::max();
    for (const CorePart& part : parts_) {
      if (!part.is_transferring) continue;
      next = std::min(next, part.moves_data ? now_ + ceil_div(part.work, speed) : part.data_from);
    }
    if (next == std::numeric_limits<std::int64_t>::max()) return false;
    for (CorePart& part : parts_) {
      if (part.is_transferring && part.moves_data) part.work -= speed * (next - now_);
    }
    now_ = next;
    for (std::size_t core = 0; core < parts_.size(); ++core) {
      CorePart& part = parts_[core];
      if (!part.is_transferring) continue;
      if (!part.moves_data) {
        part.moves_data = part.data_from <= now_;
      } else if (part.work <= 0) {
        finish(core);
        start_what_can(core);
      }
    }
    return true;
  }

  void finish(std::size_t core) {
    constexpr auto kGdma = static_cast<std::size_t>(Engine::kGdma);
    CorePart& part = parts_[core];
    const std::size_t i = part.queue[kGdma][part.at[kGdma]++];
    const Command& command = program_.commands[i];
    part.is_transferring = false;
    const std::int64_t alone = times_.of(Engine::kGdma, command.cost.total());
    timeline_.slowed[i] = {now_ - part.ready.start - alone};
    enter(command, i, part.ready, now_, cores_[core], timeline_);
  }

  const Program& program_;
  Barrier barrier_;
  std::int64_t now_;
  const Chip& chip_;
  const EngineTimes& times_;
  std::vector<CoreQueues>& cores_;
  Timeline& timeline_;
  std::vector<CorePart> parts_;
};

}  // namespace

std::int64_t ddr_share(const Command& command, const Chip& chip) {
  const std::int64_t bytes = command.ddr_read + command.ddr_write;
  const std::int64_t cycles = command.cost.total() - command.cost.initial;
  if (bytes == 0 || cycles == 0) return 0;
  const double alone = static_cast<double>(bytes) / static_cast<double>(cycles);
  const double share =
      std::ceil(alone / ddr_bytes_per_cycle(chip) * static_cast<double>(kWholeShare));
  return std::min(kWholeShare, static_cast<std::int64_t>(share));
}

void run_together(const Program& program, std::size_t begin, std::size_t end,
                  const Barrier& barrier, const Chip& chip, const EngineTimes& times,
                  std::vector<CoreQueues>& cores, Timeline& timeline) {
  MultiCoreRun(program, barrier, chip, times, cores, timeline).run(begin, end);
}

}  // namespace tpuscope
