// Configuration: on what and how a drawn network runs, as one line of text that stands in front of
// a stored graph.

#pragma once

#include <string>
#include <string_view>

#include "passes/planner/options.h"
#include "passes/precision/precision.h"
#include "sim/chip/chip.h"
#include "tests/generators/choices.h"

namespace tpuscope::generators {

struct Configuration {
  std::string chip = "bm1684x";
  ChipOverrides overrides{};  ///< smaller memories, other lanes, more cores
  DType precision = DType::kF16;
  Boundary boundary = Boundary::kSource;
  std::string switches = "optimized";
  GroupMethod method = GroupMethod::kDp;

  /// "chip=bm1684x precision=f16 io=native switches=optimized method=dp
  /// set=local_memory.kib_per_lane=16".
  std::string text() const;
};

/// Reads what text() writes; keys that are left out have their defaults.
Result<Configuration> parse_configuration(std::string_view text);

Configuration draw_configuration(Choices& choices);

}  // namespace tpuscope::generators
