// Which ops have an INT8 form in the vendor's compiler, and what their operands are there.

#pragma once

#include <cstdint>

#include "graph/graph.h"

namespace tpuscope {

enum class Int8Rule : std::uint8_t {
  kInteger,  ///< 8-bit operands, 8-bit result
  kFollow,   ///< moves or selects elements of any type: takes what its operand has
  kFloat,    ///< no INT8 form, or one that costs too much accuracy
};

/// The rule of an op in its network.
Int8Rule int8_rule(const Graph& graph, OpId op);

/// Whether the op is the mean of whole maps, which the vendor's compiler makes a pool.
bool is_spatial_mean(const Op& op);

/// Element type of a float operand of an op in its INT8 form: i32 for the bias of a product, which
/// is added to 32-bit sums, i8 otherwise.
DType int8_operand(const Op& op, std::size_t operand);

}  // namespace tpuscope
