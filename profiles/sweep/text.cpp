// A sweep for the terminal: what was varied, a row per point with a bar, and what each number is
// worth.

#include "base/text.h"

#include <algorithm>
#include <cmath>
#include <map>

#include <fmt/core.h>

#include "base/figures.h"
#include "base/writer.h"
#include "profiles/sweep/analysis.h"
#include "profiles/sweep/metric.h"
#include "profiles/views/text/table.h"

namespace tpuscope {
namespace {

constexpr std::size_t kBarWidth = 16;

std::string base_of(const SweepHeader& header, std::string_view key) {
  for (const auto& [name, value] : header.base) {
    if (name == key) return value;
  }
  return "";
}

/// What was held: those of the usual settings that are not varied.
std::string identity_of(const SweepHeader& header) {
  std::string text = header.model;
  for (const std::string_view key : {"batch", "precision", "passes", "chip"}) {
    const bool is_varied = std::any_of(header.axes.begin(), header.axes.end(),
                                       [&](const SweepAxis& axis) { return axis.key == key; });
    if (is_varied) continue;
    const std::string_view before = key == "batch" ? "batch " : key == "chip" ? "on " : "";
    text += fmt::format("  {}{}", before, base_of(header, key));
  }
  return text;
}

/// Which points are shown: all, or the reference, the best and others that are not beaten.
std::vector<std::size_t> shown_points(const SweepAnalysis& analysis, std::size_t top) {
  std::vector<std::size_t> all;
  for (std::size_t i = 0; i < analysis.points->size(); ++i)
    all.push_back(i);
  if (top == 0 || all.size() <= top) return all;
  std::vector<std::size_t> chosen;
  const auto choose = [&](std::size_t point) {
    const bool is_new = std::find(chosen.begin(), chosen.end(), point) == chosen.end();
    if (is_new && chosen.size() < top) chosen.push_back(point);
  };
  if (analysis.reference) choose(*analysis.reference);
  if (analysis.best) choose(*analysis.best);
  for (const std::size_t point : all) {
    if (analysis.is_unbeaten[point]) choose(point);
  }
  const bool larger = sweep_metrics()[analysis.metric].larger_is_better;
  std::stable_sort(all.begin(), all.end(), [&](std::size_t a, std::size_t b) {
    const bool a_ok = (*analysis.points)[a].ok();
    const bool b_ok = (*analysis.points)[b].ok();
    if (!a_ok || !b_ok) return a_ok && !b_ok;
    return larger ? analysis.value(a) > analysis.value(b) : analysis.value(a) < analysis.value(b);
  });
  for (const std::size_t point : all)
    choose(point);
  std::sort(chosen.begin(), chosen.end());
  return chosen;
}

/// "plan of 192", or with several axes "plan of local_kib=192 max_ops=8": what a point that takes
/// another's plan differs from it in.
std::string plan_mark(const SweepAnalysis& analysis, const SweepPoint& point) {
  const SweepHeader& header = *analysis.header;
  const std::vector<std::string> keys = short_keys(header);
  const std::vector<std::size_t> own = header.values_at(point.index);
  const std::vector<std::size_t> its = header.values_at(*point.planned_as);
  std::vector<std::string> settings;
  for (std::size_t i = 0; i < own.size(); ++i) {
    if (own[i] == its[i]) continue;
    const std::string name = own.size() == 1 ? "" : keys[i] + "=";
    settings.push_back(name + header.axes[i].values[its[i]]);
  }
  return "plan of " + join(settings, " ");
}

std::string marks_of(const SweepAnalysis& analysis, std::size_t point) {
  std::vector<std::string> marks;
  if (analysis.reference == point && analysis.base == nullptr) {
    marks.emplace_back(analysis.reference_is_base ? "baseline" : "reference");
  }
  if (analysis.best == point) marks.emplace_back("best");
  if (analysis.is_unbeaten[point]) marks.emplace_back("pareto");
  const SweepPoint& row = (*analysis.points)[point];
  if (row.planned_as) marks.push_back(plan_mark(analysis, row));
  return join(marks);
}

class TextView {
 public:
  TextView(const SweepAnalysis& analysis, const Terminal& terminal)
      : analysis_(analysis),
        terminal_(terminal),
        metric_(sweep_metrics()[analysis.metric]),
        keys_(short_keys(*analysis.header)) {
    for (const SweepPoint& point : *analysis.points) {
      if (point.ok()) largest_ = std::max(largest_, point.figures[analysis.metric]);
    }
    if (analysis.base != nullptr) {
      largest_ = std::max(largest_, analysis.base->figures[analysis.metric]);
    }
    for (const SweepLine& line : analysis.lines) {
      for (std::size_t i = 0; i < line.points.size(); ++i) {
        if (line.elasticities[i])
          elasticities_[{line.axis, line.points[i]}] = *line.elasticities[i];
      }
    }
    others_ = {"images_per_second", "ddr_bytes", "groups", "compute_utilisation"};
    std::erase(others_, metric_.name);
  }

