// What all operators share: attribute tables, operand counts, default slicing.

#include "graph/op_def.h"

#include <algorithm>
#include <cmath>

#include <fmt/core.h>

#include "base/text.h"

namespace tpuscope {
namespace {

/// No op has a use for NaN, and it would not even equal itself.
bool holds_nan_op_def(const AttributeValue& value) {
  if (const auto* number = std::get_if<double>(&value)) return std::isnan(*number);
  const auto* list = std::get_if<FloatList>(&value);
  return list != nullptr &&
         std::any_of(list->begin(), list->end(), [](double number) { return std::isnan(number); });
}

/// The value as the attribute's kind; whole numbers are accepted for floats.
Result<AttributeValue> as_kind_of(const AttributeDef& row, const AttributeValue& value,
                                  const OpDef& def) {
  const AttributeKind wanted = kind_of(row.default_value);
  const AttributeKind got = kind_of(value);
  if (wanted == got) return value;
  if (wanted == AttributeKind::kFloat && got == AttributeKind::kInt) {
    return AttributeValue(static_cast<double>(std::get<std::int64_t>(value)));
  }
  if (wanted == AttributeKind::kFloats && got == AttributeKind::kInts) {
    const auto& ints = std::get<IntList>(value);
    return AttributeValue(FloatList(ints.begin(), ints.end()));
  }
  return Error{.message = fmt::format("attribute {} of {} is {}, not {}", in_quotes(row.name),
                                      def.name, name_of(wanted), name_of(got))};
}

Result<AttributeValue> checked_attribute(const OpDef& def, std::string_view name,
                                         const AttributeValue& value) {
  std::vector<std::string> known;
  const AttributeDef* row = nullptr;
  for (const AttributeDef& candidate : def.attributes) {
    known.emplace_back(candidate.name);
    if (candidate.name == name) row = &candidate;
  }
  if (row == nullptr) {
    return Error{.message = fmt::format("{} has no attribute {}", def.name, in_quotes(name)),
                 .hint = did_you_mean(name, known)};
  }
  if (holds_nan_op_def(value)) {
    return Error{.message = fmt::format("attribute {} is not a number", in_quotes(name))};
  }
  return as_kind_of(*row, value, def);
}

}  // namespace

Result<Attributes> complete_attributes(const OpDef& def, const Attributes& given) {
  Attributes complete = given;
  for (const auto& [name, value] : given.all()) {
    TPU_TRY(AttributeValue checked, checked_attribute(def, name, value));
    complete.set(name, std::move(checked));
  }
  for (const AttributeDef& row : def.attributes) {
    if (complete.find(row.name) != nullptr) continue;
    if (row.required) {
      return Error{
          .message = fmt::format("{} needs the attribute {}", def.name, in_quotes(row.name)),
          .hint = std::string(row.help)};
    }
    complete.set(std::string(row.name), row.default_value);
  }
  return complete;
}

TensorType table_type() {
  constexpr std::int64_t kResults = 256;
  return {DType::kI8, {1, 1, 1, kResults}};
}

bool is_table(const OpDef& def, std::size_t operand) {
  return operand >= def.operands.max;
}

bool wants_table(const OpDef& def, const OpView& op) {
  if (def.layout != LayoutRule::kElementwise || def.work == nullptr) return false;
  return def.operands.max == 1 && op.inputs.size() == 1 &&
         has_unit(def.work(op), WorkUnit::kLookup);
}

namespace {

/// As many operands as the op takes, and maybe its table.
bool has_right_operands(const OpDef& def, const std::vector<TensorType>& inputs) {
  const bool has_table = def.layout == LayoutRule::kElementwise && inputs.size() == 2 &&
                         is_table(def, 1) && inputs[1] == table_type() &&
                         inputs[0].dtype == table_type().dtype;
  return has_table || (inputs.size() >= def.operands.min && inputs.size() <= def.operands.max);
}

}  // namespace

Result<std::vector<TensorType>> infer_types(const OpDef& def, const Attributes& attributes,
                                            const std::vector<TensorType>& inputs) {
  if (!has_right_operands(def, inputs)) {
    const std::string wanted = def.operands.min == def.operands.max
                                   ? fmt::format("{}", def.operands.min)
                               : def.operands.max == kAnyNumber
                                   ? fmt::format("at least {}", def.operands.min)
                                   : fmt::format("{} to {}", def.operands.min, def.operands.max);
    return Error{.message =
                     fmt::format("{} takes {} operands, got {}", def.name, wanted, inputs.size())};
  }
  TPU_TRY(std::vector<TensorType> results, def.infer({&attributes, inputs, {}}));
  for (const TensorType& type : results)
    TPU_TRY_STATUS(check_shape(type.shape));
  return results;
}

Region input_region(const OpDef& def, const OpView& op, std::size_t operand, const Region& result) {
  if (def.input_region != nullptr) return def.input_region(op, operand, result);
  Region region = whole(op.input(operand).shape);
  if (is_table(def, operand)) return region;
  const bool follows =
      def.layout == LayoutRule::kElementwise ||
      (def.layout == LayoutRule::kRows && op.input(0).rank() == op.result().rank());
  if (!follows) return region;
  const std::size_t skipped = result.size() - region.size();  // broadcasting aligns last axes
  for (std::size_t axis = 0; axis < region.size(); ++axis) {
    if (op.input(operand).shape[axis] == op.result().shape[axis + skipped]) {
      region[axis] = result[axis + skipped];
    }
  }
  return region;
}

std::vector<bool> divisible_axes(const OpDef& def, const OpView& op) {
  if (def.divisible_axes != nullptr) return def.divisible_axes(op);
  std::vector<bool> axes(op.result().rank(), def.layout == LayoutRule::kElementwise);
  if (def.layout == LayoutRule::kRows && def.row_axes != nullptr &&
      op.input(0).rank() == op.result().rank()) {
    const std::vector<bool> rows = def.row_axes(op);
    for (std::size_t axis = 0; axis < axes.size(); ++axis)
      axes[axis] = !rows[axis];
  }
  return axes;
}

bool register_op(OpDef definition) {
  return OpRegistry::instance().add(std::move(definition));
}

}  // namespace tpuscope
