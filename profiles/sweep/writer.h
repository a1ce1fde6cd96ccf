// Forms of a sweep, each one file in this folder that registers itself.

#pragma once

#include <string_view>

#include "base/byte_sink.h"
#include "base/registry.h"
#include "base/terminal.h"
#include "profiles/sweep/analysis.h"

namespace tpuscope {

struct SweepWriter {
  std::string_view name{};
  std::string_view summary{};
  std::string_view mark{};  ///< text near the start by which files are known as ours
  /// `top`: rows for people; 0 means all.
  void (*write)(const SweepAnalysis& analysis, std::size_t top, const Terminal& terminal,
                ByteSink& sink) = nullptr;
};
using SweepWriterRegistry = Registry<SweepWriter>;

inline bool register_sweep_writer(SweepWriter writer) {
  return SweepWriterRegistry::instance().add(writer);
}

}  // namespace tpuscope
