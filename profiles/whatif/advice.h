// Advice: what else could be chosen, each tried by planning and simulating it, so that nothing is
// recommended that was not measured by the same rules as the run itself.

#pragma once

#include <string>
#include <vector>

#include "profiles/whatif/variants.h"

namespace tpuscope {

/// One alternative to the run as it is.
struct AdviceRow {
  std::string change{};  ///< "precision int8", "batch 4"
  /// That make `profile` repeat it, added to those of the run: {"--precision", "int8"}. Empty: no
  /// flag does, the compiler lacks it.
  std::vector<std::string> flags{};
  std::string proviso{};  ///< what must be looked at first: "check the accuracy"
  VariantFigures figures{};
  std::int64_t batch = 1;

  /// What runs of several images are compared by.
  double time_per_image() const {
    return static_cast<double>(figures.makespan.value) / static_cast<double>(batch);
  }
};

struct Advice {
  AdviceRow present{};            ///< the run as it is
  std::vector<AdviceRow> rows{};  ///< least time per image first; those that are slower too
  /// "batch 4: ..." for what could not be run.
  std::vector<std::string> refused{};
  std::size_t runs = 0;  ///< distinct ones that were simulated
};

/// Tries the precisions of the chip, types of inputs and outputs, batches, methods of grouping,
/// cores, chips, ReLU for smooth activations, and the local forms that the compiler lacks: each by
/// itself, all else as in `present`.
Result<Advice> advise(Variants& variants, const Configuration& present);

}  // namespace tpuscope
