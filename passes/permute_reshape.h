// Exchanging a permute with the reshape behind it.

#pragma once

#include <optional>

#include "graph/permutation.h"

namespace tpuscope {

/// A reshape to `shape` followed by a permute of `order`.
struct ReshapeThenPermute {
  Shape shape{};
  Permutation order = Permutation::identity(0);
};

/// The same function as a permute of `order` (whose result has shape `permuted`) followed by a
/// reshape to `reshaped`, in the other sequence. Exists when each axis of `permuted` is split, or
/// axes that are neighbours before and after the permute are merged; otherwise empty.
std::optional<ReshapeThenPermute> commute(const Permutation& order, const Shape& permuted,
                                          const Shape& reshaped);

}  // namespace tpuscope
