// Rules shared by ops, and the defaults of those that state none. After the compiler's
// LocalGenSupport and AllowDataSplit.

#include "graph/local_rule.h"

#include <algorithm>

#include "graph/op_def.h"

namespace tpuscope {
namespace {

LocalAnswer keeps_first_axes(const OpView& op) {
  const Shape& from = op.input(0).shape;
  const Shape& to = op.result().shape;
  const bool keeps = from.size() >= 2 && to.size() >= 2 && from[0] == to[0] && from[1] == to[1];
  if (keeps) return std::nullopt;
  return LocalObstacle{"view_first_axes", "a view that changes the first two axes is a global one"};
}

/// A tensor with an axis of 0 has no bytes in local memory, and cannot be sliced.
bool has_no_elements(const OpView& op) {
  const auto is_empty = [](const TensorType& type) { return type.elements() == 0; };
  return std::any_of(op.inputs.begin(), op.inputs.end(), is_empty) ||
         std::any_of(op.results.begin(), op.results.end(), is_empty);
}

LocalAnswer default_obstacle(const OpDef& def) {
  switch (def.layout) {
    case LayoutRule::kElementwise:
      return std::nullopt;
    default:
      return LocalObstacle{def.name, "the compiler has no local form of this op"};
  }
}

}  // namespace

std::string_view name_of(GroupType type) {
  switch (type) {
    case GroupType::kNormal:
      return "normal";
    case GroupType::k3d:
      return "3d";
    case GroupType::kSmallC:
      return "small-c";
    case GroupType::kMatMul:
      return "matmul";
  }
  unreachable();
}

LocalAnswer local_obstacle(const OpDef& def, const LocalQuery& query) {
  if (has_no_elements(query.op)) {
    return LocalObstacle{"no_elements", "a tensor without elements takes no part in a group"};
  }
  const LocalAnswer answer =
      def.local_obstacle != nullptr ? def.local_obstacle(query) : default_obstacle(def);
  if (!answer) return answer;
  const auto& lifted = query.support.lifted;
  if (std::find(lifted.begin(), lifted.end(), answer->rule) != lifted.end()) return std::nullopt;
  return answer;
}

std::vector<bool> local_splits(const OpDef& def, const LocalQuery& query) {
  if (def.local_splits != nullptr) return def.local_splits(query);
  std::vector<bool> axes = divisible_axes(def, query.op);
  if (def.layout == LayoutRule::kRows && def.row_axes != nullptr) {
    // Only axes before the row.
    const std::vector<bool> rows = def.row_axes(query.op);
    bool is_before = true;
    for (std::size_t axis = 0; axis < axes.size() && axis < rows.size(); ++axis) {
      is_before = is_before && !rows[axis];
      axes[axis] = axes[axis] && is_before;
    }
  }
  return axes;
}

LocalAnswer always_local(const LocalQuery& /*query*/) {
  return std::nullopt;
}

LocalAnswer local_reshape(const LocalQuery& query) {
  if (const LocalAnswer answer = keeps_first_axes(query.op)) return answer;
  if (query.support.reshape) return std::nullopt;
  return LocalObstacle{"local.reshape", "Reshape has no local form without local.reshape"};
}

LocalAnswer local_squeeze(const LocalQuery& query) {
  if (const LocalAnswer answer = keeps_first_axes(query.op)) return answer;
  if (query.support.squeeze) return std::nullopt;
  return LocalObstacle{"local.squeeze", "Squeeze has no local form without local.squeeze"};
}

LocalAnswer local_binary(const LocalQuery& query) {
  const OpView& op = query.op;
  for (std::size_t i = 0; i < op.inputs.size(); ++i) {
    const bool is_constant = query.weight[i] && op.input(i).elements() == 1;
    if (is_constant) continue;
    if (query.weight[i]) {
      if (!query.support.weight_split) {
        return LocalObstacle{"local.weight_split",
                             "a weight operand cannot be sliced without local.weight_split"};
      }
    } else if (op.input(i).rank() != op.result().rank()) {
      return LocalObstacle{"binary_rank", "operands of different rank are broadcast globally"};
    }
  }
  return std::nullopt;
}

LocalAnswer local_with_filter(const LocalQuery& query) {
  if (query.weight.size() > 1 && query.weight[1]) return std::nullopt;
  return LocalObstacle{"dynamic_filter", "the filter is computed, not a weight"};
}

}  // namespace tpuscope
