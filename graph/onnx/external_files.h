// Which files hold values of a model besides its own.

#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "base/result.h"

namespace tpuscope {

/// By their names relative to the model's folder: how many bytes each has at least.
Result<std::map<std::string, std::int64_t>> external_files(std::string_view model);

}  // namespace tpuscope
