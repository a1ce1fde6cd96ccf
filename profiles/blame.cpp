// The sweep over both engines that charges the makespan.

#include "profiles/blame.h"

#include <algorithm>
#include <array>

#include "graph/check.h"

namespace tpuscope {
namespace {

/// The commands of one engine, walked in order of time.
class Lane {
 public:
  Lane(const Program& program, const Timeline& timeline, Engine engine) : timeline_(&timeline) {
    for (std::uint32_t i = 0; i < program.commands.size(); ++i) {
      if (program.commands[i].engine == engine) add(i);
    }
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
  void add(std::uint32_t command) {
    const Picoseconds start = timeline_->start[command];
    TPU_CHECK(start <= timeline_->end[command] && start >= last_end_ &&
                  timeline_->end[command] <= timeline_->makespan,
              "command {} overlaps another of its engine or leaves the makespan", command);
    last_end_ = timeline_->end[command];
    commands_.push_back(command);
  }

  const Timeline* timeline_;
  std::vector<std::uint32_t> commands_;
  Picoseconds last_end_{};
  std::size_t at_ = 0;
};

}  // namespace

std::vector<Charge> charge_makespan(const Program& program, const Timeline& timeline) {
  const std::size_t size = program.commands.size();
  TPU_CHECK(timeline.start.size() == size && timeline.end.size() == size,
            "{} commands, {} starts, {} ends", size, timeline.start.size(), timeline.end.size());
  Lane bdc(program, timeline, Engine::kBdc);
  Lane gdma(program, timeline, Engine::kGdma);
  std::vector<Charge> charges;
  charges.reserve(size + 2);
  Picoseconds now{};
  const auto charge = [&](Picoseconds end, ChargeKind kind, std::uint32_t command) {
    if (end > now) charges.push_back({now, end, kind, command});
    now = std::max(now, end);
  };
  charge(std::min(timeline.launch, timeline.makespan), ChargeKind::kLaunch, kNone);
  while (true) {
    const bool has_bdc = bdc.advance(now);
    const bool has_gdma = gdma.advance(now);
    if (!has_bdc && !has_gdma) break;
    if (has_bdc && bdc.start() <= now) {
      charge(bdc.end(), ChargeKind::kCompute, bdc.command());
    } else if (has_gdma && gdma.start() <= now) {
      const Picoseconds end = has_bdc ? std::min(gdma.end(), bdc.start()) : gdma.end();
      charge(end, ChargeKind::kTransfer, gdma.command());
    } else {
      const bool bdc_is_next = has_bdc && (!has_gdma || bdc.start() <= gdma.start());
      const Lane& next = bdc_is_next ? bdc : gdma;
      charge(next.start(), ChargeKind::kIssue, next.command());
    }
  }
  charge(timeline.makespan, ChargeKind::kIdle, kNone);
  return charges;
}

}  // namespace tpuscope
