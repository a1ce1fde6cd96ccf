// Text in Markdown.

#pragma once

#include <string>
#include <string_view>

namespace tpuscope {

/// The text as it is to be read in a cell of a table: what Markdown would take for marks is
/// escaped, except underscores within words, which are none. Bytes that are no UTF-8 are replaced.
std::string as_markdown(std::string_view text);

}  // namespace tpuscope
