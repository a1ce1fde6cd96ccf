// Ways through the graphs that passes made: see rewrite_tree.h.

#include "passes/rewrite_tree.h"

#include <utility>
#include <vector>

#include "passes/pipeline.h"

namespace tpuscope {

RewriteTree::RewriteTree(Graph graph) {
  add(std::move(graph));
}

RewriteTree::State* RewriteTree::add(Graph graph) {
  const std::lock_guard lock(mutex_);
  return &states_.emplace_back(std::move(graph));
}

std::size_t RewriteTree::size() const {
  const std::lock_guard lock(mutex_);
  return states_.size();
}

Result<RewriteTree::State*> RewriteTree::after(State& state, const Pass& pass, Copy& copy) {
  const std::lock_guard lock(state.mutex_);
  const auto known = state.after_.find(&pass);
  if (known != state.after_.end()) return known->second;
  if (copy.of != &state) {
    copy.graph = state.graph_;
    copy.of = &state;
  }
  const auto lead = [&]() -> Result<State*> {
    TPU_TRY(const PassRun run, run_pass(*copy.graph, pass));
    if (!run.changed) return &state;
    copy.of = nullptr;
    return add(*std::move(copy.graph));
  };
  return state.after_.emplace(&pass, lead()).first->second;
}

Result<const RewriteTree::State*> RewriteTree::rewritten(const SwitchSet& switches) {
  const std::vector<const Pass*> passes = passes_among(switches);
  State* state = &states_.front();
  Copy copy;
  const State* begun = nullptr;
  for (int round = 1; begun != state && round <= kMostRounds; ++round) {
    begun = state;
    for (const Pass* pass : passes) {
      TPU_TRY(state, after(*state, *pass, copy));
    }
  }
  return state;
}

}  // namespace tpuscope
