// Reads back what the JSON writer wrote. Fields that a newer version adds are ignored; fields that
// are missing are errors with their place.

#include <algorithm>
#include <filesystem>
#include <map>

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include "base/input_file.h"
#include "base/strict_json.h"
#include "base/text.h"
#include "passes/streams/compiled_network.h"
#include "profiles/diff/run_summary.h"

namespace tpuscope {
namespace {

using Json = nlohmann::ordered_json;

/// A list as its words, other values as they stand.
std::string fact_text(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  const bool is_list = value.is_array() && std::all_of(value.begin(), value.end(),
                                                       [](const Json& v) { return v.is_string(); });
  if (!is_list) return value.dump();
  return value.empty() ? "none" : join(value.get<std::vector<std::string>>());
}

/// Walks a document and remembers the first thing that is not as it must be.
class ReportReader {
 public:
  explicit ReportReader(std::string where) : where_(std::move(where)) {}

  RunSummary read(const Json& run) {
    RunSummary summary{.source = where_};
    const Json& context = member(run, "context", Json::value_t::object);
    const Json& model = member(context, "model", Json::value_t::object);
    const auto add_fact = [&](std::string_view name, const Json& parent, const char* key) {
      const auto found = parent.find(key);
      if (found == parent.end() || found->is_null()) return;
      summary.facts.emplace_back(name, fact_text(*found));
    };
    add_fact("model", model, "name");
    add_fact("model digest", model, "sha256");
    add_fact("batch", model, "batch");
    add_fact("precision", context, "precision");
    add_fact("chip", context, "chip");
    add_fact("changed numbers", context, "overrides");
    add_fact("flags", context, "flags");
    add_fact("passes", member(context, "passes", Json::value_t::object), "preset");
    add_fact("tool", context, "tool");
    read_figures(run, summary);
    if (summary.metric("time_ps") == nullptr) complain("/summary/time_ps is missing");
    for (const Json& step : member(run, "waterfall", Json::value_t::array))
      summary.waterfall.emplace_back(text(step, "name"), number(step, "time_ps"));
    std::vector<std::pair<std::int64_t, RunOp>> ops;
    for (const Json& op : member(run, "ops", Json::value_t::array)) {
      RunOp row{.name = text(op, "name"),
                .type = text(op, "type"),
                .time = {number(op, "blame_ps")},
                .bdc = {number(op, "bdc_busy_ps")},
                .gdma = {number(op, "gdma_busy_ps")}};
      for (const Json& node : member(op, "origin", Json::value_t::array)) {
        if (node.is_string()) row.origin.push_back(node.get<std::string>());
      }
      ops.emplace_back(number(op, "id"), std::move(row));
    }
    std::stable_sort(ops.begin(), ops.end(),
                     [](const auto& a, const auto& b) { return a.first < b.first; });
    std::map<std::int64_t, std::int64_t> places;
    for (auto& [id, op] : ops) {
      places.emplace(id, static_cast<std::int64_t>(summary.ops.size()));
      summary.ops.push_back(std::move(op));
    }
    read_spans(run, places, summary);
    return summary;
  }

  const Json& member(const Json& parent, const char* key, Json::value_t type) {
    static const Json kEmpty[] = {Json::object(), Json::array()};
    const auto found = parent.is_object() ? parent.find(key) : parent.end();
    if (found != parent.end() && found->type() == type) return *found;
    complain(fmt::format("there is no {} of the right type", in_quotes(key)));
    return kEmpty[type == Json::value_t::array ? 1 : 0];
  }

  const Errors& errors() const { return errors_; }

 private:
  /// Whole numbers are metrics, others rates, and so is the number of layer groups.
  void read_figures(const Json& run, RunSummary& summary) {
    for (const auto& [key, value] : member(run, "summary", Json::value_t::object).items()) {
      if (value.is_number_integer()) {
        summary.metrics.emplace_back(key, value.get<std::int64_t>());
      } else if (value.is_number()) {
        summary.rates.emplace_back(key, value.get<double>());
      }
    }
    double groups = 0;
    for (const Json& group : member(run, "groups", Json::value_t::array)) {
      const auto ops = group.is_object() ? group.find("ops") : group.end();
      if (ops != group.end() && ops->is_array() && ops->size() > 1) ++groups;
    }
    summary.rates.emplace_back("groups", groups);
  }

  /// Columns of equal length; reports of the first version have none of cores.
  void read_spans(const Json& run, const std::map<std::int64_t, std::int64_t>& places,
                  RunSummary& summary) {
    const Json& spans = member(run, "spans", Json::value_t::object);
    const Json& engine = member(spans, "engine", Json::value_t::array);
    const Json& op = member(spans, "op", Json::value_t::array);
    const Json& start = member(spans, "start_ps", Json::value_t::array);
    const Json& end = member(spans, "end_ps", Json::value_t::array);
    const std::size_t count = engine.size();
    if (op.size() != count || start.size() != count || end.size() != count) {
      complain("the columns of \"spans\" differ in length");
      return;
    }
    const auto core = spans.find("core");
    const bool has_cores = core != spans.end() && core->is_array() && core->size() == count;
    const auto integer = [&](const Json& value) {
      if (value.is_number_integer()) return value.get<std::int64_t>();
      complain("a time in \"spans\" is no integer");
      return std::int64_t{0};
    };
    for (std::size_t i = 0; i < count; ++i) {
      const auto place =
          op[i].is_number_integer() ? places.find(op[i].get<std::int64_t>()) : places.end();
      summary.spans.push_back({.engine = engine[i] == "GDMA" ? Engine::kGdma : Engine::kBdc,
                               .core = has_cores ? integer((*core)[i]) : 0,
                               .op = place == places.end() ? -1 : place->second,
                               .start = {integer(start[i])},
                               .end = {integer(end[i])}});
    }
  }

