// The figures of a language model as members of a JSON object, for files and pages.

#pragma once

#include "base/json_writer.h"
#include "profiles/llm/language_study.h"

namespace tpuscope {

void write_members(JsonWriter& json, const LanguageStudy& study);

}  // namespace tpuscope
