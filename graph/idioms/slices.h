// Boxes of a tensor that chains of Slices cut out.

#pragma once

#include "graph/idioms/match.h"

namespace tpuscope {

/// A strided box of `source`: index i along an axis is source index start + i * step.
struct SlicedBox {
  Value source{};
  IntList starts{};
  IntList steps{};
  Shape extents{};
  MatchedOps ops{};  ///< the Slices that cut it, the last first; empty when it is the tensor itself
};

/// The box that `value` is of the tensor above its whole chain of Slices, or of `source`, where
/// that is one of the chain.
SlicedBox sliced_box(const Graph& graph, Value value, std::optional<Value> source = {});

/// The axis of which a Slice takes less than all, if it is the only one.
std::optional<std::size_t> cut_axis(const OpView& slice);

}  // namespace tpuscope
