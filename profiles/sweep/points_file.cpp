// Lines of JSON and back.

#include "profiles/sweep/points_file.h"

#include <algorithm>
#include <map>

#include <fmt/core.h>

#include "base/strict_json.h"
#include "base/text.h"
#include "profiles/sweep/metric.h"

namespace tpuscope {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kPointsFileKind = "tpuscope.sweep.points";
constexpr std::string_view kTool = "tpuscope " TPUSCOPE_VERSION;

Json metric_names() {
  Json names = Json::array();
  for (const SweepMetric& metric : sweep_metrics())
    names.push_back(metric.name);
  return names;
}

Result<std::string> text_at(const JsonReader& reader, std::string_view key) {
  TPU_TRY(const JsonReader member, reader.at(std::string(key)));
  return member.text();
}

Result<SweepAxis> read_axis(const JsonReader& reader) {
  TPU_TRY_STATUS(reader.expect_keys({"key", "base", "values"}));
  SweepAxis axis;
  TPU_TRY(axis.key, text_at(reader, "key"));
  TPU_TRY(axis.base, text_at(reader, "base"));
  TPU_TRY(const JsonReader list, reader.at("values"));
  TPU_TRY(const std::vector<JsonReader> values, list.elements());
  if (values.empty()) return list.error("an axis without values");
  for (const JsonReader& value : values) {
    TPU_TRY(std::string text, value.text());
    const Result<double> number = parse_number(text);
    if (number.ok()) axis.numbers.push_back(*number);
    axis.values.push_back(std::move(text));
  }
  if (axis.numbers.size() != axis.values.size()) axis.numbers.clear();
  return axis;
}

Result<std::vector<SweepAxis>> read_axes(const JsonReader& reader) {
  TPU_TRY(const JsonReader list, reader.at("axes"));
  TPU_TRY(const std::vector<JsonReader> entries, list.elements());
  std::vector<SweepAxis> axes;
  std::size_t points = 1;
  for (const JsonReader& entry : entries) {
    TPU_TRY(SweepAxis axis, read_axis(entry));
    if (axis.values.size() > kMaxSweepPoints / points) {
      return list.error(fmt::format("the grid has more than {} points", kMaxSweepPoints));
    }
    points *= axis.values.size();
    axes.push_back(std::move(axis));
  }
  return axes;
}

Result<SweepHeader> read_header(const JsonReader& reader) {
  const Error foreign =
      reader.error("no points of a sweep", "give files that `sweep --resume FILE` wrote");
  if (!reader.json().is_object() || !reader.has("kind")) return foreign;
  TPU_TRY(const std::string kind, text_at(reader, "kind"));
  if (kind != kPointsFileKind) return foreign;
  TPU_TRY(const std::string tool, text_at(reader, "tool"));
  if (tool != kTool || !reader.has("metrics") || reader.json()["metrics"] != metric_names()) {
    return reader.error(fmt::format("written by {}, this is {}", sanitised_utf8(tool), kTool),
                        "run the sweep again: figures of two versions cannot be compared");
  }
  TPU_TRY_STATUS(reader.expect_keys({"kind", "schema", "tool", "model", "source", "sha256", "base",
                                     "axes", "metrics", "points"}));
  SweepHeader header;
  TPU_TRY(header.model, text_at(reader, "model"));
  TPU_TRY(header.source, text_at(reader, "source"));
  TPU_TRY(header.sha256, text_at(reader, "sha256"));
  TPU_TRY(const JsonReader base, reader.at("base"));
  for (const auto& [key, unused] : base.json().items()) {
    TPU_TRY(std::string value, text_at(base, key));
    header.base.emplace_back(key, std::move(value));
  }
  TPU_TRY(header.axes, read_axes(reader));
  return header;
}

Result<SweepPoint> read_point(const JsonReader& reader, std::size_t size) {
  TPU_TRY_STATUS(reader.expect_keys({"point", "figures", "error", "hint"}));
  SweepPoint point;
  TPU_TRY(const JsonReader index, reader.at("point"));
  TPU_TRY(const double number, index.number());
  if (number < 0 || number > static_cast<double>(size)) {
    return index.error(fmt::format("point {} of {}", number, size));
  }
  point.index = static_cast<std::size_t>(number);
  if (reader.has("error")) {
    TPU_TRY(point.error, text_at(reader, "error"));
    TPU_TRY(point.hint, text_at(reader, "hint"));
    if (point.error.empty()) return reader.error("an error without words");
    return point;
  }
  TPU_TRY(const JsonReader list, reader.at("figures"));
  TPU_TRY(const std::vector<JsonReader> figures, list.elements());
  if (figures.size() != sweep_metrics().size()) {
    return list.error(fmt::format("{} figures, not {}", figures.size(), sweep_metrics().size()));
  }
  for (const JsonReader& figure : figures) {
    TPU_TRY(const double value, figure.number());
    point.figures.push_back(value);
  }
  return point;
}

/// Points by their place in the grid; two outcomes of one point are an error.
class PointSet {
 public:
  Status add(const SweepPoint& point, const std::string& where) {
    const auto [found, is_new] = points_.try_emplace(point.index, point);
    if (is_new || point_line(found->second) == point_line(point)) return Ok{};
    return Error{.message = fmt::format("point {} has two different outcomes", point.index),
                 .where = where,
                 .hint = "keep the file of one run only"};
  }
  std::vector<SweepPoint> ordered() const {
    std::vector<SweepPoint> points;
    for (const auto& [index, point] : points_)
      points.push_back(point);
    return points;
  }

