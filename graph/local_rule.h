// Local rules: whether the compiler has a form of an op that works on local memory, so that the op
// can be part of a layer group, and along which axes such an op may be sliced. Each op states its
// own rule in its own file; what the compiler learnt one day is a switch.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tpuscope {

struct OpView;

/// How the tensors of a layer group are laid out in local memory, see sim/cost/layout.h.
enum class GroupType : std::uint8_t { kNormal, k3d, kSmallC, kMatMul };
std::string_view name_of(GroupType type);

/// Local forms that the compiler got one after the other.
struct LocalSupport {
  bool slice_5d = false;      ///< Slice of five axes along the third
  bool squeeze = false;       ///< Squeeze and Unsqueeze after the first two axes
  bool reshape = false;       ///< Reshape that keeps the first two axes
  bool weight_split = false;  ///< weights of elementwise ops sliced with their group
  /// Rules that a what-if takes as lifted, by LocalObstacle::rule.
  std::vector<std::string> lifted{};

  bool operator==(const LocalSupport&) const = default;
};

/// The arguments of a rule.
struct LocalQuery {
  const OpView& op;
  const std::vector<bool>& weight;   ///< per operand: a constant of the network
  std::optional<GroupType> group{};  ///< empty: some type of group
  const LocalSupport& support;
};

/// Why an op has no local form.
struct LocalObstacle {
  std::string_view rule{};    ///< stable name: a switch ("local.slice_5d") or "permute", ...
  std::string_view reason{};  ///< a clause for people
};
using LocalAnswer = std::optional<LocalObstacle>;

struct OpDef;
/// The op's obstacle in such a group, if any; lifted rules are none. Of the ops that state no rule,
/// those of kElementwise have a local form, others none.
LocalAnswer local_obstacle(const OpDef& def, const LocalQuery& query);

/// Axes of result 0 along which a group with this op may be sliced.
std::vector<bool> local_splits(const OpDef& def, const LocalQuery& query);

// --- rules that several ops state ---

/// Always a local form.
LocalAnswer always_local(const LocalQuery& query);
/// Views that keep the first two axes are nothing but another name for the same bytes, once the
/// compiler knows it (Reshape: `local.reshape`, Squeeze and Unsqueeze: `local.squeeze`).
LocalAnswer local_reshape(const LocalQuery& query);
LocalAnswer local_squeeze(const LocalQuery& query);
/// Elementwise ops of two operands: equal rank, and weights only where the compiler can slice them.
LocalAnswer local_binary(const LocalQuery& query);
/// The second operand must be a weight.
LocalAnswer local_with_filter(const LocalQuery& query);

}  // namespace tpuscope
