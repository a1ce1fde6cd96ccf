// From slices to a group of the plan: every buffer has an address, every transfer its timestep.

#pragma once

#include <optional>
#include <span>

#include "graph/graph.h"
#include "passes/layer_group/candidate.h"
#include "sim/plan.h"

namespace tpuscope {

/// Why an op cannot be in any group; empty when it can.
LocalAnswer group_obstacle(const Graph& graph, OpId op, const LocalSupport& support);

/// A search judges by samples of a group's slices; the group is built from all of them.
/// `ops` in dependency order; `slices` are made finer until every buffer has a place, unless
/// `options.slices` forces them. Empty when there is no such place; `*why` tells of the last try.
std::optional<Group> placed_group(const Graph& graph, const Chip& chip, const GroupOptions& options,
                                  std::span<const OpId> ops, const SliceCounts& slices,
                                  Trial* why = nullptr);

}  // namespace tpuscope
