// The sweep over the engines of all cores that charges the makespan.

#include "profiles/report/blame.h"

#include <algorithm>
#include <cstdint>

#include "base/check.h"

namespace tpuscope {
namespace {

/// The commands of one core's engine, walked in order of time.
class EngineCursor {
 public:
  explicit EngineCursor(const Timeline& timeline) : timeline_(&timeline) {}

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

/// One kind of engine on all cores. Questions go to the lowest core that is concerned.
class EngineCursors {
 public:
  EngineCursors(const Program& program, const Timeline& timeline, Engine engine) {
    for (std::uint32_t i = 0; i < program.commands.size(); ++i) {
      const Command& command = program.commands[i];
      if (command.engine != engine) continue;
      while (cores_.size() <= command.core)
        cores_.emplace_back(timeline);
      cores_[command.core].add(i);
    }
  }

  /// The cursor whose command is under way at `time`, else the one that starts next; none: all
  /// ended.
  const EngineCursor* first(Picoseconds time) {
    const EngineCursor* next = nullptr;
    for (EngineCursor& core : cores_) {
      if (!core.advance(time)) continue;
      if (core.start() <= time) return &core;
      if (next == nullptr || core.start() < next->start()) next = &core;
    }
    return next;
  }

 private:
  std::vector<EngineCursor> cores_;
};

/// What the time from `now` on is charged to, up to `end`.
struct Moment {
  Picoseconds end{};
  ChargeKind kind = ChargeKind::kIdle;
  std::uint32_t command = kNone;
};

/// No engine works: the time goes to the command that starts next. A capture knows when commands
/// ran but not what they waited for.
Moment between(const EngineCursor& next, const Timeline& timeline) {
  const bool is_layer =
      !timeline.reason.empty() && timeline.reason[next.command()] == WaitReason::kLayer;
  return {next.start(), is_layer ? ChargeKind::kLayer : ChargeKind::kIssue, next.command()};
}

/// Compute comes before the transfers that run beside it. Null: all commands of the engine ended.
Moment moment_at(Picoseconds now, const EngineCursor* bdc, const EngineCursor* gdma,
                 const Timeline& timeline) {
  if (bdc != nullptr && bdc->start() <= now) {
    return {bdc->end(), ChargeKind::kCompute, bdc->command()};
  }
  if (gdma != nullptr && gdma->start() <= now) {
    const Picoseconds end = bdc != nullptr ? std::min(gdma->end(), bdc->start()) : gdma->end();
    return {end, ChargeKind::kTransfer, gdma->command()};
  }
  const bool bdc_is_next = bdc != nullptr && (gdma == nullptr || bdc->start() <= gdma->start());
  return between(bdc_is_next ? *bdc : *gdma, timeline);
}

/// Adds what one core waits during each of the charges.
void add_waits(const std::vector<CoreWait>& waits, std::vector<Picoseconds>& waited,
               const std::vector<Charge>& charges) {
  std::size_t at = 0;
  for (const CoreWait& wait : waits) {
    while (at < charges.size() && charges[at].end <= wait.begin)
      ++at;
    for (std::size_t i = at; i < charges.size() && charges[i].begin < wait.end; ++i)
      waited[i] += std::min(charges[i].end, wait.end) - std::max(charges[i].begin, wait.begin);
  }
}

}  // namespace

std::vector<std::vector<CoreWait>> core_waits(const Program& program, const Timeline& timeline) {
  std::uint32_t last = 0;
  for (const Command& command : program.commands)
    last = std::max<std::uint32_t>(last, command.core);
  if (last == 0 || timeline.reason.empty()) return {};
  // Commands of both engines of a core in the order in which they start.
  std::vector<std::vector<std::uint32_t>> orders(last + 1);
  for (std::uint32_t i = 0; i < program.commands.size(); ++i)
    orders[program.commands[i].core].push_back(i);
  std::vector<std::vector<CoreWait>> all(orders.size());
  for (std::size_t core = 0; core < orders.size(); ++core) {
    std::vector<std::uint32_t>& order = orders[core];
    std::stable_sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
      return timeline.start[a] < timeline.start[b];
    });
    Picoseconds until = std::min(timeline.launch, timeline.makespan);
    for (const std::uint32_t i : order) {
      if (timeline.start[i] > until && timeline.reason[i] == WaitReason::kCore) {
        all[core].push_back({until, timeline.start[i]});
      }
      until = std::max(until, timeline.end[i]);
    }
    if (until < timeline.makespan) all[core].push_back({until, timeline.makespan});
  }
  return all;
}

std::vector<Charge> charge_makespan(const Program& program, const Timeline& timeline) {
  const std::size_t size = program.commands.size();
  TPU_CHECK(timeline.start.size() == size && timeline.end.size() == size,
            "{} commands, {} starts, {} ends", size, timeline.start.size(), timeline.end.size());
  EngineCursors bdcs(program, timeline, Engine::kBdc);
  EngineCursors gdmas(program, timeline, Engine::kGdma);
  std::vector<Charge> charges;
  charges.reserve(size + 2);
  Picoseconds now{};
  const auto charge = [&](const Moment& moment) {
    if (moment.end > now) charges.push_back({now, moment.end, moment.kind, moment.command});
    now = std::max(now, moment.end);
  };
  charge({std::min(timeline.launch, timeline.makespan), ChargeKind::kLaunch, kNone});
  while (true) {
    const EngineCursor* bdc = bdcs.first(now);
    const EngineCursor* gdma = gdmas.first(now);
    if (bdc == nullptr && gdma == nullptr) break;
    charge(moment_at(now, bdc, gdma, timeline));
  }
  charge({timeline.makespan, ChargeKind::kIdle, kNone});
  const std::vector<std::vector<CoreWait>> waits = core_waits(program, timeline);
  if (waits.empty()) return charges;
  std::vector<Picoseconds> waited(charges.size());
  for (const std::vector<CoreWait>& of_core : waits)
    add_waits(of_core, waited, charges);
  for (std::size_t i = 0; i < charges.size(); ++i) {
    if (charges[i].command == kNone) continue;
    charges[i].core_wait = {waited[i].value / static_cast<std::int64_t>(waits.size())};
  }
  return charges;
}

}  // namespace tpuscope
