// The report as one HTML page that needs no network: style, script and data are in it, and its
// content security policy allows nothing else. The page comes from profiles/pages/report, bundled
// when the program is built.

#include "embedded/html_page.h"

#include "passes/pipeline.h"
#include "profiles/views/glossary.h"
#include "profiles/views/html/html_data.h"
#include "profiles/views/html/html_page.h"
#include "profiles/views/parts_json.h"

namespace tpuscope {
namespace {

void write_data(JsonWriter& json, const Results& results) {
  json.member("tool", "tpuscope " TPUSCOPE_VERSION);
  json.key("steps");
  write_html_steps(json);
  json.key("switches");
  write_json(json, results.study.steps);
  json.key("averages");
  write_averages(json, results.study);
  json.list("presets", presets(), [&](const Preset& preset) { json.value(preset.name); });
  json.key("precisions");
  write_json(json, results.precisions);
  json.key("sensitivities");
  if (results.sensitivities) {
    write_json(json, *results.sensitivities);
  } else {
    json.null();
  }
  json.objects("glossary", glossary_terms(), [&](const GlossaryTerm& term) {
    json.member("term", term.term);
    json.member("meaning", term.meaning);
  });
  json.array("runs", [&] {
    if (results.before != nullptr) {
      write_html_run(json, *results.before);
      json.break_line();
    }
    write_html_run(json, *results.after);
  });
}

void write_run_html(const Results& results, ByteSink& sink) {
  const Identity& identity = results.after->report.identity;
  write_page(
      embedded::html_page().at("html_page.html"),
      identity.model + " on " + identity.chip +
          (identity.is_measured ? " (measured)" : " (simulated)"),
      [&](JsonWriter& json) { json.object([&] { write_data(json, results); }); }, sink);
}

TPU_REGISTER(register_writer<Results>(
    {.name = "html",
     .summary = "page with timeline, memory maps and tables, for browsers",
     .signature = "<meta name=\"generator\" content=\"tpuscope\">",
     .flag = {.name = "--html", .value = "FILE", .help = "write a page with timeline and tables"},
     .advice = "open the page in a browser (it loads nothing from the network)",
     .write = write_run_html}));

}  // namespace
}  // namespace tpuscope
