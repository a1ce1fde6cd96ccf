// Files that people name and that are no network we read: what they are, and what to do with them.

#pragma once

#include <optional>
#include <string_view>

#include "base/result.h"

namespace tpuscope {

/// The error for a file that is known by its first bytes; empty for others.
std::optional<Error> foreign_by_content(std::string_view head);

/// The error for a file that is known by its name alone, after nothing could read it.
std::optional<Error> foreign_by_name(std::string_view path);

}  // namespace tpuscope
