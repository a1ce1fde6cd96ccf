// Conditions of the types of groups. The compiler lists ops by name; here the same sets follow from
// what ops state about themselves.

#include "passes/planner/group_type.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace tpuscope {
namespace {

bool has_unit_group_type(const GroupOp& op, WorkUnit unit) {
  if (op.def->work == nullptr) return false;
  return has_unit(op.def->work(op.view), unit);
}

bool is_product(const GroupOp& op) {
  return has_unit_group_type(op, WorkUnit::kMatMul);
}

/// Works on volumes [n, c, d, h, w], or moves parts of them.
bool needs_depth(const GroupOp& op) {
  const bool is_map = op.def->layout == LayoutRule::kFixed && !is_product(op);
  const bool moves = op.def->layout == LayoutRule::kMovement;
  return (is_map || moves) && op.view.result().rank() == 5;
}

/// Works on rows: elementwise ops, those over a last axis, products and views.
bool works_on_rows(const GroupOp& op) {
  switch (op.def->layout) {
    case LayoutRule::kElementwise:
    case LayoutRule::kView:
      return true;
    case LayoutRule::kRows: {
      if (op.def->row_axes == nullptr) return false;
      const std::vector<bool> rows = op.def->row_axes(op.view);
      return std::count(rows.begin(), rows.end(), true) == 1 && rows.back();
    }
    default:
      return is_product(op);
  }
}

/// Whether operands and result take no more than a quarter of local memory: groups of such ops need
/// no slices, which only the first axis allows where outer axes are joined.
bool needs_no_slices(const GroupOp& op, const Chip& chip) {
  std::int64_t bytes = op.view.results[0].elements() * size_of(op.view.results[0].dtype);
  for (const TensorType& input : op.view.inputs)
    bytes += input.elements() * size_of(input.dtype);
  return 4 * bytes <= chip.local_bytes();
}

/// Whether the outer axes fill the lanes, or do it better than axis 1.
bool gains_from_small_c(const GroupOp& op, const Chip& chip) {
  const std::int64_t lanes = chip.array.lanes;
  if (!op.view.has_input(0)) return false;
  const Shape& shape = op.view.input(0).shape;
  if (shape.size() != 4 && shape.size() != 5) return false;
  if (shape[1] >= lanes && !needs_no_slices(op, chip)) return false;
  const std::int64_t outer = element_count(shape, 0, shape.size() - 1);
  if (outer % lanes == 0) return true;
  return shape[shape.size() - 2] > shape[1] && shape[1] < lanes / 2;
}

/// Kernels of the vendor's compiler that know n, c, h and w only, beside those that work on maps:
/// seen in groups of one op each. Sums with a number are among them, and in INT8 its products.
bool keeps_axes(const GroupOp& op) {
  constexpr std::array<std::string_view, 6> kNames = {"Relu", "LeakyRelu",  "PRelu",
                                                      "Clip", "Reciprocal", "Where"};
  const std::string_view name = op.def->name;
  if (std::find(kNames.begin(), kNames.end(), name) != kNames.end()) return true;
  if (name == "Neg") return op.vector_type == DType::kI8;
  const bool has_number =
      std::find(op.operands.begin(), op.operands.end(), GroupOp::kImmediate) != op.operands.end();
  const bool scales = name == "Mul" || name == "Div";
  return has_number && (!scales || op.vector_type == DType::kI8);
}

/// An operand with the axes of another shape would have to move between lanes.
bool has_equal_operands(const GroupOp& op) {
  if (op.def->layout != LayoutRule::kElementwise) return true;
  for (std::size_t i = 0; i < op.view.inputs.size(); ++i) {
    if (op.operands[i] != GroupOp::kImmediate && !is_table(*op.def, i) &&
        op.view.inputs[i].shape != op.view.result().shape) {
      return false;
    }
  }
  return true;
}

}  // namespace

GroupTraits group_traits(const GroupOp& op, const Chip& chip) {
  const bool is_hdim = is_product(op) && op.view.attrs().find("hdim_is_batch") != nullptr &&
                       op.view.attrs().flag("hdim_is_batch");
  return {.needs_depth = needs_depth(op),
          .works_on_rows = works_on_rows(op),
          .wants_small_c = !is_hdim && op.def->layout != LayoutRule::kView && !keeps_axes(op) &&
                           gains_from_small_c(op, chip) && has_equal_operands(op)};
}

GroupType group_type(const std::vector<GroupTraits>& traits, const GroupRange& range) {
  bool rows = true;
  bool small_c = true;
  for (std::size_t i = range.first; i <= range.last; ++i) {
    if (traits[i].needs_depth) return GroupType::k3d;
    rows = rows && traits[i].works_on_rows;
    small_c = small_c && traits[i].wants_small_c;
  }
  if (rows && small_c) return GroupType::kSmallC;
  return rows ? GroupType::kMatMul : GroupType::kNormal;
}

}  // namespace tpuscope
