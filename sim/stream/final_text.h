// The compiler's final text, NAME_final.mlir: ops in the order in which they run, which of them
// share a layer group, and in how many slices.

#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace tpuscope {

struct FinalOp {
  std::string name{};     ///< of its first result
  std::string code{};     ///< "tpu.Conv2D"
  std::int64_t line = 0;  ///< 1, 2, ...: what other files of the compiler call its number
};

/// A layer group, or an op by itself.
struct FinalUnit {
  bool is_group = false;
  std::array<std::int64_t, 5> slices{1, 1, 1, 1, 1};  ///< along n, c, d, h, w
  std::vector<FinalOp> ops{};                         ///< without loads and stores
};

struct FinalText {
  std::string network{};
  std::string chip{};  ///< "bm1688"
  std::string mode{};  ///< "F16"
  std::int64_t cores = 1;
  std::vector<FinalUnit> units{};
  /// By line: the line of the op whose work this is. A load is the work of the first op that reads
  /// what it brings, a store of the op that made it, a part for one core of the whole.
  std::map<std::int64_t, std::int64_t> owners{};
};

/// Whether a text begins as one of these does.
bool is_final_text(std::string_view head);

/// Errors: no op in it, or cut before its end.
Result<FinalText> read_final_text(std::string_view text, const std::string& where);

}  // namespace tpuscope