  std::string table(const std::vector<std::size_t>& points) const {
    std::vector<Column> columns;
    const auto& axes = analysis_.header->axes;
    for (std::size_t axis = 0; axis < axes.size(); ++axis)
      columns.push_back({.title = keys_[axis], .is_name = !axes[axis].is_numeric()});
    columns.push_back({.title = std::string(metric_.title)});
    if (has_interval()) columns.push_back({.title = "80 % took on boards", .importance = 6});
    columns.push_back({.title = "", .is_name = true, .importance = 3});
    columns.push_back({.title = "change"});
    const auto numeric = std::count_if(axes.begin(), axes.end(),
                                       [](const SweepAxis& axis) { return axis.is_numeric(); });
    for (std::size_t axis = 0; axis < axes.size(); ++axis) {
      if (!axes[axis].is_numeric()) continue;
      columns.push_back(
          {.title = numeric == 1 ? "elasticity" : "e(" + keys_[axis] + ")", .importance = 5});
    }
    int importance = 4;
    for (const std::string_view name : others_) {
      columns.push_back({.title = std::string(sweep_metrics()[*parse_sweep_metric(name)].title),
                         .importance = importance > 1 ? importance-- : importance});
    }
    columns.push_back({.title = "", .is_name = true});
    Table table(columns);
    if (analysis_.base != nullptr) table.add(base_row());
    for (const std::size_t point : points)
      table.add(row(point));
    return table.text(terminal_);
  }

 private:
  /// The machine and network as they are, where that is no point of the grid.
  std::vector<Cell> base_row() const {
    const SweepPoint& point = *analysis_.base;
    const double value = point.figures[analysis_.metric];
    std::vector<Cell> cells;
    for (const SweepAxis& axis : analysis_.header->axes)
      cells.push_back({axis.base});
    cells.push_back({metric_text(metric_, value)});
    if (has_interval()) cells.push_back({interval_of_point(point), Tone::kDim});
    cells.push_back({bar(largest_ > 0 ? value / largest_ : 0, kBarWidth, terminal_)});
    cells.emplace_back();
    for (const SweepAxis& axis : analysis_.header->axes) {
      if (axis.is_numeric()) cells.emplace_back();
    }
    add_others(point, cells);
    cells.push_back({"baseline"});
    return cells;
  }

  void add_others(const SweepPoint& point, std::vector<Cell>& cells) const {
    for (const std::string_view name : others_) {
      const std::size_t metric = *parse_sweep_metric(name);
      cells.push_back({metric_text(sweep_metrics()[metric], point.figures[metric]), Tone::kDim});
    }
  }

  std::vector<Cell> row(std::size_t position) const {
    const SweepPoint& point = (*analysis_.points)[position];
    const auto& axes = analysis_.header->axes;
    const std::vector<std::size_t> values = analysis_.header->values_at(point.index);
    std::vector<Cell> cells;
    for (std::size_t axis = 0; axis < axes.size(); ++axis)
      cells.push_back({axes[axis].values[values[axis]]});
    if (!point.ok()) {
      cells.push_back({"failed", Tone::kWorse});
      std::size_t blanks = (has_interval() ? 3U : 2U) + others_.size();
      for (const SweepAxis& axis : axes)
        blanks += axis.is_numeric() ? 1U : 0U;
      cells.insert(cells.end(), blanks, Cell{});
      cells.emplace_back();
      return cells;
    }
    const double value = analysis_.value(position);
    const bool is_best = analysis_.best == position;
    cells.push_back({metric_text(metric_, value), is_best ? Tone::kBetter : Tone::kPlain});
    if (has_interval()) cells.push_back({interval_of_point(point), Tone::kDim});
    cells.push_back({bar(largest_ > 0 ? value / largest_ : 0, kBarWidth, terminal_)});
    cells.push_back(change(position, value));
    for (std::size_t axis = 0; axis < axes.size(); ++axis) {
      if (!axes[axis].is_numeric()) continue;
      const auto found = elasticities_.find({axis, position});
      cells.push_back({found == elasticities_.end() ? "" : elasticity_text(found->second)});
    }
    add_others(point, cells);
    cells.push_back({marks_of(analysis_, position), is_best ? Tone::kBetter : Tone::kPlain});
    return cells;
  }

