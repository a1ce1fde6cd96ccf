// JSON reading that refuses what nlohmann/json would let pass.

#include "base/strict_json.h"

#include <algorithm>
#include <cmath>
#include <set>

#include <fmt/core.h>

#include "base/text.h"

namespace tpuscope {

using Json = nlohmann::ordered_json;

Result<Json> parse_json(std::string_view text, std::string_view where) {
  // The parser's callback sees every key of every open object before duplicates are merged.
  std::vector<std::set<std::string>> open;
  std::string duplicate;
  constexpr int kMaxDepth = 200;  // deeper input is no file of ours and would exhaust the stack
  bool too_deep = false;
  const auto on_event = [&](int depth, Json::parse_event_t event, Json& parsed) {
    if (depth > kMaxDepth) too_deep = true;
    if (event == Json::parse_event_t::object_start) open.emplace_back();
    if (event == Json::parse_event_t::object_end) open.pop_back();
    if (event == Json::parse_event_t::key && duplicate.empty()) {
      const auto& key = parsed.get_ref<const std::string&>();
      if (!open.back().insert(key).second) duplicate = key;
    }
    return !too_deep;
  };
  try {
    Json json = Json::parse(text, on_event, /*allow_exceptions=*/true, /*ignore_comments=*/true);
    if (too_deep) {
      return Error{.message = fmt::format("nested deeper than {} levels", kMaxDepth),
                   .where = std::string(where)};
    }
    if (!duplicate.empty()) {
      return Error{.message = "key " + in_quotes(duplicate) + " appears twice in one object",
                   .where = std::string(where)};
    }
    return json;
  } catch (const nlohmann::json::parse_error& failure) {
    const std::size_t at = std::min(failure.byte, text.size());
    const auto line =
        1 + std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(at), '\n');
    return Error{.message = "not valid JSON",
                 .where = fmt::format("{}:{}", where, line),
                 .hint = sanitised_utf8(failure.what())};
  } catch (const nlohmann::json::exception& failure) {
    return Error{.message = sanitised_utf8(failure.what()), .where = std::string(where)};
  }
}

Status JsonReader::expect_keys(const std::vector<std::string>& known) const {
  if (!value_->is_object()) return wrong_type("an object");
  Errors errors;
  for (const auto& [key, member] : value_->items()) {
    if (std::find(known.begin(), known.end(), key) == known.end()) {
      errors.push_back(
          error("unknown key " + in_quotes(sanitised_utf8(key)), did_you_mean(key, known)));
    }
  }
  if (!errors.empty()) return errors;
  return Ok{};
}

Result<JsonReader> JsonReader::at(std::string_view key) const {
  if (!value_->is_object()) return wrong_type("an object");
  const auto found = value_->find(key);
  if (found == value_->end()) return error("key " + in_quotes(key) + " is missing");
  return JsonReader(*found, file_, pointer_ + "/" + std::string(key));
}

Result<std::vector<JsonReader>> JsonReader::elements() const {
  if (!value_->is_array()) return wrong_type("an array");
  std::vector<JsonReader> readers;
  for (std::size_t i = 0; i < value_->size(); ++i) {
    readers.emplace_back((*value_)[i], file_, fmt::format("{}/{}", pointer_, i));
  }
  return readers;
}

Result<std::string> JsonReader::text() const {
  if (!value_->is_string()) return wrong_type("a string");
  return sanitised_utf8(value_->get_ref<const std::string&>());
}

Result<std::int64_t> JsonReader::integer() const {
  if (!value_->is_number_integer()) return wrong_type("an integer");
  return value_->get<std::int64_t>();
}

Result<double> JsonReader::number() const {
  if (!value_->is_number()) return wrong_type("a number");
  const auto number = value_->get<double>();
  if (!std::isfinite(number)) return error("number is not finite");
  return number;
}

Result<bool> JsonReader::flag() const {
  if (!value_->is_boolean()) return wrong_type("true or false");
  return value_->get<bool>();
}

Result<std::vector<std::string>> JsonReader::texts() const {
  TPU_TRY(const std::vector<JsonReader> readers, elements());
  std::vector<std::string> texts;
  for (const JsonReader& reader : readers) {
    TPU_TRY(texts.emplace_back(), reader.text());
  }
  return texts;
}

Error JsonReader::wrong_type(std::string_view wanted) const {
  return error(fmt::format("expected {}, found {}", wanted, value_->type_name()));
}

}  // namespace tpuscope
