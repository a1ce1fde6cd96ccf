// On what and how a drawn network runs, as one line of text that is in front of a stored graph.

#pragma once

#include <string>
#include <string_view>

#include "passes/compile.h"
#include "tests/generators/choices.h"

namespace tpuscope::generators {

/// "chip=bm1684x precision=f16 io=native switches=optimized method=dp
/// set=local_memory.kib_per_lane=16".
std::string configuration_text(const Configuration& configuration);

/// Reads what configuration_text writes; keys that are left out have their defaults.
Result<Configuration> parse_configuration(std::string_view text);

/// Any precision, chips with smaller memories, other lanes and more cores, presets with a switch
/// turned, every method.
Configuration draw_configuration(Choices& choices);

}  // namespace tpuscope::generators
