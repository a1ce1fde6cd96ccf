// Reading and matching of precision tables: see precision_table.h.

#include "passes/precision/precision_table.h"

#include <algorithm>

#include "base/input_file.h"
#include "base/strict_json.h"
#include "base/text.h"
#include "passes/precision/precision.h"

namespace tpuscope {
namespace {

bool matches(const PrecisionEntry& entry, const Op& op) {
  if (!entry.type.empty() && !op.is(entry.type)) return false;
  if (entry.op.empty()) return true;
  const auto named = [&](std::string_view name) { return matches_glob(entry.op, name); };
  return named(op.name) || std::any_of(op.origin.begin(), op.origin.end(), named) ||
         std::any_of(op.results.begin(), op.results.end(),
                     [&](const Tensor& result) { return named(result.name); });
}

/// The error about a name in the file, with its location there.
template <typename T>
Result<T> located(Result<T> result, const JsonReader& reader) {
  if (result.ok()) return result;
  return reader.error(result.error().message, result.error().hint);
}

Result<PrecisionEntry> read_entry(const JsonReader& reader) {
  TPU_TRY_STATUS(reader.expect_keys({"op", "type", "precision"}));
  PrecisionEntry entry{.where = reader.where()};
  if (!reader.has("op") && !reader.has("type")) {
    return reader.error("the entry names no ops", "add \"op\" with a name, or \"type\"");
  }
  if (reader.has("op")) {
    TPU_TRY(const JsonReader op, reader.at("op"));
    TPU_TRY(entry.op, op.text());
    entry.where = op.where();
    if (entry.op.empty()) return op.error("the name is empty", "use \"*\" for all ops");
  }
  if (reader.has("type")) {
    TPU_TRY(const JsonReader type, reader.at("type"));
    TPU_TRY(entry.type, type.text());
    if (OpRegistry::instance().find(entry.type) == nullptr) {
      return type.error("unknown op type " + in_quotes(entry.type),
                        did_you_mean(entry.type, OpRegistry::instance().names()));
    }
  }
  TPU_TRY(const JsonReader precision, reader.at("precision"));
  TPU_TRY(const std::string name, precision.text());
  TPU_TRY(entry.precision, located(parse_precision(name), precision));
  return entry;
}

/// A name within a third of the wrong one's length in edits. A list of all names, as flags get it,
/// would bury the error.
std::string suggestion(const std::string& wrong, const Graph& graph) {
  std::string nearest;
  std::size_t least = wrong.size() / 3 + 1;
  for (const OpId op : graph.ops()) {
    const std::size_t distance = edit_distance(wrong, graph[op].name);
    if (distance >= least) continue;
    least = distance;
    nearest = graph[op].name;
  }
  if (nearest.empty()) return "profile MODEL --top 0 lists the names of all ops";
  return "did you mean " + in_quotes(nearest) + "?";
}

Result<std::optional<Boundary>> read_boundary(const JsonReader& file, std::string_view key) {
  if (!file.has(key)) return std::optional<Boundary>{};
  TPU_TRY(const JsonReader reader, file.at(key));
  TPU_TRY(const std::string name, reader.text());
  TPU_TRY(const Boundary boundary, located(parse_boundary(name), reader));
  return std::optional<Boundary>{boundary};
}

}  // namespace

Result<Boundary> parse_boundary(std::string_view name) {
  if (name == "source") return Boundary::kSource;
  if (name == "native") return Boundary::kNative;
  return Error{.code = ErrorCode::kUsage,
               .message = "unknown type of inputs and outputs " + in_quotes(name),
               .hint = did_you_mean(name, {"source", "native"})};
}

bool matches_glob(std::string_view pattern, std::string_view text) {
  std::size_t at = 0;
  std::size_t next = 0;
  std::size_t star = std::string_view::npos;  // the last * seen, to which a mismatch goes back
  std::size_t resume = 0;
  while (next < text.size()) {
    if (at < pattern.size() && pattern[at] == '*') {
      star = at++;
      resume = next;
    } else if (at < pattern.size() && (pattern[at] == '?' || pattern[at] == text[next])) {
      ++at;
      ++next;
    } else if (star != std::string_view::npos) {
      at = star + 1;
      next = ++resume;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', at) == std::string_view::npos;
}

std::optional<DType> PrecisionTable::precision_of(const Op& op) const {
  const auto last = std::find_if(entries.rbegin(), entries.rend(),
                                 [&](const PrecisionEntry& entry) { return matches(entry, op); });
  if (last == entries.rend()) return std::nullopt;
  return last->precision;
}

Status PrecisionTable::check_names(const Graph& graph) const {
  const std::vector<OpId> ops = graph.ops();
  Errors errors;
  for (const PrecisionEntry& entry : entries) {
    // A type of op that this network lacks is no mistake: tables serve several networks.
    if (entry.op.empty()) continue;
    const bool is_known =
        std::any_of(ops.begin(), ops.end(), [&](OpId op) { return matches(entry, graph[op]); });
    if (is_known || errors.size() == kMaxErrors) continue;
    const std::string kind = entry.type.empty() ? "op" : entry.type;
    errors.push_back({.message = "no " + kind + " is called " + in_quotes(entry.op),
                      .where = entry.where,
                      .hint = suggestion(entry.op, graph)});
  }
  if (!errors.empty()) return errors;
  return Ok{};
}

Result<PrecisionTable> parse_precision_table(std::string_view json, const std::string& where) {
  TPU_TRY(const nlohmann::ordered_json parsed, parse_json(json, where));
  const JsonReader file(parsed, where);
  TPU_TRY_STATUS(file.expect_keys({"entries", "inputs", "outputs"}));
  PrecisionTable table;
  Errors errors;
  const auto collect = [&errors](const Errors& more) {
    errors.insert(errors.end(), more.begin(), more.end());
  };
  if (file.has("entries")) {
    TPU_TRY(const JsonReader list, file.at("entries"));
    TPU_TRY(const std::vector<JsonReader> readers, list.elements());
    for (const JsonReader& reader : readers) {
      Result<PrecisionEntry> entry = read_entry(reader);
      if (entry.ok()) {
        table.entries.push_back(*std::move(entry));
      } else if (errors.size() < kMaxErrors) {
        collect(entry.errors());
      }
    }
  }
  const Result<std::optional<Boundary>> inputs = read_boundary(file, "inputs");
  const Result<std::optional<Boundary>> outputs = read_boundary(file, "outputs");
  if (!inputs.ok()) collect(inputs.errors());
  if (!outputs.ok()) collect(outputs.errors());
  if (!errors.empty()) return errors;
  table.inputs = *inputs;
  table.outputs = *outputs;
  return table;
}

Result<PrecisionTable> load_precision_table(const std::string& path) {
  TPU_TRY(const std::string text, read_input(path, kMaxSettingsBytes));
  return parse_precision_table(text, path);
}

}  // namespace tpuscope
