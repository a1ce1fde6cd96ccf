// Replays writes and reads of local memory in order of time, as intervals of addresses.

#include "profiles/report/local_memory.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <tuple>

namespace tpuscope {
namespace {

/// Every core has a memory of its own; during the replay their address ranges are concatenated.
constexpr std::int64_t kCoreSpan = std::int64_t{1} << 32;

/// Data at some addresses: when it was written and until when it is needed.
struct Resident {
  std::int64_t end = 0;  ///< one past its last address
  Picoseconds written{};
  Picoseconds needed_until{};
  std::uint32_t writer = kNone;
};

class Occupancy {
 public:
  void write(const LocalRange& range, std::int64_t offset, Picoseconds start, Picoseconds end,
             std::uint32_t writer) {
    if (range.bytes == 0) return;
    const std::int64_t begin = offset + range.address;
    const std::int64_t last = begin + range.bytes;
    split_at(begin);
    split_at(last);
    const auto first = residents_.lower_bound(begin);
    const auto after = residents_.lower_bound(last);
    for (auto it = first; it != after; ++it)
      release(it->first, it->second, start);
    residents_.erase(first, after);
    residents_.emplace(begin, Resident{last, start, end, writer});
  }

  void read(const LocalRange& range, std::int64_t offset, Picoseconds end) {
    if (range.bytes == 0) return;
    const std::int64_t begin = offset + range.address;
    const std::int64_t last = begin + range.bytes;
    split_at(begin);
    split_at(last);
    for (auto it = residents_.lower_bound(begin); it != residents_.end() && it->first < last; ++it)
      it->second.needed_until = std::max(it->second.needed_until, end);
  }

  /// In the order in which they end.
  std::vector<LocalLifetime> finish() {
    for (const auto& [begin, resident] : residents_)
      release(begin, resident, resident.needed_until);
    return std::move(lifetimes_);
  }

 private:
  void split_at(std::int64_t address) {
    auto it = residents_.upper_bound(address);
    if (it == residents_.begin()) return;
    --it;
    if (it->first == address || it->second.end <= address) return;
    residents_.emplace(address, it->second);
    it->second.end = address;
  }

  /// `overwritten` limits the time: a command that works in place holds its bytes once, not twice.
  void release(std::int64_t begin, const Resident& resident, Picoseconds overwritten) {
    const Picoseconds until = std::min(resident.needed_until, overwritten);
    if (until <= resident.written) return;
    lifetimes_.push_back(
        {begin % kCoreSpan, resident.end - begin, resident.written, until, resident.writer});
  }

  std::map<std::int64_t, Resident> residents_;  // by first address
  std::vector<LocalLifetime> lifetimes_;
};

/// Lifetimes as the replay comes to their ends.
std::vector<LocalLifetime> replayed(const Program& program, const Timeline& timeline) {
  std::vector<std::uint32_t> order(program.commands.size());
  std::iota(order.begin(), order.end(), 0U);
  std::stable_sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
    return timeline.start[a] < timeline.start[b];
  });
  Occupancy occupancy;
  const auto offset_of = [](const Command& command) { return command.core * kCoreSpan; };
  for (const std::uint32_t i : order) {
    const Command& command = program.commands[i];
    for (std::size_t operand = 0; operand < command.operand_count && operand < 3; ++operand)
      occupancy.read(command.operands[operand], offset_of(command), timeline.end[i]);
    occupancy.write(command.result, offset_of(command), timeline.start[i], timeline.end[i], i);
  }
  return occupancy.finish();
}

}  // namespace

std::vector<LocalLifetime> local_lifetimes(const Program& program, const Timeline& timeline) {
  std::vector<LocalLifetime> lifetimes = replayed(program, timeline);
  std::sort(lifetimes.begin(), lifetimes.end(), [](const auto& a, const auto& b) {
    return std::tie(a.from, a.address, a.until) < std::tie(b.from, b.address, b.until);
  });
  return lifetimes;
}

std::vector<LocalUse> local_memory_use(const Program& program, const Timeline& timeline) {
  // Bytes gained or lost at a time; sorted at the end, which is several times as fast as a map.
  const std::vector<LocalLifetime> lifetimes = replayed(program, timeline);
  std::vector<LocalUse> changes;
  changes.reserve(2 * lifetimes.size());
  for (const LocalLifetime& lifetime : lifetimes) {
    changes.push_back({lifetime.from, lifetime.bytes});
    changes.push_back({lifetime.until, -lifetime.bytes});
  }
  std::sort(changes.begin(), changes.end(),
            [](const LocalUse& a, const LocalUse& b) { return a.time < b.time; });
  std::vector<LocalUse> use;
  std::int64_t bytes = 0;
  for (std::size_t i = 0; i < changes.size();) {
    const Picoseconds time = changes[i].time;
    std::int64_t change = 0;
    for (; i < changes.size() && changes[i].time == time; ++i)
      change += changes[i].bytes;
    if (change == 0) continue;
    bytes += change;
    use.push_back({time, bytes});
  }
  return use;
}

std::int64_t peak_of(const std::vector<LocalUse>& use) {
  std::int64_t peak = 0;
  for (const LocalUse& entry : use)
    peak = std::max(peak, entry.bytes);
  return peak;
}

}  // namespace tpuscope
