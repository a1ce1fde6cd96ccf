// Typed attributes of operators.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace tpuscope {

using IntList = std::vector<std::int64_t>;
using FloatList = std::vector<double>;
using AttributeValue = std::variant<bool, std::int64_t, double, std::string, IntList, FloatList>;

/// Kinds in the order of AttributeValue's alternatives.
enum class AttributeKind : std::uint8_t { kBool, kInt, kFloat, kString, kInts, kFloats };

AttributeKind kind_of(const AttributeValue& value);
std::string_view name_of(AttributeKind kind);
/// true, 3, 0.5, "max", [1,2], [0.5,1.0]: what the text form writes and reads.
std::string attribute_text(const AttributeValue& value);

/// Attributes of one op, sorted by name. Getters check that the attribute exists with that kind:
/// Graph::add fills in defaults and refuses unknown names, so inside an op's functions it does.
class Attributes {
 public:
  Attributes() = default;
  Attributes(std::initializer_list<std::pair<std::string, AttributeValue>> values);

  void set(std::string name, AttributeValue value);
  void erase(std::string_view name);
  /// Null when absent.
  const AttributeValue* find(std::string_view name) const;

  bool flag(std::string_view name) const;
  std::int64_t integer(std::string_view name) const;
  double number(std::string_view name) const;
  const std::string& text(std::string_view name) const;
  const IntList& integers(std::string_view name) const;
  const FloatList& numbers(std::string_view name) const;

  const std::vector<std::pair<std::string, AttributeValue>>& all() const { return values_; }
  friend bool operator==(const Attributes&, const Attributes&) = default;

 private:
  std::vector<std::pair<std::string, AttributeValue>> values_;
};

/// One row of an op's attribute table: used by the parser, the verifier, the printer and `list`.
struct AttributeDef {
  std::string_view name;
  /// Also fixes the kind.
  AttributeValue default_value;
  std::string_view help;
  bool required = false;
  bool is_ours = false;  ///< unknown to the ONNX operator of the same name, and not written there
};

}  // namespace tpuscope
