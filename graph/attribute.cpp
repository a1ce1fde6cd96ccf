// Attribute values, their text, and the sorted list that holds them.

#include "graph/attribute.h"

#include <algorithm>
#include <array>

#include <fmt/core.h>

#include "base/check.h"
#include "base/text.h"

namespace tpuscope {
namespace {

/// Shortest text that reads back as the same double, and never as an integer.
std::string number_text(double value) {
  std::string text = fmt::format("{}", value);
  if (text.find_first_of(".einf") == std::string::npos) text += ".0";
  return text;
}

std::string string_text(std::string_view value) {
  std::string text = "\"";
  for (const char c : value) {
    if (c == '"' || c == '\\') text += '\\';
    text += c;
  }
  return text + '"';
}

template <typename T>
const T& get(const Attributes& attributes, std::string_view name) {
  const AttributeValue* value = attributes.find(name);
  TPU_CHECK(value != nullptr, "no attribute \"{}\"", name);
  const T* typed = std::get_if<T>(value);
  TPU_CHECK(typed != nullptr, "attribute \"{}\" is {}", name, name_of(kind_of(*value)));
  return *typed;
}

}  // namespace

AttributeKind kind_of(const AttributeValue& value) {
  return static_cast<AttributeKind>(value.index());
}

std::string_view name_of(AttributeKind kind) {
  constexpr std::array<std::string_view, 6> kNames = {"bool",   "int",      "float",
                                                      "string", "int list", "float list"};
  return kNames.at(static_cast<std::size_t>(kind));
}

std::string attribute_text(const AttributeValue& value) {
  struct Writer {
    std::string operator()(bool flag) const { return flag ? "true" : "false"; }
    std::string operator()(std::int64_t integer) const { return std::to_string(integer); }
    std::string operator()(double number) const { return number_text(number); }
    std::string operator()(const std::string& text) const { return string_text(text); }
    std::string operator()(const IntList& list) const { return list_text(list); }
    std::string operator()(const FloatList& list) const {
      std::vector<std::string> parts;
      for (const double number : list)
        parts.push_back(number_text(number));
      return "[" + join(parts, ",") + "]";
    }
  };
  return std::visit(Writer{}, value);
}

Attributes::Attributes(std::initializer_list<std::pair<std::string, AttributeValue>> values) {
  for (const auto& [name, value] : values)
    set(name, value);
}

void Attributes::set(std::string name, AttributeValue value) {
  const auto at =
      std::lower_bound(values_.begin(), values_.end(), name,
                       [](const auto& entry, const auto& key) { return entry.first < key; });
  if (at != values_.end() && at->first == name) {
    at->second = std::move(value);
  } else {
    values_.insert(at, {std::move(name), std::move(value)});
  }
}

void Attributes::erase(std::string_view name) {
  std::erase_if(values_, [&](const auto& entry) { return entry.first == name; });
}

const AttributeValue* Attributes::find(std::string_view name) const {
  for (const auto& [key, value] : values_) {
    if (key == name) return &value;
  }
  return nullptr;
}

bool Attributes::flag(std::string_view name) const {
  return get<bool>(*this, name);
}
std::int64_t Attributes::integer(std::string_view name) const {
  return get<std::int64_t>(*this, name);
}
double Attributes::number(std::string_view name) const {
  return get<double>(*this, name);
}
const std::string& Attributes::text(std::string_view name) const {
  return get<std::string>(*this, name);
}
const IntList& Attributes::integers(std::string_view name) const {
  return get<IntList>(*this, name);
}
const FloatList& Attributes::numbers(std::string_view name) const {
  return get<FloatList>(*this, name);
}

}  // namespace tpuscope