 private:
  std::map<std::size_t, SweepPoint> points_{};
};

}  // namespace

void write_figure(JsonWriter& json, const SweepMetric& metric, double value) {
  if (metric.is_whole) {
    json.value(static_cast<std::int64_t>(value));
  } else {
    json.value(value);
  }
}

void write_sweep_identity(JsonWriter& json, const SweepHeader& header) {
  json.member("tool", kTool);
  json.member("model", sanitised_utf8(header.model));
  json.member("source", sanitised_utf8(header.source));
  json.member("sha256", header.sha256);
  json.object("base", [&] {
    for (const auto& [key, value] : header.base)
      json.member(key, sanitised_utf8(value));
  });
  json.objects("axes", header.axes, [&](const SweepAxis& axis) {
    json.member("key", axis.key);
    json.member("base", sanitised_utf8(axis.base));
    json.list("values", axis.values,
              [&](const std::string& value) { json.value(sanitised_utf8(value)); });
  });
}

std::string header_line(const SweepHeader& header) {
  StringSink sink;
  JsonWriter json(sink);
  json.object([&] {
    json.member("kind", kPointsFileKind);
    json.member("schema", 1);
    write_sweep_identity(json, header);
    json.list("metrics", sweep_metrics(),
              [&](const SweepMetric& metric) { json.value(metric.name); });
    json.member("points", header.size());
  });
  json.finish("\n");
  return sink.text();
}

std::string point_line(const SweepPoint& point) {
  StringSink sink;
  JsonWriter json(sink);
  json.object([&] {
    json.member("point", point.index);
    if (!point.ok()) {
      json.member("error", sanitised_utf8(point.error));
      json.member("hint", sanitised_utf8(point.hint));
      return;
    }
    json.array("figures", [&] {
      for (std::size_t i = 0; i < point.figures.size(); ++i)
        write_figure(json, sweep_metrics()[i], point.figures[i]);
    });
  });
  json.finish("\n");
  return sink.text();
}

std::string points_text(const SweepHeader& header, const std::vector<SweepPoint>& points,
                        const std::optional<SweepPoint>& base) {
  std::string text = header_line(header);
  if (base) text += point_line(*base);
  for (const SweepPoint& point : points)
    text += point_line(point);
  return text;
}

Result<SweepPoints> parse_points(std::string_view text, const std::string& where) {
  SweepPoints sweep;
  PointSet points;
  std::size_t line_number = 0;
  while (true) {
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos) break;
    const std::string place = fmt::format("{}:{}", where, ++line_number);
    TPU_TRY(const Json json, parse_json(text.substr(0, end), place));
    text.remove_prefix(end + 1);
    const JsonReader reader(json, place);
    if (line_number == 1) {
      TPU_TRY(sweep.header, read_header(reader));
      continue;
    }
    TPU_TRY(const SweepPoint point, read_point(reader, sweep.header.size()));
    TPU_TRY_STATUS(points.add(point, place));
  }
  if (line_number == 0) {
    return Error{.message = "no points of a sweep",
                 .where = where,
                 .hint = "give files that `sweep --resume FILE` wrote"};
  }
  sweep.points = points.ordered();
  if (!sweep.points.empty() && sweep.points.back().index == sweep.header.size()) {
    sweep.base = std::move(sweep.points.back());
    sweep.points.pop_back();
  }
  return sweep;
}

bool is_torn_header(std::string_view text, const SweepHeader& header) {
  const std::string line = header_line(header);
  return text.size() < line.size() && line.starts_with(text);
}

Status check_same_sweep(const SweepHeader& expected, const SweepHeader& found,
                        const std::string& where) {
  const Json a = Json::parse(header_line(expected));
  const Json b = Json::parse(header_line(found));
  if (a == b) return Ok{};
  std::vector<std::string> different;
  for (const auto& [key, value] : a["base"].items()) {
    if (!b["base"].contains(key) || b["base"][key] != value) different.push_back(key);
  }
  for (const auto& [key, value] : b["base"].items()) {
    if (!a["base"].contains(key)) different.push_back(key);
  }
  if (a["axes"] != b["axes"]) different.insert(different.begin(), "--vary");
  for (const std::string_view key : {"sha256", "source", "model"}) {
    if (a[std::string(key)] == b[std::string(key)]) continue;
    different.insert(different.begin(), key == "sha256" ? "the network" : std::string(key));
  }
  return Error{.message = "points of another sweep: " + join(different) + " differ",
               .where = where,
               .hint = "name another file, or repeat the call that wrote it"};
}

Result<SweepPoints> merge_points(const std::vector<SweepPoints>& parts,
                                 const std::vector<std::string>& where) {
  SweepPoints whole{parts.at(0).header, {}};
  PointSet points;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    TPU_TRY_STATUS(check_same_sweep(whole.header, parts[i].header, where[i]));
    for (const SweepPoint& point : parts[i].points)
      TPU_TRY_STATUS(points.add(point, where[i]));
    if (parts[i].base) whole.base = parts[i].base;
  }
  whole.points = points.ordered();
  const std::size_t missing = whole.header.size() - whole.points.size();
  if (missing == 0) return whole;
  std::size_t first = 0;
  while (first < whole.points.size() && whole.points[first].index == first)
    ++first;
  return Error{.message = fmt::format("{} of {} points are missing, the first is point {} ({})",
                                      missing, whole.header.size(), first,
                                      settings_text(whole.header, {.index = first})),
               .hint = fmt::format("of N parts, part {} modulo N has it: run that again", first)};
}

}  // namespace tpuscope
