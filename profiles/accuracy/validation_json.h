// A validation as a JSON value: what the JSON form writes and the page draws.

#pragma once

#include <nlohmann/json.hpp>

#include "profiles/accuracy/accuracy.h"

namespace tpuscope {

/// Texts are valid UTF-8. Times are in picoseconds, measured ones in milliseconds as measured.
nlohmann::ordered_json validation_json(const Validation& validation);

}  // namespace tpuscope
