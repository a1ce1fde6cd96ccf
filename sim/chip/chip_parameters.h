// What a fit has to know of a chip's numbers beyond their values.

#pragma once

#include <string_view>

namespace tpuscope {

/// Whether the number "gdma.start_cycles" must be whole. A check fails when a chip has no such
/// number.
bool is_whole_number(std::string_view path);

}  // namespace tpuscope
