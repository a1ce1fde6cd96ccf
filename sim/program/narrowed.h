// Sizes as commands hold them: 32 bits, which the largest value stands for when more are needed.

#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>

namespace tpuscope {

inline std::uint32_t narrowed(std::int64_t value) {
  return static_cast<std::uint32_t>(
      std::min<std::int64_t>(value, std::numeric_limits<std::uint32_t>::max()));
}

}  // namespace tpuscope
