// One thing that a sweep can vary. A key is one file of profiles/sweep/keys that registers itself.

#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/registry.h"
#include "passes/compile.h"

namespace tpuscope {

/// When a key is applied to a configuration, whatever the order on the command line: what a preset
/// says is changed by single switches, and what those say by the method of groups.
enum class SweepKeyStage { kFirst, kMiddle, kLast };

struct SweepKey {
  std::string_view name{};  ///< as in `--vary NAME=...`; lives as long as the program
  std::string_view summary{};
  /// kUsage errors for values that the key does not take.
  std::function<Status(const std::string& value, Configuration& configuration)> apply{};
  /// The value of a configuration that has `chip` and a network of `batch` images.
  std::function<std::string(const Configuration& configuration, const Chip& chip,
                            std::int64_t batch)>
      value{};
  SweepKeyStage stage = SweepKeyStage::kMiddle;
};

using SweepKeyRegistry = Registry<SweepKey>;

/// For TPU_REGISTER in the key's file.
bool register_sweep_key(SweepKey key);

}  // namespace tpuscope
