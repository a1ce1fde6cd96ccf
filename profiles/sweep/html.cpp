// A sweep as one HTML page that needs no network: lines, heat map and table, in the look of the
// report's page. The page comes from profiles/sweep/html, bundled when the program is built.

#include <optional>

#include "embedded/sweep_page.h"
#include <nlohmann/json.hpp>

#include "base/text.h"
#include "base/writer.h"
#include "profiles/sweep/analysis.h"
#include "profiles/sweep/metric.h"
#include "profiles/sweep/points_file.h"
#include "profiles/views/html/html_page.h"

namespace tpuscope {
namespace {

using Json = nlohmann::ordered_json;

/// Figures by metric, a number or null per point: less text than a name for each.
Json figures_sweep_html_json(const SweepAnalysis& analysis) {
  Json figures = Json::object();
  for (std::size_t i = 0; i < sweep_metrics().size(); ++i) {
    const SweepMetric& metric = sweep_metrics()[i];
    Json column = Json::array();
    for (const SweepPoint& point : *analysis.points) {
      if (!point.ok()) {
        column.push_back(nullptr);
      } else if (metric.is_whole) {
        column.push_back(static_cast<std::int64_t>(point.figures[i]));
      } else {
        column.push_back(point.figures[i]);
      }
    }
    figures[std::string(metric.name)] = std::move(column);
  }
  return figures;
}

Json axes_json(const SweepHeader& header) {
  Json axes = Json::array();
  for (const SweepAxis& axis : header.axes) {
    Json values = Json::array();
    for (const std::string& value : axis.values)
      values.push_back(sanitised_utf8(value));
    axes.push_back({{"key", axis.key},
                    {"values", std::move(values)},
                    {"numbers", axis.is_numeric() ? Json(axis.numbers) : Json(nullptr)}});
  }
  return axes;
}

/// Where more of a number stops paying: the axis and the point of each.
Json knees_json(const SweepAnalysis& analysis) {
  Json knees = Json::array();
  for (const SweepLine& line : analysis.lines) {
    if (!line.knee) continue;
    knees.push_back(
        {{"axis", line.axis}, {"point", (*analysis.points)[line.points[line.knee->at]].index}});
  }
  return knees;
}

Json page_sweep_html_json(const SweepAnalysis& analysis) {
  const Json header = Json::parse(header_line(*analysis.header));
  const auto place = [&](const std::optional<std::size_t>& position) {
    return position ? Json((*analysis.points)[*position].index) : Json(nullptr);
  };
  Json metrics = Json::array();
  for (const SweepMetric& metric : sweep_metrics()) {
    metrics.push_back({{"name", metric.name},
                       {"title", metric.title},
                       {"larger_is_better", metric.larger_is_better}});
  }
  Json index = Json::array();
  Json bound = Json::array();
  Json unbeaten = Json::array();
  Json errors = Json::object();
  for (std::size_t i = 0; i < analysis.points->size(); ++i) {
    const SweepPoint& point = (*analysis.points)[i];
    index.push_back(point.index);
    bound.push_back(point.ok() ? Json(bound_of(point).name) : Json(nullptr));
    unbeaten.push_back(analysis.is_unbeaten[i] ? 1 : 0);
    if (!point.ok()) errors[std::to_string(i)] = sanitised_utf8(point.error);
  }
  return {{"tool", header["tool"]},
          {"model", header["model"]},
          {"base", header["base"]},
          {"axes", axes_json(*analysis.header)},
          {"metrics", std::move(metrics)},
          {"metric", sweep_metrics()[analysis.metric].name},
          {"reference", place(analysis.reference)},
          {"reference_is_base", analysis.reference_is_base},
          {"best", place(analysis.best)},
          {"sentences", sweep_sentences(analysis)},
          {"knees", knees_json(analysis)},
          {"index", std::move(index)},
          {"bound", std::move(bound)},
          {"unbeaten", std::move(unbeaten)},
          {"errors", std::move(errors)},
          {"figures", figures_sweep_html_json(analysis)}};
}

void write_sweep_html(const SweepAnalysis& analysis, ByteSink& sink) {
  write_page(
      embedded::sweep_page().at("sweep_page.html"), "Sweep of " + analysis.header->model,
      [&](ByteSink& data) { data.write(as_element_text(page_sweep_html_json(analysis).dump())); },
      sink);
}

TPU_REGISTER(register_writer<SweepAnalysis>(
    {.name = "html",
     .summary = "page with lines, heat map and table",
     .signature = "<meta name=\"generator\" content=\"tpuscope sweep\">",
     .flag = {.name = "--html",
              .value = "FILE",
              .help = "write a page with lines, heat map and table"},
     .write = write_sweep_html}));

}  // namespace
}  // namespace tpuscope
