// A validation as one HTML page that needs no network, bundled from profiles/validation/page and
// the parts that it shares with the report.

#include <string>

#include "embedded/accuracy_page.h"

#include "graph/check.h"
#include "profiles/validation/validation_json.h"
#include "profiles/validation/writer.h"

namespace tpuscope {
namespace {

/// Data as text that no HTML parser can take for the end of its element.
std::string as_element_text(const std::string& json) {
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

void write_html(const Validation& validation, std::size_t, const Terminal&, ByteSink& sink) {
  constexpr std::string_view kMarker = "@DATA@";
  const std::string_view page = embedded::accuracy_page().at("accuracy_page.html");
  const std::size_t at = page.find(kMarker);
  TPU_CHECK(at != std::string_view::npos, "the page has no {}", kMarker);
  sink.write(page.substr(0, at));
  sink.write(as_element_text(validation_json(validation).dump()));
  sink.write(page.substr(at + kMarker.size()));
}

const bool registered =
    register_validation_writer({.name = "html",
                                .summary = "page with predicted against measured, for browsers",
                                .mark = "<meta name=\"generator\" content=\"tpuscope validate\">",
                                .write = write_html});

}  // namespace
}  // namespace tpuscope
