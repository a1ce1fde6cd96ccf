// Replays writes and reads of local memory in order of time, as intervals of addresses.

#include "profiles/local_memory.h"

#include <algorithm>
#include <map>
#include <numeric>

namespace tpuscope {
namespace {

/// Data that lies at some addresses: when it came and until when it is needed.
struct Resident {
  std::int64_t end = 0;  ///< one past its last address
  Picoseconds written{};
  Picoseconds needed_until{};
};

class Occupancy {
 public:
  void write(const LocalRange& range, std::int64_t offset, Picoseconds start, Picoseconds end) {
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
    residents_.emplace(begin, Resident{last, start, end});
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

  std::vector<LocalUse> finish() {
    for (const auto& [begin, resident] : residents_)
      release(begin, resident, resident.needed_until);
    std::vector<LocalUse> use;
    std::int64_t bytes = 0;
    for (auto it = changes_.begin(); it != changes_.end(); ++it) {
      if (it->second == 0) continue;
      bytes += it->second;
      use.push_back({it->first, bytes});
    }
    return use;
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
    changes_[resident.written] += resident.end - begin;
    changes_[std::min(resident.needed_until, overwritten)] -= resident.end - begin;
  }

  std::map<std::int64_t, Resident> residents_;   // by first address
  std::map<Picoseconds, std::int64_t> changes_;  // bytes gained or lost at a time
};

}  // namespace

std::vector<LocalUse> local_memory_use(const Program& program, const Timeline& timeline) {
  std::vector<std::size_t> order(program.commands.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return timeline.start[a] < timeline.start[b];
  });
  Occupancy occupancy;
  // Every core has a memory of its own; here they stand behind each other.
  const auto offset_of = [](const Command& command) { return std::int64_t{command.core} << 32; };
  for (const std::size_t i : order) {
    const Command& command = program.commands[i];
    for (std::size_t operand = 0; operand < command.operand_count && operand < 3; ++operand)
      occupancy.read(command.operands[operand], offset_of(command), timeline.end[i]);
    occupancy.write(command.result, offset_of(command), timeline.start[i], timeline.end[i]);
  }
  return occupancy.finish();
}

std::int64_t peak_of(const std::vector<LocalUse>& use) {
  std::int64_t peak = 0;
  for (const LocalUse& entry : use)
    peak = std::max(peak, entry.bytes);
  return peak;
}

}  // namespace tpuscope
