// Permuting constants at compile time.

#pragma once

#include <string_view>

#include "graph/graph.h"
#include "graph/permutation.h"

namespace tpuscope {

/// A Weight that holds `constant` with its axes in `order`: new values where they are known, the
/// new shape in any case. The old Weight stays for its other users. A constant of lower rank gets
/// leading axes of 1 first, as broadcasting would give it.
Value permuted_constant(Graph& graph, Value constant, const Permutation& order, OpId near,
                        std::string_view made_by);

}  // namespace tpuscope
