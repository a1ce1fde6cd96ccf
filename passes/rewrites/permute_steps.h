// The vendor's kernel of a permute turns matrices over, one exchange of two blocks of axes at a
// time. Orders that are more than one exchange are therefore several permutes, with what lies
// between them in DDR.

#pragma once

#include <string_view>

#include "graph/graph.h"

namespace tpuscope {

/// The switch's name.
inline constexpr std::string_view kPermuteSteps = "permute_steps";

/// Every Permute that is more than one exchange of neighbouring blocks becomes one Permute of three
/// axes per step. Not where whole pixels change between blocks of a map and channels, which has a
/// kernel of its own. Read off streams of [64,28,28] reversed, LPRNet and a permute of queries,
/// keys and values, all of the compiler of 2026; with it, Swin-T before its optimisation would take
/// 11 ms, and 7.4 were published. The switch is one of planning: a rewritten network that is
/// written does not have the steps.
void add_permute_steps(Graph& graph);

}  // namespace tpuscope
