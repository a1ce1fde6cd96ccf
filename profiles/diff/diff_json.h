// Parts of a diff's JSON that the file for programs and the page share.

#pragma once

#include <string_view>

#include "base/json_writer.h"
#include "profiles/diff/diff.h"

namespace tpuscope {

/// A member: what is not equal, with both values.
void write_differing_facts(JsonWriter& json, std::string_view key, const Diff& diff);
/// A member: every row with how its ops were matched, their names on both sides, and both times.
void write_diff_rows(JsonWriter& json, std::string_view key, const Diff& diff);

}  // namespace tpuscope