  /// Whether the column of what boards took is beside the times.
  bool has_interval() const { return metric_.name == "time_ps"; }

  static std::string interval_of_point(const SweepPoint& point) {
    static const std::size_t low = *parse_sweep_metric("interval_low_ps");
    static const std::size_t high = *parse_sweep_metric("interval_high_ps");
    if (point.figures[high] <= 0) return "";
    return range_text({std::llround(point.figures[low])}, {std::llround(point.figures[high])});
  }

  Cell change(std::size_t position, double value) const {
    if (analysis_.base == nullptr && analysis_.reference == position) return {};
    const double base = analysis_.reference_value().value_or(0);
    if (base <= 0) return {};
    const double ratio = value / base - 1;
    const bool is_better = metric_.larger_is_better ? ratio > 0 : ratio < 0;
    const std::string text = (ratio > 0 ? "+" : "") + percent_text(ratio) + " %";
    if (std::abs(ratio) < 0.0005) return {"=", Tone::kPlain};
    return {text, is_better ? Tone::kBetter : Tone::kWorse};
  }

  const SweepAnalysis& analysis_;
  const Terminal& terminal_;
  const SweepMetric& metric_;
  std::vector<std::string> keys_;
  std::vector<std::string_view> others_{};
  double largest_ = 0;
  std::map<std::pair<std::size_t, std::size_t>, double> elasticities_{};
};

/// Why points failed: each reason once, with the first point that has it.
std::string failures_of(const SweepAnalysis& analysis, const Terminal& terminal) {
  struct Reason {
    const SweepPoint* first = nullptr;
    std::size_t points = 0;
  };
  std::vector<std::pair<std::string, Reason>> reasons;
  for (const SweepPoint& point : *analysis.points) {
    if (point.ok()) continue;
    const auto known = std::find_if(reasons.begin(), reasons.end(),
                                    [&](const auto& entry) { return entry.first == point.error; });
    if (known == reasons.end()) {
      reasons.push_back({point.error, {&point, 1}});
    } else {
      ++known->second.points;
    }
  }
  std::string text;
  for (const auto& [error, reason] : reasons) {
    text += fmt::format("  failed{}: {}: {}\n",
                        reason.points > 1 ? fmt::format(" {} times, first", reason.points) : "",
                        shown(settings_text(*analysis.header, *reason.first), terminal),
                        shown(error, terminal));
  }
  return text.empty() ? text : "\n" + text;
}

void write_sweep_text(const SweepAnalysis& analysis, const WriterView& view, ByteSink& sink) {
  const Terminal& terminal = view.terminal;
  const std::size_t count = analysis.points->size();
  sink.write(painted(shown(identity_of(*analysis.header), terminal), Tone::kHeadline, terminal) +
             "  (simulated)\n\n");
  std::string points_line = fmt::format("{} points", count);
  if (count < analysis.header->size()) {
    points_line += fmt::format(" of {}", analysis.header->size());
  }
  if (analysis.failures > 0) points_line += fmt::format(", {} failed", analysis.failures);
  std::vector<std::string> measures;
  for (const SweepMeasure& measure : analysis.pareto)
    measures.push_back(measure_text(measure));
  sink.write("  " + wrapped(points_line + "   pareto: " + join(measures, " and "), 2, 4, terminal) +
             "\n");
  const std::vector<std::size_t> points = shown_points(analysis, view.top);
  sink.write(TextView(analysis, terminal).table(points));
  if (points.size() < count) {
    sink.write(fmt::format("  {} of {} points shown; all: --top 0\n", points.size(), count));
  }
  sink.write(failures_of(analysis, terminal));
  const std::vector<std::string> sentences = sweep_sentences(analysis);
  if (!sentences.empty()) sink.write("\n");
  for (const std::string& sentence : sentences)
    sink.write("  " + wrapped(sentence, 2, 4, terminal));
}

TPU_REGISTER(register_writer<SweepAnalysis>({.name = "text",
                                             .summary = "table for the terminal",
                                             .signature = "(simulated)",
                                             .write = write_sweep_text}));

}  // namespace
}  // namespace tpuscope
