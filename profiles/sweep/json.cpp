// A sweep as JSON: header, every figure of every point, and what the analysis found.

#include <nlohmann/json.hpp>

#include "base/text.h"
#include "base/writer.h"
#include "profiles/sweep/analysis.h"
#include "profiles/sweep/metric.h"
#include "profiles/sweep/points_file.h"
#include "profiles/sweep/sweep_json.h"

namespace tpuscope {
namespace {

using Json = nlohmann::ordered_json;

Json number_json(bool is_whole, double value) {
  return is_whole ? Json(static_cast<std::int64_t>(value)) : Json(value);
}

Json point_json(const SweepAnalysis& analysis, std::size_t position) {
  const SweepHeader& header = *analysis.header;
  const SweepPoint& point = (*analysis.points)[position];
  Json settings = Json::object();
  const std::vector<std::size_t> values = header.values_at(point.index);
  for (std::size_t axis = 0; axis < values.size(); ++axis)
    settings[header.axes[axis].key] = sanitised_utf8(header.axes[axis].values[values[axis]]);
  Json json = {{"point", point.index}, {"settings", std::move(settings)}};
  if (!point.ok()) {
    json["error"] = sanitised_utf8(point.error);
    json["hint"] = sanitised_utf8(point.hint);
    return json;
  }
  Json figures = Json::object();
  for (std::size_t i = 0; i < point.figures.size(); ++i) {
    const SweepMetric& metric = sweep_metrics()[i];
    figures[std::string(metric.name)] = number_json(metric.is_whole, point.figures[i]);
  }
  const SweepBound bound = bound_of(point);
  json["figures"] = std::move(figures);
  json["bound_by"] = bound.name;
  json["bound_share"] = bound.share;
  json["pareto"] = static_cast<bool>(analysis.is_unbeaten[position]);
  return json;
}

Json line_json(const SweepAnalysis& analysis, const SweepLine& line) {
  const auto index_of = [&](std::size_t position) { return (*analysis.points)[position].index; };
  Json points = Json::array();
  Json elasticities = Json::array();
  for (std::size_t i = 0; i < line.points.size(); ++i) {
    points.push_back(index_of(line.points[i]));
    elasticities.push_back(line.elasticities[i] ? Json(*line.elasticities[i]) : Json(nullptr));
  }
  Json json = {{"key", analysis.header->axes[line.axis].key},
               {"points", std::move(points)},
               {"elasticity", std::move(elasticities)}};
  if (line.knee) {
    json["knee"] = {{"point", index_of(line.points[line.knee->at])},
                    {"above", line.knee->is_upward},
                    {"elasticity_before", line.knee->elasticity_before},
                    {"elasticity_behind", line.knee->elasticity_after}};
  }
  return json;
}

void write_sweep_json(const SweepAnalysis& analysis, ByteSink& sink) {
  sink.write(sweep_json(analysis).dump() + "\n");
}

TPU_REGISTER(register_writer<SweepAnalysis>({.name = "json",
                                             .summary = "every figure of every point",
                                             .signature = "\"kind\":\"tpuscope.sweep\"",
                                             .write = write_sweep_json}));

}  // namespace

Json sweep_json(const SweepAnalysis& analysis) {
  const auto place = [&](const std::optional<std::size_t>& position) {
    return position ? Json((*analysis.points)[*position].index) : Json(nullptr);
  };
  Json header = Json::parse(header_line(*analysis.header));
  Json json = {{"schema", 1}, {"kind", "tpuscope.sweep"}};
  for (const std::string_view key : {"tool", "model", "source", "sha256", "base", "axes"})
    json[std::string(key)] = std::move(header[std::string(key)]);
  Json metrics = Json::array();
  for (const SweepMetric& metric : sweep_metrics()) {
    metrics.push_back({{"name", metric.name},
                       {"title", metric.title},
                       {"summary", metric.summary},
                       {"larger_is_better", metric.larger_is_better}});
  }
  json["metrics"] = std::move(metrics);
  json["metric"] = sweep_metrics()[analysis.metric].name;
  json["reference"] = place(analysis.reference);
  json["reference_is_base"] = analysis.reference_is_base;
  json["best"] = place(analysis.best);
  json["pareto"] = {analysis.pareto[0].name, analysis.pareto[1].name};
  json["points"] = Json::array();
  for (std::size_t i = 0; i < analysis.points->size(); ++i)
    json["points"].push_back(point_json(analysis, i));
  json["lines"] = Json::array();
  for (const SweepLine& line : analysis.lines)
    json["lines"].push_back(line_json(analysis, line));
  json["sentences"] = sweep_sentences(analysis);
  return json;
}

}  // namespace tpuscope
