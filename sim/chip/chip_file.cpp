// Reading, overriding and printing chip files. Strict, since a number silently ignored or taken
// from the wrong place would spoil every prediction made with it.

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <optional>
#include <set>

#include "embedded/builtin_chips.h"
#include <fmt/core.h>

#include "base/input_file.h"
#include "base/json_writer.h"
#include "base/number.h"
#include "base/strict_json.h"
#include "base/text.h"
#include "sim/chip/chip_fields.h"

namespace tpuscope {
namespace {

constexpr std::string_view kSuffix = ".json";
/// Longer chains of `extends` are loops.
constexpr int kMaxExtends = 8;

std::optional<Evidence> evidence_from_name(std::string_view name) {
  for (const Evidence evidence : {Evidence::kDocumented, Evidence::kInferred, Evidence::kCalibrated,
                                  Evidence::kAssumed, Evidence::kUser}) {
    if (name_of(evidence) == name) return evidence;
  }
  return std::nullopt;
}

/// Empty when the number suits the field, else what is wrong with it.
std::string mismatch(const ChipField& field, double value) {
  if (value < field.min || value > field.max) {
    return fmt::format("{} is {}, outside {} to {}", path_of(field), value, field.min, field.max);
  }
  if (is_whole(field) && value != std::floor(value)) {
    return fmt::format("{} is {}, not a whole number", path_of(field), value);
  }
  return "";
}

Result<ChipValue> read_value(const ChipField& field, const JsonReader& reader) {
  TPU_TRY_STATUS(reader.expect_keys({"value", "evidence", "source", "range"}));
  ChipValue result{.path = path_of(field)};
  TPU_TRY(const JsonReader number, reader.at("value"));
  TPU_TRY(result.value, number.number());
  if (const std::string wrong = mismatch(field, result.value); !wrong.empty()) {
    return number.error(wrong);
  }
  TPU_TRY(const JsonReader evidence_reader, reader.at("evidence"));
  TPU_TRY(const std::string evidence_name, evidence_reader.text());
  const std::optional<Evidence> evidence = evidence_from_name(evidence_name);
  if (!evidence) {
    return evidence_reader.error(
        "unknown evidence " + in_quotes(evidence_name),
        did_you_mean(evidence_name, {"documented", "inferred", "calibrated", "assumed", "user"}));
  }
  result.evidence = *evidence;
  TPU_TRY(const JsonReader source, reader.at("source"));
  TPU_TRY(result.source, source.text());
  if (!reader.has("range")) {
    if (result.evidence != Evidence::kCalibrated) return result;
    return reader.error(path_of(field) + " is calibrated and has no range",
                        "add \"range\": [lowest, highest] that is physically possible");
  }
  TPU_TRY(const JsonReader range, reader.at("range"));
  TPU_TRY(const std::vector<JsonReader> ends, range.elements());
  if (ends.size() != 2) return range.error(fmt::format("range has {} ends, not 2", ends.size()));
  TPU_TRY(result.low, ends[0].number());
  TPU_TRY(result.high, ends[1].number());
  if (result.value < result.low || result.value > result.high) {
    return range.error(fmt::format("{} is {}, outside its range {} to {}", path_of(field),
                                   result.value, result.low, result.high));
  }
  return result;
}

/// Values read so far, by path; a variant's own replace those of the chip that it extends.
using Values = std::map<std::string, ChipValue>;

Status read_sections(const JsonReader& file, Values& values) {
  Errors errors;
  std::vector<std::string> sections{"name", "summary", "extends"};
  std::map<std::string, std::vector<std::string>> keys;
  for (const ChipField& field : chip_fields()) {
    keys[std::string(field.section)].emplace_back(field.key);
  }
  for (const auto& [section, unused] : keys)
    sections.push_back(section);
  TPU_TRY_STATUS(file.expect_keys(sections));
  const auto collect = [&errors](const Errors& more) {
    errors.insert(errors.end(), more.begin(), more.end());
  };
  for (const auto& [section, known] : keys) {
    if (!file.has(section)) continue;
    const Status status = file.at(section).value().expect_keys(known);
    if (!status.ok()) collect(status.errors());
  }
  for (const ChipField& field : chip_fields()) {
    if (!file.has(field.section)) continue;
    const JsonReader section = file.at(field.section).value();
    if (!section.has(field.key)) continue;
    Result<ChipValue> value = read_value(field, section.at(field.key).value());
    if (value.ok()) {
      values[path_of(field)] = *value;
    } else {
      collect(value.errors());
    }
  }
  if (!errors.empty()) return errors;
  return Ok{};
}

Status apply(const ChipOverrides& overrides, Values& values) {
  std::vector<std::string> paths;
  for (const ChipField& field : chip_fields())
    paths.push_back(path_of(field));
  for (const auto& [key, text] : overrides) {
    constexpr std::string_view kPrefix = "chip.";
    const std::string path = key.starts_with(kPrefix) ? key.substr(kPrefix.size()) : key;
    const std::string where = "--set " + key + "=" + text;
    const auto field = std::find_if(chip_fields().begin(), chip_fields().end(),
                                    [&](const ChipField& row) { return path_of(row) == path; });
    if (field == chip_fields().end()) {
      return Error{.code = ErrorCode::kUsage,
                   .message = "a chip has no " + in_quotes(path),
                   .where = where,
                   .hint = did_you_mean(path, paths)};
    }
    const std::optional<double> value = number_in<double>(text);
    if (!value || !std::isfinite(*value)) {
      return Error{
          .code = ErrorCode::kUsage, .message = in_quotes(text) + " is no number", .where = where};
    }
    if (const std::string wrong = mismatch(*field, *value); !wrong.empty()) {
      return Error{.code = ErrorCode::kUsage, .message = wrong, .where = where};
    }
    values[path] = {
        .path = path, .value = *value, .evidence = Evidence::kUser, .source = "--set " + key};
  }
  return Ok{};
}

struct FileText {
  std::string where{};
  std::string text{};
};

/// A built-in chip's file by the chip's name in any case, or by the end of it: "BM1684X", "1684x".
/// Null where no name, or more than one, is meant.
const std::pair<const std::string_view, std::string_view>* builtin_file(const std::string& name) {
  const std::string word = lower_case(name + std::string(kSuffix));
  const auto& files = embedded::builtin_chips();
  const auto exact = files.find(word);
  if (exact != files.end()) return &*exact;
  constexpr std::size_t kLeast = 4;  // digits of a model number
  const std::pair<const std::string_view, std::string_view>* found = nullptr;
  for (const auto& file : files) {
    if (name.size() < kLeast || !file.first.ends_with(word)) continue;
    if (found != nullptr) return nullptr;
    found = &file;
  }
  return found;
}

Result<FileText> find_file(const std::string& name) {
  const bool is_path = name.find('/') != std::string::npos || name.ends_with(kSuffix);
  if (!is_path) {
    if (const auto* file = builtin_file(name); file != nullptr) {
      return FileText{std::string(file->first), std::string(file->second)};
    }
    return Error{.code = ErrorCode::kUsage,
                 .message = "no chip is called " + in_quotes(name),
                 .hint = did_you_mean(name, builtin_chip_names())};
  }
  TPU_TRY(std::string text, read_input(name, kMaxSettingsBytes));
  return FileText{name, std::move(text)};
}

/// Reads one file and, first, the one that it extends. Nearer names win.
Status read_chain(std::string_view text, const std::string& where, int depth, Chip& chip,
                  Values& values) {
  if (depth > kMaxExtends) {
    return Error{.message = fmt::format("extends more than {} chips", kMaxExtends),
                 .where = where,
                 .hint = "a chip cannot extend itself"};
  }
  TPU_TRY(const nlohmann::ordered_json json, parse_json(text, where));
  const JsonReader file(json, where);
  if (file.has("extends")) {
    TPU_TRY(const JsonReader extends, file.at("extends"));
    TPU_TRY(const std::string base, extends.text());
    TPU_TRY(const FileText found, with_location(find_file(base), extends.where()));
    TPU_TRY_STATUS(read_chain(found.text, found.where, depth + 1, chip, values));
  }
  TPU_TRY_STATUS(read_sections(file, values));
  TPU_TRY(const JsonReader name, file.at("name"));
  TPU_TRY(chip.name, name.text());
  if (file.has("summary")) {
    TPU_TRY(chip.summary, file.at("summary").value().text());
  }
  return Ok{};
}

}  // namespace

std::vector<std::string> builtin_chip_names() {
  std::vector<std::string> names;
  for (const auto& [file, text] : embedded::builtin_chips()) {
    names.emplace_back(file.substr(0, file.size() - kSuffix.size()));
  }
  return names;
}

Result<Chip> parse_chip(std::string_view json, const std::string& where,
                        const ChipOverrides& overrides) {
  Chip chip;
  Values values;
  TPU_TRY_STATUS(read_chain(json, where, 0, chip, values));
  TPU_TRY_STATUS(apply(overrides, values));
  Errors errors;
  std::size_t calibrated = 0;
  for (const ChipField& field : chip_fields()) {
    auto found = values.find(path_of(field));
    if (found == values.end() && field.is_optional) {
      found = values
                  .emplace(path_of(field), ChipValue{.path = path_of(field),
                                                     .evidence = Evidence::kAssumed,
                                                     .source = "not stated"})
                  .first;
    }
    if (found == values.end()) {
      errors.push_back({.message = path_of(field) + " is missing",
                        .where = fmt::format("{}:/{}/{}", where, field.section, field.key),
                        .hint = "give every number, or name a chip in \"extends\""});
      continue;
    }
    set(field, chip, found->second.value);
    chip.values.push_back(found->second);
    if (found->second.evidence == Evidence::kCalibrated) ++calibrated;
  }
  if (!errors.empty()) return errors;
  if (calibrated > kMaxCalibrated) {
    return Error{.message = fmt::format("{} values are calibrated, at most {} may be", calibrated,
                                        kMaxCalibrated),
                 .where = where};
  }
  return chip;
}

Result<Chip> load_chip(const std::string& name_or_path, const ChipOverrides& overrides) {
  TPU_TRY(const FileText file, find_file(name_or_path));
  return parse_chip(file.text, file.where, overrides);
}

Result<Chip> with_cores(Chip chip, std::int64_t cores) {
  if (cores < 1 || cores > chip.array.cores) {
    return Error{.code = ErrorCode::kUsage,
                 .message = fmt::format("{} has {} {}, not {}", chip.name, chip.array.cores,
                                        chip.array.cores == 1 ? "core" : "cores", cores),
                 .hint = fmt::format("use 1 to {}, or --set chip.array.cores={} for a machine that "
                                     "does not exist",
                                     chip.array.cores, std::max<std::int64_t>(1, cores))};
  }
  chip.array.cores = cores;
  for (ChipValue& value : chip.values) {
    if (value.path != "array.cores") continue;
    value = {.path = value.path,
             .value = static_cast<double>(cores),
             .evidence = Evidence::kUser,
             .source = "--set array.cores"};
  }
  return chip;
}

std::string to_json(const Chip& chip) {
  StringSink sink;
  JsonWriter json(sink, 2);
  const auto write_value = [&](std::string_view key, const ChipValue& value) {
    json.object(key, [&] {
      json.member("value", value.value);
      json.member("evidence", name_of(value.evidence));
      if (value.high > value.low) json.member("range", std::array{value.low, value.high});
      json.member("source", value.source);
    });
  };
  const auto& fields = chip_fields();
  json.object([&] {
    json.member("name", chip.name);
    json.member("summary", chip.summary);
    // The fields of a section follow each other.
    for (std::size_t i = 0; i < chip.values.size();) {
      const std::string_view section = fields[i].section;
      json.object(section, [&] {
        for (; i < chip.values.size() && fields[i].section == section; ++i)
          write_value(fields[i].key, chip.values.at(i));
      });
    }
  });
  json.finish("\n");
  return sink.text();
}

}  // namespace tpuscope
