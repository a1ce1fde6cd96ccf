// How errors are shown: one line with the place first, one line of advice.

#pragma once

#include <nlohmann/json_fwd.hpp>

#include "base/result.h"
#include "cli/console.h"

namespace tpuscope {

/// All errors as text on `err`, and as {"errors":[...]} on `out` where results are JSON.
void print_errors(const Errors& errors, const Console& console);

/// {"code", "where", "message", "hint"}.
nlohmann::ordered_json json_of(const Error& error);

/// "invalid_input" and the like, as in JSON.
std::string_view name_of(ErrorCode code);

}  // namespace tpuscope
