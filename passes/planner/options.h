// What a user may choose about layer groups.

#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "graph/local_rule.h"
#include "passes/tiling/group_graph.h"
#include "passes/tiling/plan.h"

namespace tpuscope {

struct GroupCache;

inline constexpr std::size_t kGroupTypes = 4;  ///< of GroupType

/// How groups are searched. kGreedy is the compiler's opt 1, kDp its opt 2; kAlone makes none.
enum class GroupMethod : std::uint8_t { kAlone, kGreedy, kDp, kOptimal };

/// A method by its name in flags, sweeps and reports.
struct GroupMethodName {
  GroupMethod method{};
  std::string_view name{};
};
/// none, greedy, dp, optimal.
std::span<const GroupMethodName> group_methods();
std::string_view name_of(GroupMethod method);

/// Whose prices decide on groups and their slices: the estimate of the vendor's compiler, as in its
/// own plans, or what silicon takes, as in those of a compiler that knew. Chips of which no
/// estimate is known are planned by silicon.
enum class PlanBy : std::uint8_t { kCompiler, kSilicon };

struct GroupOptions {
  /// Unset: not chosen; the switch `layer_group` decides, and a planner without it makes no
  /// groups.
  std::optional<GroupMethod> method{};
  PlanBy plan_by = PlanBy::kCompiler;
  LocalSupport support{};
  bool balance = false;            ///< transfers move to timesteps whose compute can hide them
  bool hold_coefficients = false;  ///< weights stay in local memory for all slices
  bool image_by_image = false;  ///< or are loaded for each image of a batch, where that is faster
  bool overlap = false;         ///< groups begin to load while the one before still stores

  // Limits for what-ifs.
  std::int64_t max_ops = 0;                   ///< ops that compute in one group; 0: no limit
  std::optional<SliceCounts> slices{};        ///< slices per axis that every group must have
  std::int64_t local_bytes = 0;               ///< usable per lane; 0: all
  std::shared_ptr<const GroupCache> given{};  ///< these groups and no search
  /// Names of results in an order that another compiler found; the search follows it.
  std::shared_ptr<const std::vector<std::string>> order{};
  std::int64_t max_commands = kMaxCommands;  ///< of a run; more are refused

  bool operator==(const GroupOptions&) const = default;
};

}  // namespace tpuscope
