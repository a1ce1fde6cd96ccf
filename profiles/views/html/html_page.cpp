// Escaping, and the two places of a page that are filled.

#include "profiles/views/html/html_page.h"

#include "base/check.h"
#include "base/text.h"

namespace tpuscope {

std::string as_element_text(std::string_view json) {
  std::string text;
  for (const char byte : json) {
    if (byte == '<') {
      text += "\\u003c";
    } else {
      text += byte;
    }
  }
  return text;
}

std::string as_html(std::string_view text) {
  std::string html;
  for (const char byte : sanitised_utf8(text)) {
    switch (byte) {
      case '<':
        html += "&lt;";
        break;
      case '&':
        html += "&amp;";
        break;
      case '>':
        html += "&gt;";
        break;
      case '"':
        html += "&quot;";
        break;
      default:
        html += byte;
    }
  }
  return html;
}

void write_page(std::string_view page, std::string_view title,
                const std::function<void(ByteSink&)>& write_data, ByteSink& sink) {
  const auto write_until = [&](std::string_view marker) {
    const std::size_t at = page.find(marker);
    TPU_CHECK(at != std::string_view::npos, "the page has no {}", marker);
    sink.write(page.substr(0, at));
    page.remove_prefix(at + marker.size());
  };
  write_until("@TITLE@");
  sink.write(as_html(title));
  write_until("@DATA@");
  write_data(sink);
  sink.write(page);
}

}  // namespace tpuscope
