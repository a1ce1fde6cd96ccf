// Strict reading of JSON files: duplicate keys, unknown keys and wrong types are errors with a JSON
// pointer, where nlohmann/json alone would take the last duplicate silently.

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "base/result.h"

namespace tpuscope {

/// Parses text with comments allowed. Duplicate keys are errors. `where` names the file.
Result<nlohmann::ordered_json> parse_json(std::string_view text, std::string_view where);

/// One value inside a parsed file, with its place for messages.
class JsonReader {
 public:
  JsonReader(const nlohmann::ordered_json& value, std::string file, std::string pointer = "")
      : value_(&value), file_(std::move(file)), pointer_(std::move(pointer)) {}

  const nlohmann::ordered_json& json() const { return *value_; }
  /// "file.json:/ops/12/perm".
  std::string where() const { return file_ + ":" + (pointer_.empty() ? "/" : pointer_); }
  Error error(std::string message, std::string hint = "") const {
    return {.message = std::move(message), .where = where(), .hint = std::move(hint)};
  }

  /// Fails unless this is an object whose keys are all among `known`.
  Status expect_keys(const std::vector<std::string>& known) const;
  bool has(std::string_view key) const { return value_->is_object() && value_->contains(key); }
  /// A member; an error when it is missing.
  Result<JsonReader> at(std::string_view key) const;
  /// The elements of an array.
  Result<std::vector<JsonReader>> elements() const;

  Result<std::string> text() const;
  Result<std::int64_t> integer() const;
  Result<double> number() const;
  Result<bool> flag() const;
  Result<std::vector<std::string>> texts() const;

 private:
  Error wrong_type(std::string_view wanted) const;

  const nlohmann::ordered_json* value_;
  std::string file_;
  std::string pointer_;
};

}  // namespace tpuscope
