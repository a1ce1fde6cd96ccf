// A sweep as one HTML page that needs no network: lines, heat map and table, in the look of the
// report's page. The page comes from profiles/pages/sweep, bundled when the program is built.

#include <optional>

#include "embedded/sweep_page.h"

#include "base/text.h"
#include "base/writer.h"
#include "profiles/sweep/analysis.h"
#include "profiles/sweep/points_file.h"
#include "profiles/views/html/html_page.h"

namespace tpuscope {
namespace {

/// Figures by metric, a number or null per point: less text than a name for each.
void write_page_columns(JsonWriter& json, const SweepAnalysis& analysis) {
  json.object("figures", [&] {
    for (std::size_t i = 0; i < sweep_metrics().size(); ++i) {
      const SweepMetric& metric = sweep_metrics()[i];
      json.list(metric.name, *analysis.points, [&](const SweepPoint& point) {
        if (point.ok()) {
          write_figure(json, metric, point.figures[i]);
        } else {
          json.null();
        }
      });
    }
  });
}

void write_page_axes(JsonWriter& json, const SweepHeader& header) {
  json.objects("axes", header.axes, [&](const SweepAxis& axis) {
    json.member("key", axis.key);
    json.list("values", axis.values,
              [&](const std::string& value) { json.value(sanitised_utf8(value)); });
    json.member("numbers", axis.is_numeric() ? std::optional(axis.numbers) : std::nullopt);
  });
}

/// Where more of a number stops paying: the axis and the point of each.
void write_page_knees(JsonWriter& json, const SweepAnalysis& analysis) {
  json.array("knees", [&] {
    for (const SweepLine& line : analysis.lines) {
      if (!line.knee) continue;
      json.object([&] {
        json.member("axis", line.axis);
        json.member("point", (*analysis.points)[line.points[line.knee->at]].index);
      });
    }
  });
}

void write_page_points(JsonWriter& json, const SweepAnalysis& analysis) {
  const std::vector<SweepPoint>& points = *analysis.points;
  json.list("index", points, [&](const SweepPoint& point) { json.value(point.index); });
  json.list("bound", points, [&](const SweepPoint& point) {
    json.value(point.ok() ? std::optional(verdict_of(point).bound()) : std::nullopt);
  });
  json.list("unbeaten", analysis.is_unbeaten, [&](bool is) { json.value(is ? 1 : 0); });
  json.object("errors", [&] {
    for (std::size_t i = 0; i < points.size(); ++i) {
      if (!points[i].ok()) json.member(std::to_string(i), sanitised_utf8(points[i].error));
    }
  });
}

void write_page_sweep(JsonWriter& json, const SweepAnalysis& analysis) {
  const auto place = [&](std::string_view key, const std::optional<std::size_t>& position) {
    json.member(key, position ? std::optional((*analysis.points)[*position].index) : std::nullopt);
  };
  json.member("tool", "tpuscope " TPUSCOPE_VERSION);
  json.member("model", sanitised_utf8(analysis.header->model));
  json.object("base", [&] {
    for (const auto& [key, value] : analysis.header->base)
      json.member(key, sanitised_utf8(value));
  });
  write_page_axes(json, *analysis.header);
  json.objects("metrics", sweep_metrics(), [&](const SweepMetric& metric) {
    json.member("name", metric.name);
    json.member("title", metric.title);
    json.member("larger_is_better", metric.larger_is_better);
  });
  json.member("metric", sweep_metrics()[analysis.metric].name);
  place("reference", analysis.reference);
  json.member("reference_is_base", analysis.reference_is_base);
  json.key("base_figures");
  if (analysis.base != nullptr) {
    json.object([&] {
      for (std::size_t i = 0; i < sweep_metrics().size(); ++i) {
        json.key(sweep_metrics()[i].name);
        write_figure(json, sweep_metrics()[i], analysis.base->figures[i]);
      }
    });
  } else {
    json.null();
  }
  json.objects("pareto", analysis.pareto, [&](const SweepMeasure& measure) {
    json.member("text", measure_text(measure));
    json.member("metric", measure.metric ? std::optional(sweep_metrics()[*measure.metric].name)
                                         : std::nullopt);
    json.member("axis", measure.axis);
  });
  place("best", analysis.best);
  json.member("sentences", sweep_sentences(analysis));
  write_page_knees(json, analysis);
  write_page_points(json, analysis);
  write_page_columns(json, analysis);
}

void write_sweep_html(const SweepAnalysis& analysis, ByteSink& sink) {
  write_page(
      embedded::sweep_page().at("sweep_page.html"), "Sweep of " + analysis.header->model,
      [&](JsonWriter& json) { json.object([&] { write_page_sweep(json, analysis); }); }, sink);
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
