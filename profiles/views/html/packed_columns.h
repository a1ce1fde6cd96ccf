// Columns of integers as short text: a page with hundreds of thousands of commands must stay a file
// that one can send. Characters are those of Base64, so that nothing in them can end a JSON string
// or an HTML element. profiles/pages/common/columns.mjs reads them back.

#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace tpuscope {

/// 'v' and values, or 'd' and the first value and differences, whichever is shorter. Each number is
/// zigzag coded (0, -1, 1, -2, ...), then cut into groups of seven bits, low ones first, with the
/// eighth bit set on all but the last; the bytes are written in Base64 with padding.
std::string packed(const std::vector<std::int64_t>& column);

}  // namespace tpuscope
