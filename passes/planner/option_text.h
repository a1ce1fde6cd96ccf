// Layer-group options as users write them, wherever they may: flags, sweeps. One table, so that
// neither the words nor what they mean can differ.

#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "passes/planner/options.h"

namespace tpuscope {

/// One thing that users choose about groups.
struct GroupOption {
  std::string_view flag{};      ///< "--group-max-ops"
  std::string_view key{};       ///< of a sweep: "passes.layer_group.max_ops"
  std::string_view value{};     ///< what a help calls its value
  std::string_view summary{};   ///< for people
  std::string_view fallback{};  ///< what a help says holds without it
  /// kUsage errors for values of the wrong kind.
  Status (*parse)(const std::string& text, GroupOptions& options) = nullptr;
  std::string (*text)(const GroupOptions& options) = nullptr;  ///< as parse reads it
};
/// The key of the method, which is the first of them.
inline constexpr std::string_view kGroupMethodKey = "passes.layer_group.method";
inline constexpr std::string_view kPlanByFlag = "--plan-by";
std::span<const GroupOption> group_option_table();

/// "4", of at least `least`; kUsage errors.
Result<std::int64_t> parse_whole_number(std::string_view text, std::int64_t least);

}  // namespace tpuscope
