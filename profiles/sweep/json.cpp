// A sweep as JSON: header, every figure of every point, and what the analysis found.

#include <optional>

#include "base/text.h"
#include "base/writer.h"
#include "profiles/sweep/analysis.h"
#include "profiles/sweep/points_file.h"

namespace tpuscope {
namespace {

void write_point(JsonWriter& json, const SweepAnalysis& analysis, std::size_t position) {
  const SweepHeader& header = *analysis.header;
  const SweepPoint& point = (*analysis.points)[position];
  const std::vector<std::size_t> values = header.values_at(point.index);
  json.member("point", point.index);
  json.object("settings", [&] {
    for (std::size_t axis = 0; axis < values.size(); ++axis)
      json.member(header.axes[axis].key, sanitised_utf8(header.axes[axis].values[values[axis]]));
  });
  if (!point.ok()) {
    json.member("error", sanitised_utf8(point.error));
    json.member("hint", sanitised_utf8(point.hint));
    return;
  }
  json.object("figures", [&] {
    for (std::size_t i = 0; i < point.figures.size(); ++i) {
      json.key(sweep_metrics()[i].name);
      write_figure(json, sweep_metrics()[i], point.figures[i]);
    }
  });
  const Verdict verdict = verdict_of(point);
  json.member("bound_by", verdict.bound());
  json.member("bound_share", verdict.share);
  json.member("pareto", static_cast<bool>(analysis.is_unbeaten[position]));
  if (point.planned_as) json.member("planned_as", *point.planned_as);
}

void write_line(JsonWriter& json, const SweepAnalysis& analysis, const SweepLine& line) {
  const auto index_of = [&](std::size_t position) { return (*analysis.points)[position].index; };
  json.member("key", analysis.header->axes[line.axis].key);
  json.list("points", line.points, [&](std::size_t position) { json.value(index_of(position)); });
  json.member("elasticity", line.elasticities);
  if (!line.knee) return;
  json.object("knee", [&] {
    json.member("point", index_of(line.points[line.knee->at]));
    json.member("above", line.knee->is_upward);
    json.member("elasticity_before", line.knee->elasticity_before);
    json.member("elasticity_behind", line.knee->elasticity_after);
    if (line.knee->takes_over.empty()) return;
    json.member("takes_over", line.knee->takes_over);
    json.member("takeover_elasticity", line.knee->takeover_elasticity);
  });
}

void write_document(JsonWriter& json, const SweepAnalysis& analysis) {
  const auto place = [&](std::string_view key, const std::optional<std::size_t>& position) {
    json.member(key, position ? std::optional((*analysis.points)[*position].index) : std::nullopt);
  };
  json.member("schema", 1);
  json.member("kind", "tpuscope.sweep");
  write_sweep_identity(json, *analysis.header);
  json.objects("metrics", sweep_metrics(), [&](const SweepMetric& metric) {
    json.member("name", metric.name);
    json.member("title", metric.title);
    json.member("summary", metric.summary);
    json.member("larger_is_better", metric.larger_is_better);
  });
  json.member("metric", sweep_metrics()[analysis.metric].name);
  place("reference", analysis.reference);
  json.member("reference_is_base", analysis.reference_is_base);
  if (analysis.base != nullptr) {
    json.object("base_figures", [&] {
      for (std::size_t i = 0; i < analysis.base->figures.size(); ++i) {
        json.key(sweep_metrics()[i].name);
        write_figure(json, sweep_metrics()[i], analysis.base->figures[i]);
      }
    });
  }
  place("best", analysis.best);
  json.list("pareto", analysis.pareto,
            [&](const SweepMeasure& measure) { json.value(measure.name); });
  json.array("points", [&] {
    for (std::size_t i = 0; i < analysis.points->size(); ++i)
      json.object([&] { write_point(json, analysis, i); });
  });
  json.objects("lines", analysis.lines,
               [&](const SweepLine& line) { write_line(json, analysis, line); });
  json.member("sentences", sweep_sentences(analysis));
}

void write_sweep_json(const SweepAnalysis& analysis, ByteSink& sink) {
  JsonWriter json(sink);
  json.object([&] { write_document(json, analysis); });
  json.finish("\n");
}

TPU_REGISTER(register_writer<SweepAnalysis>({.name = "json",
                                             .summary = "every figure of every point",
                                             .signature = "\"kind\":\"tpuscope.sweep\"",
                                             .write = write_sweep_json}));

}  // namespace
}  // namespace tpuscope
