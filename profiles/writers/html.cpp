// The report as one HTML page that needs no network: style, script and data are in it, and its
// content security policy allows nothing else. The page comes from profiles/html, bundled when the
// program is built.

#include <string>

#include "embedded/html_page.h"
#include <nlohmann/json.hpp>

#include "graph/check.h"
#include "graph/text.h"
#include "profiles/html_data.h"
#include "profiles/html_page.h"

namespace tpuscope {
namespace {

using Json = nlohmann::ordered_json;

Json switches_json(const std::vector<SwitchStep>& steps) {
  Json json = Json::array();
  for (const SwitchStep& step : steps) {
    json.push_back({{"name", step.name},
                    {"time_ps", step.makespan.value},
                    {"alone_ps", step.alone.value},
                    {"did", step.did}});
  }
  return json;
}

void write_data(const Results& results, ByteSink& sink) {
  sink.write("{\"tool\":\"tpuscope " TPUSCOPE_VERSION "\",\"steps\":" +
             as_element_text(html_steps().dump()) + ",\"switches\":" +
             as_element_text(switches_json(results.steps).dump()) + ",\"runs\":[");
  if (results.before != nullptr)
    sink.write(as_element_text(html_run(*results.before).dump()) + ",\n");
  sink.write(as_element_text(html_run(*results.after).dump()) + "]}");
}

void write_html(const Results& results, const WriterOptions&, ByteSink& sink) {
  const Identity& identity = results.after->report.identity;
  write_page(
      embedded::html_page().at("report.html"),
      identity.model + " on " + identity.chip + " (simulated)",
      [&](ByteSink& data) { write_data(results, data); }, sink);
}

const bool registered =
    register_writer({.name = "html",
                     .summary = "page with timeline, memory maps and tables, for browsers",
                     .extension = ".html",
                     .mark = "<meta name=\"generator\" content=\"tpuscope\">",
                     .write = write_html});

}  // namespace
}  // namespace tpuscope
