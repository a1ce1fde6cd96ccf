// The figures of a run's summary as JSON: part of the report and of the HTML page.

#pragma once

#include <nlohmann/json_fwd.hpp>

#include "profiles/report/metrics.h"

namespace tpuscope {

/// By the names and units of docs/report.schema.json: times in picoseconds, sizes in bytes, shares
/// from 0 to 1.
nlohmann::ordered_json summary_json(const Summary& summary);

}  // namespace tpuscope
