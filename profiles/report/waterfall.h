// Waterfall: the makespan as a sum of causes, from useful compute at the machine's peak up to the
// time that was simulated.

#pragma once

#include <array>
#include <string_view>

#include "profiles/report/blame.h"

namespace tpuscope {

enum class Step : std::uint8_t {
  kUsefulCompute,
  kPadding,
  kVector,
  kExposedLoad,
  kExposedStore,
  kExposedCopy,
  kHost,
  kConflict,
  kIssue,
  kLayer,
  kCoreImbalance,
  kLaunch,
  kIdle,
};
inline constexpr std::size_t kStepCount = 13;

/// What a step is called and means.
struct StepText {
  std::string_view key{};      ///< in files: "exposed_load"
  std::string_view title{};    ///< for people: "exposed loads"
  std::string_view bound{};    ///< one word: "load"
  std::string_view meaning{};  ///< of a run that this step dominates; follows "31 % of the time"
};
const StepText& text_of(Step step);

/// Time per step.
struct Waterfall {
  std::array<Picoseconds, kStepCount> steps{};

  Picoseconds& operator[](Step step) { return steps[static_cast<std::size_t>(step)]; }
  Picoseconds operator[](Step step) const { return steps[static_cast<std::size_t>(step)]; }
  Picoseconds total() const;
  /// The step with the most time; the earlier of equals.
  Step largest() const;
};

/// Adds a charge to the steps that it consists of. A BDC command's time is split as its cost is:
/// work of the cube and of the other units, padding, bank conflicts, start-up; what cores wait for
/// each other during it is a step of its own. What is added equals
/// the length of the charge to the picosecond.
void add_charge(Waterfall& waterfall, const Charge& charge, const Program& program);

}  // namespace tpuscope
