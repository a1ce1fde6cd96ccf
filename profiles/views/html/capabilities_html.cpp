// The answer of `explain --capabilities` as one HTML page, bundled from
// profiles/pages/capabilities.

#include "embedded/capabilities_page.h"

#include "base/text.h"
#include "base/writer.h"
#include "profiles/views/html/html_page.h"
#include "profiles/views/whatif_views.h"

namespace tpuscope {
namespace {

void write_capabilities_html(const RankedCapabilities& subject, ByteSink& sink) {
  write_page(
      embedded::capabilities_page().at("capabilities_page.html"),
      "Missing capabilities of " + subject.report->identity.model,
      [&](JsonWriter& json) {
        json.object([&] { write_members(json, *subject.ranking, *subject.report); });
      },
      sink);
}

TPU_REGISTER(register_writer<RankedCapabilities>(
    {.name = "html",
     .summary = "page with what the compiler could do and does not",
     .signature = "<meta name=\"generator\" content=\"tpuscope explain\">",
     .flag = {.name = "--html",
              .value = "FILE",
              .help = "with --capabilities: write them as a page"},
     .write = write_capabilities_html}));

}  // namespace
}  // namespace tpuscope
