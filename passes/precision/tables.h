// Tables of 8-bit functions, as operands of the ops that look results up: what an op reads it
// loads, holds in local memory and is seen to need.

#pragma once

#include "graph/graph.h"

namespace tpuscope {

/// Gives each op that looks its result up a constant of its 256 results. After all rewrites, which
/// know functions as ops of one operand.
void add_tables(Graph& graph);

}  // namespace tpuscope