  std::int64_t number(const Json& parent, const char* key) {
    const Json value = parent.is_object() ? parent.value(key, Json()) : Json();
    if (value.is_number_integer()) return value.get<std::int64_t>();
    complain(fmt::format("{} is no integer", in_quotes(key)));
    return 0;
  }
  std::string text(const Json& parent, const char* key) {
    const Json value = parent.is_object() ? parent.value(key, Json()) : Json();
    if (value.is_string()) return value.get<std::string>();
    complain(fmt::format("{} is no text", in_quotes(key)));
    return "";
  }
  void complain(std::string message) {
    if (errors_.empty()) {
      errors_.push_back({.message = std::move(message),
                         .where = where_,
                         .hint = "reports are written by `tpuscope profile MODEL --report FILE`"});
    }
  }

  std::string where_;
  Errors errors_;
};

}  // namespace

const std::int64_t* RunSummary::metric(std::string_view name) const {
  for (const auto& [key, value] : metrics) {
    if (key == name) return &value;
  }
  return nullptr;
}

std::optional<double> RunSummary::judged(std::string_view name) const {
  const auto number = [&](std::string_view key) -> std::optional<double> {
    const std::int64_t* value = metric(key);
    return value == nullptr ? std::nullopt : std::optional(static_cast<double>(*value));
  };
  if (const auto value = number(name)) return value;
  for (const auto& [key, value] : rates) {
    if (key == name) return value;
  }
  for (const auto& [key, value] : waterfall) {
    if (key + "_ps" == name) return static_cast<double>(value);
  }
  // Sums and other names that sweeps have.
  constexpr std::pair<std::string_view, std::string_view> kSameAs[] = {
      {"compute_ps", "bdc_busy_ps"},  {"gdma_ps", "gdma_busy_ps"},
      {"load_ps", "exposed_load_ps"}, {"store_ps", "exposed_store_ps"},
      {"copy_ps", "exposed_copy_ps"}, {"time_per_image_ps", "time_ps"}};
  for (const auto& [key, other] : kSameAs) {
    if (key == name) return number(other);
  }
  const auto sum = [&](std::string_view a, std::string_view b) -> std::optional<double> {
    const auto first = number(a);
    const auto second = number(b);
    return first && second ? std::optional(*first + *second) : std::nullopt;
  };
  if (name == "ddr_bytes") return sum("ddr_read_bytes", "ddr_write_bytes");
  if (name == "commands") return sum("bdc_commands", "gdma_commands");
  return std::nullopt;
}

Result<RunSummary> read_report(std::string_view json, const std::string& where, bool before) {
  TPU_TRY(const Json document, parse_json(json, where));
  ReportReader reader(where);
  const std::string kind =
      document.is_object() && document.contains("kind") && document["kind"].is_string()
          ? document["kind"].get<std::string>()
          : "";
  if (kind != "tpuscope.report" && kind != "tpuscope.report.comparison") {
    return Error{.message = "is no report: its kind is " + in_quotes(sanitised_utf8(kind)),
                 .where = where,
                 .hint = "reports are written by `tpuscope profile MODEL --report FILE`"};
  }
  if (document.value("schema", Json()) != 1) {
    return Error{.message = "has schema " + document.value("schema", Json()).dump() +
                            ", this version reads 1",
                 .where = where};
  }
  const bool is_comparison = kind == "tpuscope.report.comparison";
  if (before && !is_comparison) {
    return Error{.message = "holds one run, not a before and an after", .where = where};
  }
  RunSummary summary = reader.read(
      is_comparison ? reader.member(document, before ? "before" : "after", Json::value_t::object)
                    : document);
  if (!reader.errors().empty()) return reader.errors();
  return summary;
}

Result<RunSummary> read_run(const std::string& path) {
  std::error_code ignored;
  if (is_compiled(path)) return read_compiled(path);
  constexpr std::string_view kSimulated = "#simulated";
  if (path.ends_with(kSimulated)) {
    const std::string folder = path.substr(0, path.size() - kSimulated.size());
    if (is_compiled(folder)) {
      TPU_TRY(RunSummary summary, read_compiled(folder, true));
      summary.source = sanitised_utf8(path);
      return summary;
    }
  }
  if (std::filesystem::is_directory(path, ignored)) return read_capture(path);
  std::string file = path;
  bool before = false;
  const std::size_t mark = path.rfind('#');
  if (mark != std::string::npos && !std::filesystem::exists(path, ignored)) {
    const std::string which = path.substr(mark + 1);
    if (is_compiled(path.substr(0, mark))) {
      TPU_TRY(RunSummary summary, read_compiled(path.substr(0, mark), false, which));
      summary.source = sanitised_utf8(path);
      return summary;
    }
    if (which != "before" && which != "after") {
      return Error{.code = ErrorCode::kUsage,
                   .message = in_quotes(which) + " is no run of a report",
                   .where = sanitised_utf8(path),
                   .hint = "write FILE#before or FILE#after"};
    }
    before = which == "before";
    file = path.substr(0, mark);
  }
  TPU_TRY(const std::string bytes, read_input(file));
  return read_report(bytes, sanitised_utf8(path), before);
}

}  // namespace tpuscope
