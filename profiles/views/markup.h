// Text inside of markup: pages and drawings.

#pragma once

#include <string>
#include <string_view>

namespace tpuscope {

/// Text between tags or in a quoted attribute, of HTML and SVG alike.
std::string as_html(std::string_view text);

}  // namespace tpuscope
