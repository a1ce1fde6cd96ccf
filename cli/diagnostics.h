// How errors are shown: one line with the place first, one line of advice.

#pragma once

#include "base/json_writer.h"
#include "base/result.h"
#include "cli/console.h"

namespace tpuscope {

/// All errors as text on `err`, and as {"errors":[...]} on `out` where results are JSON.
void print_errors(const Errors& errors, const Console& console);

/// A member with an array of {"code", "where", "message", "hint"}.
void write_errors(JsonWriter& json, std::string_view key, const Errors& errors);

/// "invalid_input" and the like, as in JSON.
std::string_view name_of(ErrorCode code);

}  // namespace tpuscope
