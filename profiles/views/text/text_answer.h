// What a reader of a comparison asks first: how long it takes in each precision, whether that is
// within the budget, and what the passes give, by families.

#pragma once

#include <string>
#include <vector>

#include "base/terminal.h"
#include "profiles/views/results.h"

namespace tpuscope {

/// A row per precision with all passes: latency, images/s, what boards took, what bounds it.
/// Empty where no precisions were asked for.
std::string answer_table(const Results& results, const Terminal& terminal);

/// "within the budget of 5.00 ms: 3.91 ms", and what speaks against it; over it, the precision that
/// keeps it, if any. Empty without a budget.
std::string budget_sentence(const Results& results);

/// Switches that are one step of the story: those of one family that follow each other.
struct StudyFamily {
  std::string title{};
  Picoseconds makespan{};  ///< with it and all before it
  std::size_t switches = 0;
};
/// The steps of a study by families, in running order; the first is the starting point.
std::vector<StudyFamily> families_of(const SwitchStudy& study);
/// Whether the run is the same with and without the switch of this step, alone and among all
/// others.
bool is_idle(const SwitchStudy& study, std::size_t step);

/// A row per family that changes the time.
std::string staircase(const Results& results, const Terminal& terminal);

}  // namespace tpuscope
