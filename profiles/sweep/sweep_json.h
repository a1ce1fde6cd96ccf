// The JSON form of a sweep as a value, for the writers that put it somewhere.

#pragma once

#include <nlohmann/json_fwd.hpp>

#include "profiles/sweep/analysis.h"

namespace tpuscope {

nlohmann::ordered_json sweep_json(const SweepAnalysis& analysis);

}  // namespace tpuscope
