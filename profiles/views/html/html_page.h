// Pages that are one file: a bundled frame (cmake/bundle_html.cmake) with a title and data put in.

#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "base/byte_sink.h"

namespace tpuscope {

/// JSON as text that no HTML parser can take for the end of its element.
std::string as_element_text(std::string_view json);

/// Text between tags or in a quoted attribute.
std::string as_html(std::string_view text);

/// The page with its title (text, not markup) and what `write_data` writes: JSON made by
/// as_element_text.
void write_page(std::string_view page, std::string_view title,
                const std::function<void(ByteSink&)>& write_data, ByteSink& sink);

}  // namespace tpuscope
