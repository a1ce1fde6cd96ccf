// What an A16MatMul computes, from its types: for the op itself and for the kernel that runs it.

#pragma once

#include <cstdint>

#include "graph/op_def.h"

namespace tpuscope {

/// y [rows, columns] of x [rows, inner] and w [columns, inner].
struct PackedProduct {
  std::int64_t rows = 1;
  std::int64_t inner = 1;
  std::int64_t columns = 1;
  std::int64_t bits = 4;    ///< of a weight; 16: half precision
  std::int64_t group = 64;  ///< inner elements that share a scale and a zero point
  bool has_bias = false;

  bool is_packed() const { return bits < 16; }
};
/// Of an A16MatMul whose types have been inferred.
PackedProduct packed_product(const OpView& op);

}  // namespace tpuscope
