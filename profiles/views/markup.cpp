// Characters that markup gives a meaning.

#include "profiles/views/markup.h"

#include "base/text.h"

namespace tpuscope {

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

}  // namespace tpuscope
