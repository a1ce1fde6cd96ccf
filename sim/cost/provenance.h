// Provenance: which rule priced each part of a command, which numbers of the chip it used, and so
// what that part of the time rests on. A prediction is worth as much as the weakest number in it.

#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "sim/chip/chip.h"
#include "sim/program/command.h"

namespace tpuscope {

/// The parts of CommandCost.
enum class CostPart : std::uint8_t { kInitial, kUseful, kPadding, kConflict };
inline constexpr std::size_t kCostPartCount = 4;

/// Cycles of the part.
std::int64_t part_of(const CommandCost& cost, CostPart part);

/// One rule of docs/model.md.
struct CostRule {
  std::string_view name{};
  /// Paths as in ChipValue::path that each part's cycles follow from. Empty: the part is always 0.
  std::array<std::vector<std::string_view>, kCostPartCount> values{};
};

/// The rule that priced the command, one of instruction_rules().
const CostRule& rule_of(const Command& command);

/// Chip values of what happens between commands.
inline constexpr std::string_view kLaunchValue = "overhead.launch_us";
inline constexpr std::string_view kSyncValue = "command.sync_cycles";
/// Of streams of compiled models.
inline constexpr std::string_view kStreamLaunchValue = "command.launch_us";

/// How much is known of numbers that are used together.
struct Standing {
  Evidence evidence = Evidence::kDocumented;  ///< the weakest of the values
  std::vector<std::string_view> values{};     ///< those that are as weak
};

/// Evidence from strong to weak: documented, user (a what-if states it), inferred, calibrated,
/// assumed. A check fails for a path that the chip has not.
Standing standing_of(const Chip& chip, const std::vector<std::string_view>& paths);

}  // namespace tpuscope
