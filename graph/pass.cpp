// Order of passes, and the fixed point in which the idioms of exporters are recognised. The passes
// themselves register from their own files; nothing here knows which there are.

#include "graph/pass.h"

#include <algorithm>

#include <fmt/core.h>

namespace tpuscope {
namespace {

/// One idiom can uncover another (a bias before a BatchNorm), but each removes ops, so that a
/// handful of rounds always suffices: more would be two passes that undo each other.
constexpr int kMaxRounds = 16;

}  // namespace

std::vector<const Pass*> passes_of(PassStage stage) {
  std::vector<const Pass*> passes;
  for (const auto& [name, pass] : PassRegistry::instance().all()) {
    if (pass.stage == stage) passes.push_back(&pass);
  }
  std::stable_sort(passes.begin(), passes.end(),
                   [](const Pass* a, const Pass* b) { return a->order < b->order; });
  return passes;
}

Status run_import_passes(Graph& graph, const std::set<std::string>& without) {
  std::vector<const Pass*> passes = passes_of(PassStage::kImport);
  std::erase_if(passes,
                [&](const Pass* pass) { return without.contains(std::string(pass->name)); });
  bool changed = true;
  for (int round = 0; changed; ++round) {
    TPU_CHECK(round < kMaxRounds, "import passes still change \"{}\" after {} rounds", graph.name(),
              kMaxRounds);
    changed = false;
    for (const Pass* pass : passes) {
      TPU_TRY(const bool pass_changed,
              with_location(pass->run(graph, {}), std::string(pass->name)));
      changed = changed || pass_changed;
    }
  }
  graph.erase_unused();
  graph.compact();
  return Ok{};
}

bool register_pass(Pass pass) {
  return PassRegistry::instance().add(pass);
}

}  // namespace tpuscope
