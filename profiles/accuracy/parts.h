// Texts that the writers of a validation share.

#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "profiles/accuracy/accuracy.h"

namespace tpuscope {

inline constexpr std::string_view kGainTitle = "What a change gains, good rows";
/// Titles of the figures of an Accuracy, and the figures in the same order: "1.12", "0.98", "83 %".
const std::vector<std::string>& accuracy_titles();
std::vector<std::string> accuracy_texts(const Accuracy& accuracy);
/// "0.98" or "-" where there is none.
std::string rank_text(const std::optional<double>& rank);
/// Milliseconds with three significant digits.
std::string milliseconds_text(double milliseconds);
/// "compute 61 %": what the prediction spends most of its time on.
std::string bound_text(const Outcome& outcome);

}  // namespace tpuscope
