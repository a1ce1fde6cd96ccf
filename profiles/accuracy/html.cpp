// A validation as one HTML page that needs no network, bundled from profiles/pages/accuracy and
// the parts that it shares with the report.

#include "embedded/accuracy_page.h"

#include "base/writer.h"
#include "profiles/accuracy/validation_json.h"
#include "profiles/views/html/html_page.h"

namespace tpuscope {
namespace {

void write_accuracy_html(const Validation& validation, ByteSink& sink) {
  write_page(
      embedded::accuracy_page().at("accuracy_page.html"), "Predicted against measured",
      [&](JsonWriter& json) { write_json(json, validation); }, sink);
}

TPU_REGISTER(register_writer<Validation>(
    {.name = "html",
     .summary = "page with predicted against measured, for browsers",
     .signature = "<meta name=\"generator\" content=\"tpuscope validate\">",
     .flag = {.name = "--html",
              .value = "FILE",
              .help = "write a page with predicted against measured"},
     .write = write_accuracy_html}));

}  // namespace
}  // namespace tpuscope
