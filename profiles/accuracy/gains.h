// Gains: how many times faster a run becomes by one change, predicted and measured. What is wrong
// with a time as a whole cancels in a gain, so it is what a prediction is best at.

#pragma once

#include <string>
#include <vector>

#include "profiles/accuracy/prediction.h"

namespace tpuscope {

/// One kind of change on one chip; figures are geometric means over pairs of rows.
struct Gain {
  std::string change{};     ///< "graph passes", "second core", "f16 to int8"
  std::string chip{};       ///< with its cores where there are several
  std::string precision{};  ///< of both rows, or of the row after the change
  std::size_t pairs = 0;
  double predicted = 1;  ///< time before / time after
  double measured = 1;
  double factor = 1;  ///< exp(mean |ln(predicted/measured)|) of the single gains
};

/// Pairs of good rows that differ in nothing but the change. In the order of changes, then of rows.
std::vector<Gain> gains_of(const std::vector<Prediction>& rows);

}  // namespace tpuscope
