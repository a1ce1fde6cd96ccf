// Files that verbs read back: traces, reports, tables. Compressed ones are opened on the way.

#pragma once

#include <string>

#include "base/result.h"

namespace tpuscope {

/// The bytes of a regular file, decompressed when it is a gzip file.
Result<std::string> read_input(const std::string& path);

}  // namespace tpuscope
