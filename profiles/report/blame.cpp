// The sweep over the engines of all cores that charges the makespan.

#include "profiles/report/blame.h"

#include <algorithm>

#include "base/check.h"

namespace tpuscope {
namespace {

/// The commands of one core's engine, walked in order of time.
class Lane {
 public:
  explicit Lane(const Timeline& timeline) : timeline_(&timeline) {}

  void add(std::uint32_t command) {
    const Picoseconds start = timeline_->start[command];
    TPU_CHECK(start <= timeline_->end[command] && start >= last_end_ &&
                  timeline_->end[command] <= timeline_->makespan,
              "command {} overlaps another of its engine or leaves the makespan", command);
    last_end_ = timeline_->end[command];
    commands_.push_back(command);
  }

  /// Drops what has ended by `time`; false when nothing is left.
  bool advance(Picoseconds time) {
    while (at_ < commands_.size() && end() <= time)
      ++at_;
    return at_ < commands_.size();
  }
  std::uint32_t command() const { return commands_[at_]; }
  Picoseconds start() const { return timeline_->start[command()]; }
  Picoseconds end() const { return timeline_->end[command()]; }

 private:
  const Timeline* timeline_;
  std::vector<std::uint32_t> commands_;
  Picoseconds last_end_{};
  std::size_t at_ = 0;
};

/// The lanes of one kind of engine; questions go to the lane of the lowest core that is concerned.
class Lanes {
 public:
  Lanes(const Program& program, const Timeline& timeline, Engine engine) {
    for (std::uint32_t i = 0; i < program.commands.size(); ++i) {
      const Command& command = program.commands[i];
      if (command.engine != engine) continue;
      while (lanes_.size() <= command.core)
        lanes_.emplace_back(timeline);
      lanes_[command.core].add(i);
    }
  }

  /// The lane whose command is under way at `time`, else the one that starts next; none: all ended.
  const Lane* first(Picoseconds time) {
    const Lane* next = nullptr;
    for (Lane& lane : lanes_) {
      if (!lane.advance(time)) continue;
      if (lane.start() <= time) return &lane;
      if (next == nullptr || lane.start() < next->start()) next = &lane;
    }
    return next;
  }

 private:
  std::vector<Lane> lanes_;
};

}  // namespace

std::vector<Charge> charge_makespan(const Program& program, const Timeline& timeline) {
  const std::size_t size = program.commands.size();
  TPU_CHECK(timeline.start.size() == size && timeline.end.size() == size,
            "{} commands, {} starts, {} ends", size, timeline.start.size(), timeline.end.size());
  Lanes bdcs(program, timeline, Engine::kBdc);
  Lanes gdmas(program, timeline, Engine::kGdma);
  std::vector<Charge> charges;
  charges.reserve(size + 2);
  Picoseconds now{};
  const auto charge = [&](Picoseconds end, ChargeKind kind, std::uint32_t command) {
    if (end > now) charges.push_back({now, end, kind, command});
    now = std::max(now, end);
  };
  charge(std::min(timeline.launch, timeline.makespan), ChargeKind::kLaunch, kNone);
  while (true) {
    const Lane* bdc = bdcs.first(now);
    const Lane* gdma = gdmas.first(now);
    if (bdc == nullptr && gdma == nullptr) break;
    if (bdc != nullptr && bdc->start() <= now) {
      charge(bdc->end(), ChargeKind::kCompute, bdc->command());
    } else if (gdma != nullptr && gdma->start() <= now) {
      const Picoseconds end = bdc != nullptr ? std::min(gdma->end(), bdc->start()) : gdma->end();
      charge(end, ChargeKind::kTransfer, gdma->command());
    } else {
      const bool bdc_is_next = bdc != nullptr && (gdma == nullptr || bdc->start() <= gdma->start());
      const Lane& next = bdc_is_next ? *bdc : *gdma;
      // A capture knows when commands ran but not what they waited for.
      const bool is_turn =
          !timeline.reason.empty() && timeline.reason[next.command()] == WaitReason::kLayer;
      charge(next.start(), is_turn ? ChargeKind::kLayer : ChargeKind::kIssue, next.command());
    }
  }
  charge(timeline.makespan, ChargeKind::kIdle, kNone);
  return charges;
}

}  // namespace tpuscope
