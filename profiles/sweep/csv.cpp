// A sweep for spreadsheets: a row per point, a column per key and per metric.

#include "base/csv.h"

#include <map>

#include <fmt/core.h>

#include "base/writer.h"
#include "profiles/sweep/analysis.h"
#include "profiles/sweep/metric.h"

namespace tpuscope {
namespace {

std::string figure_text(const SweepMetric& metric, double value) {
  return metric.is_whole ? std::to_string(static_cast<std::int64_t>(value)) : number_text(value);
}

/// By axis and point.
using Elasticities = std::map<std::pair<std::size_t, std::size_t>, double>;

Elasticities elasticities_of(const SweepAnalysis& analysis) {
  Elasticities elasticities;
  for (const SweepLine& line : analysis.lines) {
    for (std::size_t i = 0; i < line.points.size(); ++i) {
      if (line.elasticities[i]) elasticities[{line.axis, line.points[i]}] = *line.elasticities[i];
    }
  }
  return elasticities;
}

std::vector<std::string> csv_titles(const SweepHeader& header) {
  std::vector<std::string> titles = {"point"};
  for (const SweepAxis& axis : header.axes)
    titles.push_back(axis.key);
  for (const SweepMetric& metric : sweep_metrics())
    titles.emplace_back(metric.name);
  for (const SweepAxis& axis : header.axes) {
    if (axis.is_numeric()) titles.push_back("elasticity:" + axis.key);
  }
  titles.insert(titles.end(), {"bound_by", "reference", "best", "pareto", "error"});
  return titles;
}

std::vector<std::string> csv_fields(const SweepAnalysis& analysis, std::size_t i,
                                    const Elasticities& elasticities) {
  const SweepHeader& header = *analysis.header;
  const SweepPoint& point = (*analysis.points)[i];
  const std::vector<std::size_t> values = header.values_at(point.index);
  std::vector<std::string> fields = {std::to_string(point.index)};
  for (std::size_t axis = 0; axis < values.size(); ++axis)
    fields.push_back(header.axes[axis].values[values[axis]]);
  for (std::size_t metric = 0; metric < sweep_metrics().size(); ++metric) {
    fields.push_back(point.ok() ? figure_text(sweep_metrics()[metric], point.figures[metric]) : "");
  }
  for (std::size_t axis = 0; axis < header.axes.size(); ++axis) {
    if (!header.axes[axis].is_numeric()) continue;
    const auto found = elasticities.find({axis, i});
    fields.push_back(found == elasticities.end() ? "" : number_text(found->second));
  }
  fields.emplace_back(point.ok() ? verdict_of(point).bound() : "");
  fields.emplace_back(analysis.reference == i ? "1" : "0");
  fields.emplace_back(analysis.best == i ? "1" : "0");
  fields.emplace_back(analysis.is_unbeaten[i] ? "1" : "0");
  fields.push_back(point.error);
  return fields;
}

void write_sweep_csv(const SweepAnalysis& analysis, ByteSink& sink) {
  const Elasticities elasticities = elasticities_of(analysis);
  write_csv_row(sink, csv_titles(*analysis.header));
  for (std::size_t i = 0; i < analysis.points->size(); ++i)
    write_csv_row(sink, csv_fields(analysis, i, elasticities));
}

TPU_REGISTER(register_writer<SweepAnalysis>(
    {.name = "csv",
     .summary = "a row per point",
     .signature = "point,",
     .flag = {.name = "--csv", .value = "FILE", .help = "write every point for spreadsheets"},
     .write = write_sweep_csv}));

}  // namespace
}  // namespace tpuscope
