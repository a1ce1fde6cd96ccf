// Whole networks of drawn ops and blocks.

#pragma once

#include "graph/graph.h"
#include "tests/generators/choices.h"

namespace tpuscope::generators {

/// One op; several ops that have nothing to do with each other; chains and branches of ops and
/// blocks. Weights have no values, but for some constants. Outputs are set.
Graph draw_network(Choices& choices);

}  // namespace tpuscope::generators
