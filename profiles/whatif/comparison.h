// Comparison: what differs between two choices of switches. Switches interact: some pay only
// together with others, and some cost time until another one joins them. So each is judged in four
// ways: alone, added to those above it, left out of all, and on average over all orders.

#pragma once

#include <optional>
#include <string>
#include <vector>

#include "profiles/whatif/shapley.h"
#include "profiles/whatif/variants.h"

namespace tpuscope {

/// The network after one more switch was turned on.
struct SwitchStep {
  std::string
      name{};  ///< of the switch, "-name" if it was turned off; empty for the starting point
  Picoseconds makespan{};
  Picoseconds alone{};          ///< with this switch and no other added to the starting point
  std::string did{};            ///< "12 permutes folded", or empty when it found nothing
  Picoseconds left_out{};       ///< with all the others and without this one
  Picoseconds average{};        ///< what it saves on average over orders; negative: what it costs
  Picoseconds average_error{};  ///< standard error of that; 0 when all orders count
};

struct SwitchStudy {
  std::vector<SwitchStep> steps{};  ///< from before to after, cumulative; empty when not studied
  bool is_exact = true;             ///< averages are over all orders
  std::int64_t orders = 0;          ///< that were drawn, or that there are
  std::size_t runs = 0;             ///< distinct ones that were simulated for it
};

/// Steps from the switches of `before` to `after`: switches that are new, as compilers got them and
/// then in running order, then those taken away. `did` is left empty. Switches that change nothing
/// stay in the list and take no share.
Result<SwitchStudy> study_switches(Variants& variants, const Configuration& before,
                                   const SwitchSet& after, const ShapleyLimits& limits = {});

/// One precision under every preset.
struct PrecisionRow {
  DType precision = DType::kF32;
  std::vector<VariantFigures> presets{};  ///< in the order of presets()
};

/// `chosen` in f32, f16, int8 and its own precision, widest first; those that the chip cannot run
/// are left out.
std::vector<PrecisionRow> precision_table(Variants& variants, const Configuration& chosen,
                                          int year = 0);

}  // namespace tpuscope
