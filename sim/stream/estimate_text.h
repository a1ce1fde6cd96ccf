// The compiler's own estimate of what it emitted, command by command: compiler_profile_N.txt of
// core N, net_stat.sim of a capture. Two columns, the BDC's on the left.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "sim/program/command.h"

namespace tpuscope {

struct EstimatedCommand {
  std::string op{};       ///< "Conv2D"
  std::int64_t line = 0;  ///< in the compiler's final text
  Engine engine = Engine::kBdc;
  std::string function{};  ///< "CONV", "GDMA_TENSOR"
  std::int64_t start = 0;  ///< cycles of the chip's clock
  std::int64_t cycles = 0;
  Direction direction = Direction::kNone;
  std::int64_t bytes = 0;
};

struct EstimateText {
  std::vector<EstimatedCommand> commands{};
  std::int64_t total_cycles = 0;  ///< 0: the text does not say
};

/// Errors: not one command in it.
Result<EstimateText> read_estimate(std::string_view text, const std::string& where);

}  // namespace tpuscope
