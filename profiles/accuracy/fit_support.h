// What the values of a fit rest on: between which ends they would lie with other networks, and
// which networks tell them.

#pragma once

#include <cstddef>
#include <vector>

#include "profiles/accuracy/surrogate.h"

namespace tpuscope {

/// In parts of a value's range.
struct FitSpread {
  double low = 0;
  double high = 0;
};

/// The share of fits to drawn networks that lies between the ends of a spread.
inline constexpr double kSpreadCoverage = 0.8;

/// Per parameter of the box, from fits to as many networks as there are, drawn with repetition. The
/// same rows give the same spreads, on any number of threads.
std::vector<FitSpread> spreads_of(const std::vector<FitRow>& rows, const FitBox& box,
                                  std::size_t threads);

/// Networks of which a row takes at least `kTellingShare` percent longer per percent of parameter
/// `j`, in ascending order. `scale`: the parameter's value per part of its range, at the centre.
inline constexpr double kTellingShare = 0.05;
std::vector<std::size_t> telling_networks(const std::vector<FitRow>& rows, std::size_t j,
                                          double scale);

}  // namespace tpuscope
