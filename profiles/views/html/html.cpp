// The report as one HTML page that needs no network: style, script and data are in it, and its
// content security policy allows nothing else. The page comes from profiles/pages/report, bundled
// when the program is built.

#include <string>
#include <string_view>
#include <utility>

#include "embedded/html_page.h"

#include "base/base64.h"
#include "base/check.h"
#include "base/gzip.h"
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
  if (results.live) json.object("live", [&] { results.live->write_panel(json); });
  json.array("runs", [&] {
    if (results.before != nullptr) {
      write_html_run(json, *results.before);
      json.break_line();
    }
    write_html_run(json, *results.after);
  });
}

/// The page with `text` put in behind `mark`, which it has once.
void insert_behind(std::string& page, std::string_view mark, std::string_view text) {
  const std::size_t at = page.find(mark);
  TPU_CHECK(at != std::string::npos, "the page has no {}", mark);
  page.insert(at + mark.size(), text);
}

constexpr std::string_view kPolicy = "default-src 'none';";

/// An element with bytes that the page's script unpacks.
std::string packed_element(std::string_view id, std::string_view bytes) {
  StringSink packed;
  GzipSink compressed(packed, "");
  compressed.write(bytes);
  compressed.finish();
  return "<script type=\"application/gzip\" id=\"" + std::string(id) + "\">" +
         base64(packed.text()) + "</script>\n";
}

/// The page with an engine in it, and leave to run that: as a worker from its own bytes, and as
/// WebAssembly. It may still load nothing.
std::string with_engine(std::string page, const LivePart& live) {
  insert_behind(page, kPolicy, " worker-src blob:;");
  insert_behind(page, "script-src", " 'wasm-unsafe-eval'");
  insert_behind(page, "@DATA@</script>\n",
                packed_element("engine-script", live.script) +
                    packed_element("engine-wasm", live.wasm) +
                    packed_element("engine-setup", live.setup));
  return page;
}

void write_run_html(const Results& results, ByteSink& sink) {
  const Identity& identity = results.after->report.identity;
  std::string page(embedded::html_page().at("html_page.html"));
  if (results.live) page = with_engine(std::move(page), *results.live);
  write_page(
      page,
      identity.model + " on " + identity.chip +
          (identity.is_measured ? " (measured)" : " (simulated)"),
      [&](JsonWriter& json) { json.object([&] { write_data(json, results); }); }, sink);
}

/// The page's policy with leave to ask the server that it came from, and no other.
std::string with_own_server(std::string page) {
  insert_behind(page, kPolicy, " connect-src 'self';");
  return page;
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
