// The report as one HTML page that needs no network: style, script and data are in it, and its
// content security policy allows nothing else. The page comes from profiles/pages/report, bundled
// when the program is built.

#include <string>

#include "embedded/html_page.h"
#include <nlohmann/json.hpp>

#include "base/check.h"
#include "base/text.h"
#include "passes/pipeline.h"
#include "passes/precision/precision.h"
#include "profiles/views/html/html_data.h"
#include "profiles/views/html/html_page.h"
#include "profiles/views/sensitivities_json.h"

namespace tpuscope {
namespace {

using Json = nlohmann::ordered_json;

Json switches_html_json(const std::vector<SwitchStep>& steps) {
  Json json = Json::array();
  for (const SwitchStep& step : steps) {
    json.push_back({{"name", step.name},
                    {"time_ps", step.makespan.value},
                    {"alone_ps", step.alone.value},
                    {"left_out_ps", step.left_out.value},
                    {"average_ps", step.average.value},
                    {"average_error_ps", step.average_error.value},
                    {"did", step.did}});
  }
  return json;
}

Json averages_html_json(const SwitchStudy& study) {
  return {{"is_exact", study.is_exact}, {"orders", study.orders}};
}

Json precisions_html_json(const std::vector<PrecisionRow>& rows) {
  Json json = Json::array();
  for (const PrecisionRow& row : rows) {
    Json times = Json::array();
    for (const VariantFigures& figures : row.presets)
      times.push_back(figures.makespan.value);
    json.push_back({{"name", precision_name(row.precision)},
                    {"times_ps", std::move(times)},
                    {"ddr_bytes", row.presets.back().ddr_bytes},
                    {"useful", row.presets.back().useful}});
  }
  return json;
}

Json presets_json() {
  Json json = Json::array();
  for (const Preset& preset : presets())
    json.push_back(preset.name);
  return json;
}

void write_data(const Results& results, ByteSink& sink) {
  sink.write(
      "{\"tool\":\"tpuscope " TPUSCOPE_VERSION "\",\"steps\":" +
      as_element_text(html_steps().dump()) +
      ",\"switches\":" + as_element_text(switches_html_json(results.study.steps).dump()) +
      ",\"averages\":" + as_element_text(averages_html_json(results.study).dump()) +
      ",\"presets\":" + as_element_text(presets_json().dump()) + ",\"precisions\":" +
      as_element_text(precisions_html_json(results.precisions).dump()) + ",\"sensitivities\":" +
      (results.sensitivities ? as_element_text(sensitivities_json(*results.sensitivities).dump())
                             : "null") +
      ",\"runs\":[");
  if (results.before != nullptr)
    sink.write(as_element_text(html_run(*results.before).dump()) + ",\n");
  sink.write(as_element_text(html_run(*results.after).dump()) + "]}");
}

void write_run_html(const Results& results, ByteSink& sink) {
  const Identity& identity = results.after->report.identity;
  write_page(
      embedded::html_page().at("html_page.html"),
      identity.model + " on " + identity.chip + " (simulated)",
      [&](ByteSink& data) { write_data(results, data); }, sink);
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
