// Precision lowering: which element type each tensor of a network has on the chip.

#pragma once

#include <compare>
#include <string_view>
#include <vector>

#include "graph/graph.h"
#include "graph/language/packed_weights.h"
#include "passes/precision/precision_table.h"
#include "sim/chip/chip.h"

namespace tpuscope {

/// The precisions a network can be lowered to, widest first. The i8 among them is INT8, in which
/// ops without an 8-bit form stay in float.
const std::vector<DType>& precisions();

/// "f32", "f16", "bf16", "int8".
std::string_view precision_name(DType precision);

/// "f16" and the like; an unknown name is a kUsage error with a suggestion.
Result<DType> parse_precision(std::string_view name);

/// The float type of ops that INT8 leaves in float: f16 where the chip has it, else f32.
DType float_type_of(const Chip& chip);

/// What becomes of the values of weights.
enum class LoweredValues : std::uint8_t {
  kRounded,  ///< to what the chip holds; 8-bit ones scaled so that the largest becomes 127
  kKept,     ///< as they are: for proofs that rewrites of a lowered network keep its function
};

/// Where the choice of 8-bit tensors comes from.
enum class Int8Choice : std::uint8_t {
  kRules,  ///< the compiler's rules, see int8_rules.h
  kFile,   ///< the quantised file itself, see quantised_file.h
};

/// "w4f16", "w8bf16" and the like: bits of packed weights, and the type of everything else.
struct PackedPrecision {
  std::string_view name{};
  DType half = DType::kF16;
  std::int64_t bits = 4;
};
const std::vector<PackedPrecision>& packed_precisions();

/// What a user may ask for in one word: a precision, or packed weights in half precision.
struct TypeChoice {
  DType precision = DType::kF16;
  std::int64_t weight_bits = 16;
};
Result<TypeChoice> parse_type_choice(std::string_view name);
/// "f16", "w4bf16".
std::string type_choice_name(const TypeChoice& choice);

struct PrecisionOptions {
  DType precision = DType::kF16;
  WeightPacking weights{};
  Int8Choice int8 = Int8Choice::kRules;
  DType float_type = DType::kF16;  ///< see float_type_of
  LoweredValues values = LoweredValues::kRounded;
  Boundary boundary = Boundary::kSource;  ///< where the table names none
  PrecisionTable table{};

  std::strong_ordering operator<=>(const PrecisionOptions&) const = default;
};

/// The name of the precision that is the file's own: i8 by Int8Choice::kFile.
inline constexpr std::string_view kFilePrecision = "file";

/// Gives every float tensor of the network its element type on the chip. Ops that only move
/// elements take the type of what they move; Casts are inserted on every edge whose ends differ,
/// and by default after the inputs and before the outputs of the network, which keep their types.
/// Fails where the table names an op that the network lacks.
Status lower_precision(Graph& graph, const PrecisionOptions& options);
/// Whether a tensor of the network is of 16 bits: as imported, where the file is.
bool has_half_precision(const Graph& graph);

/// As above, for one precision and nothing special.
Status lower_precision(Graph& graph, DType precision,
                       LoweredValues values = LoweredValues::kRounded);

}  // namespace tpuscope
