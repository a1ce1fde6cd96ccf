// Extents of HeadAttention, which its rule, its work and what asks for its operands share.

#pragma once

#include "graph/op_def.h"

namespace tpuscope {

/// What one head of attention is made of. Optional operands follow the first three in this order.
struct HeadAttentionExtents {
  std::int64_t batch = 1;
  std::int64_t queries = 1;   ///< rows of the result
  std::int64_t keys = 1;      ///< rows of x
  std::int64_t channels = 1;  ///< of x
  std::int64_t width = 1;     ///< of the head
  std::int64_t columns = 1;   ///< of the result
  std::size_t bias = 0;       ///< operand; 0: none
  std::size_t mask = 0;
  std::size_t table = 0;  ///< of exponentials, in 8 bits

  /// Elements of the bias: one per row of the head for each product that has one.
  std::int64_t bias_length(const IntList& biased) const {
    const auto heads = (biased[0] + biased[1] + biased[2]) * width;
    return heads + biased[3] * columns;
  }
};
HeadAttentionExtents head_attention_extents(const OpView& op);

}  // namespace tpuscope
