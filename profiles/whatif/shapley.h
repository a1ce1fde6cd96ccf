// Shapley values: what each of several changes gives where they pay only together. A change's share
// is what it adds on average over all orders in which the changes can be made; the shares add up to
// what all give. (L. S. Shapley, "A value for n-person games", 1953.)

#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "base/result.h"

namespace tpuscope {

/// A set of changes: bit i for change i.
using Coalition = std::uint64_t;

/// What each of these sets is worth, in order. Asked for many at once so that they can run
/// together.
using WorthOf =
    std::function<Result<std::vector<std::int64_t>>(const std::vector<Coalition>& sets)>;

struct Shapley {
  struct Share {
    double mean = 0;               ///< in the unit of the worth
    double standard_error = 0;     ///< of the mean; 0 when exact
    bool changes_nothing = false;  ///< see shapley_values
  };
  std::vector<Share> shares{};
  bool is_exact = true;
  /// Orders averaged over: all n! of them when exact (as far as that fits), else those sampled.
  std::int64_t orders = 0;
  std::size_t sets = 0;  ///< that were evaluated
};

struct ShapleyLimits {
  std::size_t exact_sets = 256;  ///< exact up to this number of sets of changes
  std::int64_t orders = 64;      ///< sampled otherwise, at most; even
  /// Sampling ends before that when no share's standard error is above this part of what all
  /// changes give.
  double error = 0.05;
  std::uint64_t seed = 1953;
};

/// Shares of `changes` (at most 63) changes. A change that makes no difference alone, none beside
/// any one other and none when it is left out of all gets a share of 0 and leaves the game, which
/// then has fewer sets. Of what remains all sets are evaluated if their number is within the
/// limits; else orders are drawn with a fixed seed, each together with its reverse, which cancels
/// much of the noise.
Result<Shapley> shapley_values(std::size_t changes, const WorthOf& worth,
                               const ShapleyLimits& limits = {});

}  // namespace tpuscope
