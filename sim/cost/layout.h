// How a tensor is laid out in local memory. The cost of nearly everything follows from it: a tensor
// whose channel extent is 3 uses 3 of 64 lanes, wastes the other 61 in every instruction and needs
// twenty times the bytes per lane.
//
// Channel c lives in lane c % lanes, slot c / lanes. Within a lane n, slot, h and w follow each
// other; in the aligned layout every slot begins on a multiple of the execution units' width.

#pragma once

#include <array>
#include <cstdint>

#include "graph/local_rule.h"
#include "sim/chip/chip.h"

namespace tpuscope {

/// Extents as an instruction sees them: c spread over lanes, h * w over a lane's execution units.
struct LocalShape {
  std::int64_t n = 1;
  std::int64_t c = 1;
  std::int64_t h = 1;
  std::int64_t w = 1;

  std::int64_t elements() const { return n * c * h * w; }
  friend bool operator==(const LocalShape&, const LocalShape&) = default;
};

enum class Alignment : std::uint8_t {
  kAligned,  ///< slots begin on whole vectors: what vector instructions want
  kCompact,  ///< slots follow each other densely: filters and biases
};

/// Bytes of every lane's memory that the tensor takes.
std::int64_t bytes_per_lane(const Chip& chip, const LocalShape& shape, DType type,
                            Alignment alignment = Alignment::kAligned);

/// Lane-vectors, that is cycles of a one-pass instruction over the tensor in the aligned layout:
/// n * ceil(c / lanes) * ceil(h * w / units).
std::int64_t vectors(const Chip& chip, const LocalShape& shape, DType type);

/// The same where every row h begins anew (strided and row-aligned operands).
std::int64_t row_vectors(const Chip& chip, const LocalShape& shape, DType type);

std::int64_t lanes_used(const Chip& chip, const LocalShape& shape);

/// The compiler's mapping of a tensor's axes for a type of group. kNormal and kMatMul: the first
/// three axes are n, c, h and the others w. k3d: a fifth axis d joins n. kSmallC: outer axes join
/// n so that a longer one is spread over lanes, or fill all lanes where their product can.
LocalShape local_shape(const Chip& chip, const Shape& shape, GroupType type);

}  // namespace tpuscope
