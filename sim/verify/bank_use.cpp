// Lanes by bank of each command, then transfers beside computations in the order of their starts.

#include "sim/verify/bank_use.h"

#include <algorithm>
#include <array>
#include <cstdint>

namespace tpuscope {
namespace {

/// Lanes in which a command works, by bank, read and written.
struct CommandBanks {
  std::vector<std::uint64_t> read{};
  std::vector<std::uint64_t> written{};
};

class BankTable {
 public:
  BankTable(const DecodedStream& stream, const Chip& chip)
      : stream_(stream),
        geometry_(local_geometry(stream.set)),
        banks_(static_cast<std::size_t>(std::max<std::int64_t>(1, chip.local_memory.banks))) {}

  CommandBanks of(std::size_t command) const {
    CommandBanks used{std::vector<std::uint64_t>(banks_), std::vector<std::uint64_t>(banks_)};
    const std::uint32_t bank_bytes =
        std::max<std::uint32_t>(1, geometry_.lane_bytes / static_cast<std::uint32_t>(banks_));
    for (const LocalBlock& block : stream_.blocks_of(command)) {
      const LaneRange hull = hull_of(block, geometry_);
      const std::uint32_t end = std::min(hull.end, geometry_.lane_bytes);
      if (hull.begin >= end) continue;
      std::vector<std::uint64_t>& own = block.is_written ? used.written : used.read;
      const std::size_t last = std::min<std::size_t>((end - 1) / bank_bytes, banks_ - 1);
      for (std::size_t bank = hull.begin / bank_bytes; bank <= last; ++bank)
        own[bank] |= hull.mask;
    }
    return used;
  }

 private:
  const DecodedStream& stream_;
  LocalGeometry geometry_;
  std::size_t banks_;
};

bool do_share(const CommandBanks& used) {
  for (std::size_t bank = 0; bank < used.read.size(); ++bank) {
    if ((used.read[bank] & used.written[bank]) != 0) return true;
  }
  return false;
}

bool do_meet(const CommandBanks& a, const CommandBanks& b) {
  for (std::size_t bank = 0; bank < a.read.size(); ++bank) {
    if (((a.read[bank] | a.written[bank]) & (b.read[bank] | b.written[bank])) != 0) return true;
  }
  return false;
}

/// Commands that use local memory, by core and engine, in the order of their starts.
using QueuesByCore = std::vector<std::array<std::vector<std::size_t>, kEngineCount>>;
QueuesByCore queues_of(const DecodedStream& stream, std::size_t count) {
  QueuesByCore queues(stream.cores);
  for (std::size_t i = 0; i < count; ++i) {
    const StreamCommand& command = stream.commands[i];
    if (stream.blocks_of(i).empty()) continue;
    queues[command.core][static_cast<std::size_t>(command.engine)].push_back(i);
  }
  return queues;
}

/// Notes the transfers that run beside computation `i` and use one of its banks. `first` is the
/// first transfer that may: those before it end before the computation starts.
void note_meetings(const BankTable& table, const Timeline& timeline, std::size_t i,
                   const std::vector<std::size_t>& transfers, std::size_t first, BankUse& use) {
  const CommandBanks own = table.of(i);
  ++use.computations;
  use.is_sharing[i] = do_share(own);
  if (use.is_sharing[i]) ++use.sharing;
  for (std::size_t t = first; t < transfers.size(); ++t) {
    const std::size_t transfer = transfers[t];
    if (timeline.start[transfer] >= timeline.end[i]) break;
    if (!do_meet(own, table.of(transfer))) continue;
    use.is_meeting[i] = true;
    use.met_of[i] += std::min(timeline.end[i], timeline.end[transfer]) -
                     std::max(timeline.start[i], timeline.start[transfer]);
  }
  use.met += use.met_of[i];
  if (use.is_meeting[i]) ++use.meeting;
}

}  // namespace

BankUse bank_use(const DecodedStream& stream, const Timeline& timeline, const Chip& chip) {
  const std::size_t count = std::min(stream.commands.size(), timeline.start.size());
  BankUse use{.is_sharing = std::vector<bool>(count),
              .is_meeting = std::vector<bool>(count),
              .met_of = std::vector<Picoseconds>(count)};
  const BankTable table(stream, chip);
  for (const auto& [computations, transfers] : queues_of(stream, count)) {
    std::size_t first = 0;
    for (const std::size_t i : computations) {
      while (first < transfers.size() && timeline.end[transfers[first]] <= timeline.start[i])
        ++first;
      note_meetings(table, timeline, i, transfers, first, use);
    }
  }
  return use;
}

}  // namespace tpuscope
