// Addresses in local memory: see local_memory.h.

#include "sim/cost/local_memory.h"

#include <algorithm>

namespace tpuscope {
namespace {

std::optional<std::vector<LocalRange>> stack(const Chip& chip, std::span<const std::int64_t> sizes,
                                             std::int64_t alignment) {
  std::vector<LocalRange> ranges;
  std::int64_t address = 0;
  for (const std::int64_t size : sizes) {
    if (address + size > chip.local_bytes_per_lane()) return std::nullopt;
    ranges.push_back({static_cast<std::uint32_t>(address), static_cast<std::uint32_t>(size)});
    address = align_up(address + size, alignment);
  }
  return ranges;
}

}  // namespace

std::optional<std::vector<LocalRange>> allocate(const Chip& chip,
                                                std::span<const std::int64_t> sizes) {
  if (auto ranges = stack(chip, sizes, std::max<std::int64_t>(1, chip.bank_bytes()))) return ranges;
  return stack(chip, sizes, chip.array.eu_bytes_per_lane);
}

bool fits(const Chip& chip, std::span<const std::int64_t> sizes) {
  std::int64_t end = 0;
  for (const std::int64_t size : sizes) {
    end = align_up(end, chip.array.eu_bytes_per_lane) + size;
  }
  return end <= chip.local_bytes_per_lane();
}

std::int64_t bank_conflicts(const Chip& chip, const LocalRange& result,
                            std::span<const LocalRange> operands) {
  const auto bank = [&](const LocalRange& range) {
    return range.address / std::max<std::int64_t>(1, chip.bank_bytes());
  };
  const auto shared =
      std::count_if(operands.begin(), operands.end(), [&](const LocalRange& operand) {
        return operand.bytes > 0 && bank(operand) == bank(result);
      });
  return std::min<std::int64_t>(shared, kMaxBankConflicts);
}

}  // namespace tpuscope
