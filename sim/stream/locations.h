// Locations: what the vendor's compiler writes beside or into a compiled model,
// tensor_location.json: for every op, slice and core which commands belong to it, and how its
// tensors are called.

#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "graph/shape.h"

namespace tpuscope {

struct LocatedTensor {
  std::string name{};
  std::string slice{};  ///< "[0:1, 0:3, 0:1, 0:224, 0:224]": n, c, d, h, w
  TensorType type{};
  std::optional<std::uint64_t> address{};  ///< in DDR, or in every lane
  std::string layout{};                    ///< "eu_align", "compact", "continuous"
  Shape held{};                            ///< extents of the slice
};

/// Working space in every lane.
struct LocatedBuffer {
  std::uint64_t address = 0;
  std::uint64_t bytes = 0;
};

/// One slice of one op on one core.
struct LocatedOp {
  std::int64_t line = 0;  ///< in the compiler's final text: ops of a group are beside each other
  std::int64_t subnet = 0;
  std::uint8_t core = 0;
  std::string opcode{};   ///< "tpu.Conv2D"
  bool is_local = false;  ///< in a layer group
  /// Ids of the last command of each engine before and of it, BDC first: commands (before, after]
  /// are its own.
  std::array<std::uint32_t, 2> before{};
  std::array<std::uint32_t, 2> after{};
  std::vector<LocatedTensor> operands{};
  std::vector<LocatedTensor> results{};
  std::vector<LocatedBuffer> buffers{};
};

/// Errors: no JSON, or not of this form. A comma after the last element is forgiven.
Result<std::vector<LocatedOp>> read_locations(std::string_view json, const std::string& where);

/// What is whole of a list that is cut off, as a list; none where it is not cut off. The vendor's
/// compiler loses what its last buffer held when it puts the list into a model.
std::optional<std::string> whole_entries(std::string_view json);

}  // namespace tpuscope
