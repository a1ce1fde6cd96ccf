// OpDef: everything the program knows about one operator type. Each is defined and registered in
// its own file under graph/ops; nothing else lists the operators.

#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "base/registry.h"
#include "base/result.h"
#include "graph/attribute.h"
#include "graph/host_tensor.h"
#include "graph/local_rule.h"
#include "graph/region.h"
#include "graph/shape.h"
#include "graph/work.h"

namespace tpuscope {

struct OpDef;

/// One op, or one tile of it, as its own functions see it: types without the graph around it.
struct OpView {
  const Attributes* attributes = nullptr;
  std::vector<TensorType> inputs{};
  std::vector<TensorType> results{};

  const Attributes& attrs() const { return *attributes; }
  const TensorType& input(std::size_t operand) const { return inputs.at(operand); }
  const TensorType& result(std::size_t index = 0) const { return results.at(index); }
  bool has_input(std::size_t operand) const { return operand < inputs.size(); }
};

/// How an op treats the positions of elements; what layout passes and the tiler ask.
enum class LayoutRule : std::uint8_t {
  kFixed,        ///< dimensions have their own meanings (convolution, matmul)
  kElementwise,  ///< element i of the result depends on element i of (broadcast) operands
  kRows,         ///< independent along every axis but those of `row_axes` (softmax, layer norm)
  kMovement,     ///< moves elements and computes nothing (permute, concat, slice)
  kView,         ///< same elements in the same order (reshape, squeeze)
  kSource,       ///< inputs and weights
  kSink,         ///< outputs
};

/// Number of operands an op takes.
struct Arity {
  std::size_t min = 1;
  std::size_t max = 1;
};
inline constexpr std::size_t kAnyNumber = 1U << 16U;

struct OpDef {
  std::string_view name{};
  std::string_view summary{};
  Arity operands{};
  std::vector<AttributeDef> attributes{};
  LayoutRule layout = LayoutRule::kFixed;

  /// Types of the results from those of the operands and the attributes. Required.
  Result<std::vector<TensorType>> (*infer)(const OpView& op) = nullptr;

  /// Reference kernel: values of the results. `op` has inputs and results set. Plain loops that
  /// state the meaning; rounding to the result type is done by the caller. Null for sources.
  Result<std::vector<HostTensor>> (*evaluate)(const OpView& op,
                                              std::span<const HostTensor> inputs) = nullptr;

  /// Arithmetic of the op or of a tile of it. Null for ops that compute nothing.
  Work (*work)(const OpView& op) = nullptr;

  /// Copies between global tensors; for kMovement ops.
  Movement (*movement)(const OpView& op) = nullptr;

  /// The part of operand `operand` that result 0 needs within `result`, clamped to the operand.
  /// Null means: kElementwise ops need the same (broadcast) region, others the whole operand.
  Region (*input_region)(const OpView& op, std::size_t operand, const Region& result) = nullptr;

  /// Axes of result 0 along which the op may be cut in independent tiles (given that
  /// input_region gives what a tile needs). Null: all axes of kElementwise, all but row axes of
  /// kRows, none otherwise.
  std::vector<bool> (*divisible_axes)(const OpView& op) = nullptr;

  /// Channels of result 0 (axis 1) of which a tile has all or none, as those of a convolution's
  /// group. Null: any number, where the axis may be cut at all.
  std::int64_t (*channel_unit)(const OpView& op) = nullptr;

  /// For kRows: the axes that belong together, as flags over operand 0's axes.
  std::vector<bool> (*row_axes)(const OpView& op) = nullptr;

  /// Of ops over maps: the axes of operand 0, as flags, along which each result needs all of an
  /// image (norms, pooling of a whole map), so that they come in pieces where it is too large.
  std::vector<bool> (*image_axes)(const OpView& op) = nullptr;

  /// What keeps the op out of layer groups; null: see local_obstacle().
  LocalAnswer (*local_obstacle)(const LocalQuery& query) = nullptr;
  /// Axes of result 0 along which its group may be sliced. Null: `divisible_axes`, for kRows only
  /// those before the row.
  std::vector<bool> (*local_splits)(const LocalQuery& query) = nullptr;
};

using OpRegistry = Registry<OpDef>;

/// Registers an op: `const bool registered = register_op({...});` in its file.
bool register_op(OpDef definition);

/// The view with the defaults of the op's attribute table filled in is `attributes`; unknown or
/// mistyped attributes and missing required ones are errors.
Result<Attributes> complete_attributes(const OpDef& def, const Attributes& given);

/// An op of one 8-bit operand that looks its result up has its table, the results of all 256
/// operands, as an operand beyond those of its definition, once passes/precision/tables.h has added
/// it.
TensorType table_type();
bool is_table(const OpDef& def, std::size_t operand);
/// Whether the op looks its result up and has no table yet.
bool wants_table(const OpDef& def, const OpView& op);

/// Checks operand count and runs the shape rule; checks the shapes that come out.
Result<std::vector<TensorType>> infer_types(const OpDef& def, const Attributes& attributes,
                                            const std::vector<TensorType>& inputs);

/// Region of `operand` that a tile of result 0 needs, with OpDef's defaults applied.
Region input_region(const OpDef& def, const OpView& op, std::size_t operand, const Region& result);

/// Axes of result 0 that may be cut, with OpDef's defaults applied.
std::vector<bool> divisible_axes(const OpDef& def, const OpView& op);

}  // namespace tpuscope
