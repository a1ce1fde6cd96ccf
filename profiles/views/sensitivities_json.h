// Sensitivities as JSON, the same in explanations, reports and the data of pages.

#pragma once

#include <vector>

#include <nlohmann/json.hpp>

#include "profiles/whatif/critical_path.h"

namespace tpuscope {

/// One object per number of the chip, in the order of the rows: what it is, what it is raised and
/// lowered to, the run's time with each, and the elasticity between the two.
nlohmann::ordered_json sensitivities_json(const std::vector<Sensitivity>& rows);

}  // namespace tpuscope
