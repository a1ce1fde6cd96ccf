// Pass: one rewrite of a graph, with its name, purpose and statistics as data. Used for the idioms
// that a frontend recognises (graph/idioms) and for the optimisations of passes/.

#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "graph/graph.h"

namespace tpuscope {

/// What a pass reports about its work. Filled by the pass, read by reports and `--explain`.
struct PassStatistics {
  std::map<std::string, std::int64_t> counters{};  ///< "permutes removed" -> 24
  struct Remark {
    std::string op{};
    std::string text{};
  };
  std::vector<Remark> remarks{};  ///< decisions taken, and conditions that failed
};

struct PassContext {
  PassStatistics* statistics = nullptr;

  void count(const std::string& counter, std::int64_t amount = 1) const {
    if (statistics != nullptr && amount != 0) statistics->counters[counter] += amount;
  }
  void explain(const std::string& op, const std::string& text) const {
    if (statistics != nullptr) statistics->remarks.push_back({op, text});
  }
};

enum class PassStage : std::uint8_t {
  kImport,     ///< recognises what exporters decompose; run by frontends
  kOptimise,   ///< a switch of the compiler; run by the pipeline
  kPrecision,  ///< chooses element types
};

/// Passes that prepare each other's work: what-ifs judge them together, since one by one each would
/// be worth next to nothing.
struct PassFamily {
  std::string_view name{};
  std::string_view summary{};
};

struct Pass {
  std::string_view name{};
  std::string_view summary{};
  PassStage stage = PassStage::kOptimise;
  /// Among passes of one stage the lower number runs first; equal numbers run by name.
  int order = 0;
  const PassFamily* family = nullptr;
  /// Year of the first of the vendor's compilers that does so: 2022 before the published Swin
  /// optimisation, 2023 with it.
  int since = 2023;
  /// Whether it changed the graph. Leaves no dead ops that have uses; need not compact.
  Result<bool> (*run)(Graph& graph, const PassContext& context) = nullptr;
};
using PassRegistry = Registry<Pass>;

bool register_pass(Pass pass);

/// Passes of a stage in running order.
std::vector<const Pass*> passes_of(PassStage stage);

/// Runs all kImport passes but those named until none changes the graph, then removes unused ops
/// and compacts.
Status run_import_passes(Graph& graph, const std::set<std::string>& without = {});

}  // namespace tpuscope
