// Escapes of Markdown: see markdown.h.

#include "profiles/views/text/markdown.h"

#include <cctype>

#include "base/text.h"

namespace tpuscope {

std::string as_markdown(std::string_view text) {
  const std::string clean = sanitised_utf8(text);
  const auto is_word = [&](std::size_t at) {
    return at < clean.size() && std::isalnum(static_cast<unsigned char>(clean[at])) != 0;
  };
  std::string escaped;
  for (std::size_t i = 0; i < clean.size(); ++i) {
    const bool is_mark = std::string_view("|\\`*<>[]").find(clean[i]) != std::string_view::npos;
    const bool is_edge = clean[i] == '_' && !(i > 0 && is_word(i - 1) && is_word(i + 1));
    if (is_mark || is_edge) escaped += '\\';
    escaped += clean[i];
  }
  return escaped;
}

}  // namespace tpuscope
