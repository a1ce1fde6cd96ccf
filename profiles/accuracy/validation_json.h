// A validation as JSON: what the JSON form writes and the page draws.

#pragma once

#include "base/json_writer.h"
#include "profiles/accuracy/accuracy.h"

namespace tpuscope {

/// One object. Texts are valid UTF-8. Times are in picoseconds, measured ones in milliseconds as
/// measured.
void write_json(JsonWriter& json, const Validation& validation);

}  // namespace tpuscope
