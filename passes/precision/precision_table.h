// A user's exceptions from the precision of a network: which ops run in another one.

#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "graph/graph.h"

namespace tpuscope {

/// Element types at the inputs and outputs of a network.
enum class Boundary : std::uint8_t {
  kSource,  ///< those of the source, with Casts after inputs and before outputs
  kNative,  ///< what the network computes with: no casts on the chip
};
Result<Boundary> parse_boundary(std::string_view name);

/// Ops that match run in `precision`. At least one of the two conditions is given.
struct PrecisionEntry {
  std::string op{};    ///< pattern of names with * and ?; of the op, its result or its source node
  std::string type{};  ///< type of op
  DType precision = DType::kF32;
  std::string where{};  ///< place in the file, for errors

  std::strong_ordering operator<=>(const PrecisionEntry&) const = default;
};

/// Read from JSON:
///
///     {"entries": [{"op": "blocks.*.fc2", "precision": "f16"}, {"type": "Mul", "precision":
///     "f32"}],
///      "inputs": "native", "outputs": "source"}
///
/// Of several entries that match an op, the last one counts.
struct PrecisionTable {
  std::vector<PrecisionEntry> entries{};
  std::optional<Boundary> inputs{};
  std::optional<Boundary> outputs{};

  std::strong_ordering operator<=>(const PrecisionTable&) const = default;

  /// The precision that the table gives an op; empty when no entry matches.
  std::optional<DType> precision_of(const Op& op) const;
  /// One error, with a suggestion, for each entry that matches no op of the network.
  Status check_names(const Graph& graph) const;
};

/// `where` names the file in errors. Unknown keys, precisions and types of ops are errors.
Result<PrecisionTable> parse_precision_table(std::string_view json, const std::string& where);
Result<PrecisionTable> load_precision_table(const std::string& path);

/// Whether the whole text matches a pattern in which * matches any characters and ? one.
bool matches_glob(std::string_view pattern, std::string_view text);

}  // namespace tpuscope
