// Small changes of a network that leave it one: what a fuzzer and metamorphic tests do to networks
// that nobody drew.

#pragma once

#include "graph/graph.h"
#include "tests/generators/choices.h"

namespace tpuscope::generators {

/// Some extents, attributes, operands and ops are others, some are new or gone. Where an op cannot
/// be any more what it was, an input takes the place of its result.
Graph mutated(const Graph& graph, Choices& choices);

}  // namespace tpuscope::generators
