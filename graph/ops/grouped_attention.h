// What a GroupedAttention computes, from its types: for the op itself and for its kernel.

#pragma once

#include <cstdint>

#include "graph/op_def.h"

namespace tpuscope {

struct AttentionExtents {
  std::int64_t queries = 1;
  std::int64_t past_keys = 0;  ///< in the cache
  std::int64_t new_keys = 1;   ///< of the queries' own tokens
  std::int64_t heads = 1;
  std::int64_t kv_heads = 1;
  std::int64_t width = 1;  ///< of a head

  std::int64_t keys() const { return past_keys + new_keys; }
  std::int64_t group() const { return heads / kv_heads; }
};
/// Of a GroupedAttention whose types have been inferred.
AttentionExtents attention_extents(const OpView& op);

}  // namespace tpuscope
