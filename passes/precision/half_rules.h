// Which ops of a 16-bit network the vendor's compiler runs in f32, between two Casts.

#pragma once

#include "graph/graph.h"

namespace tpuscope {

/// Whether the op has no 16-bit form: what is made of quotients, roots and error functions, sums
/// that would lose too much. Its operands are cast to f32 and its result is f32; the next op that
/// needs 16 bits casts it back, so that neighbours of this kind share no Cast. Read off the streams
/// of single operators (tests/data/oracle/probes.csv).
bool needs_f32(const Graph& graph, OpId op);

}  // namespace tpuscope
