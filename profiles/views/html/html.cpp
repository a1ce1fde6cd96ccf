// The report as one HTML page that needs no network: style, script and data are in it, and its
// content security policy allows nothing else. The page comes from profiles/pages/report, bundled
// when the program is built.

#include "embedded/html_page.h"

#include "base/check.h"
#include "passes/pipeline.h"
#include "profiles/views/html/html_data.h"
#include "profiles/views/html/html_page.h"
#include "profiles/views/html/live_page.h"
#include "profiles/views/parts_json.h"
#include "profiles/views/text/text_answer.h"
#include "profiles/views/whatif_views.h"

namespace tpuscope {
namespace {

/// What pages of any run have.
void write_frame(JsonWriter& json) {
  json.member("tool", "tpuscope " TPUSCOPE_VERSION);
  json.key("steps");
  write_html_steps(json);
  json.list("presets", presets(), [&](const Preset& preset) { json.value(preset.name); });
}

void write_data(JsonWriter& json, const Results& results) {
  write_frame(json);
  json.member("budget_ps", results.budget);
  json.key("switches");
  write_json(json, results.study.steps);
  json.objects("families", families_of(results.study), [&](const StudyFamily& family) {
    json.member("title", family.title);
    json.member("switches", family.switches);
  });
  json.key("averages");
  write_averages(json, results.study);
  json.key("precisions");
  write_json(json, results.precisions);
  json.key("sensitivities");
  if (results.sensitivities) {
    write_json(json, *results.sensitivities);
  } else {
    json.null();
  }
  if (results.capabilities) {
    json.key("capabilities");
    write_json(json, *results.capabilities);
  }
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

/// The page's policy with leave to ask the server that it came from, and no other.
std::string with_own_server(std::string page) {
  constexpr std::string_view kPolicy = "default-src 'none';";
  const std::size_t at = page.find(kPolicy);
  TPU_CHECK(at != std::string::npos, "the page has no policy {}", kPolicy);
  return page.insert(at + kPolicy.size(), " connect-src 'self';");
}

TPU_REGISTER(register_writer<Results>(
    {.name = "html",
     .summary = "page with timeline, memory maps and tables, for browsers",
     .signature = "<meta name=\"generator\" content=\"tpuscope\">",
     .flag = {.name = "--html", .value = "FILE", .help = "write a page with timeline and tables"},
     .advice = "open the page in a browser (it loads nothing from the network)",
     .write = write_run_html}));

}  // namespace

std::string live_page(const std::string& title) {
  StringSink sink;
  write_page(
      with_own_server(std::string(embedded::html_page().at("html_page.html"))), title,
      [](JsonWriter& json) {
        json.object([&] {
          write_frame(json);
          json.member("live", true);
        });
      },
      sink);
  return sink.text();
}

}  // namespace tpuscope
