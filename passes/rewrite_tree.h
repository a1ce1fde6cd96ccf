// RewriteTree: what one network becomes under many choices of passes. Two choices go the same way
// until a pass that only one of them has changes the graph: each distinct graph on the way is made
// once, and each pass is tried on it once. A study of switches asks for hundreds of choices, most
// of which differ in one pass.

#pragma once

#include <cstddef>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <utility>

#include "base/result.h"
#include "graph/graph.h"
#include "graph/pass.h"
#include "passes/switch_set.h"

namespace tpuscope {

/// Safe to share between threads; answers do not depend on earlier questions. Keeps every graph
/// that it made.
class RewriteTree {
 public:
  /// A graph to which choices of passes lead.
  class State {
   public:
    explicit State(Graph graph) : graph_(std::move(graph)) {}
    const Graph& graph() const { return graph_; }

   private:
    friend class RewriteTree;
    std::mutex mutex_{};  ///< held while a pass is tried
    const Graph graph_;
    /// Where each pass leads that was tried: here, if it changes nothing.
    std::map<const Pass*, Result<State*>> after_{};
  };

  explicit RewriteTree(Graph graph);

  /// Where the passes among the switches lead, as run_pipeline has it. It lives as long as the
  /// tree. Errors are those of the passes.
  Result<const State*> rewritten(const SwitchSet& switches);

  /// Distinct graphs so far.
  std::size_t size() const;

 private:
  /// A copy of a state's graph, for passes to change: it serves until one does.
  struct Copy {
    const State* of = nullptr;
    std::optional<Graph> graph{};
  };

  Result<State*> after(State& state, const Pass& pass, Copy& copy);
  State* add(Graph graph);

  mutable std::mutex mutex_{};  ///< of the list
  std::deque<State> states_{};
};

}  // namespace tpuscope
