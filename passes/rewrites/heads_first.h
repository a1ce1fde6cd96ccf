// Heads in front of tokens, as exporters write attention, and behind them, as the machine's
// operators of language models take it.

#pragma once

#include <string_view>

#include "graph/graph.h"
#include "passes/rewrites/families.h"

namespace tpuscope {

inline bool is_half(DType type) {
  return type == DType::kF16 || type == DType::kBF16;
}

/// Whether a Concat is along the last axis.
bool is_last_axis(const Graph& graph, const Op& concat);

/// [B,heads,tokens,d] as [B,tokens,heads,d], or the way back: the operand of the Permute that made
/// it, or a Permute beside `near`.
Value heads_moved(Graph& graph, Value value, OpId near, std::string_view made_by);

}  // namespace tpuscope
