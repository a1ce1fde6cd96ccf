// Cutting the graph of a whole language model at its repeating layers: what comes before them, each
// kind of layer once, and what comes after. So are such models run, a net per layer, and so equal
// layers are simulated once.

#pragma once

#include <vector>

#include "graph/graph.h"

namespace tpuscope {

/// Layers that differ in nothing but the values of their weights.
struct LayerKind {
  Graph net{};  ///< hidden states in and out; named "block"
  std::int64_t count = 0;
};

struct LayerCut {
  Graph embedding{};               ///< all before the first layer, and what every layer reads
  std::vector<LayerKind> kinds{};  ///< the most frequent first
  Graph head{};                    ///< all after the last layer

  std::int64_t layers() const;
};

/// A layer is what lies between two attentions: from the hidden states that one reads to those that
/// the next one reads. Tensors that several layers read (masks, tables of angles) are made with the
/// embedding and handed to each. An error where the graph has no attention, or where nothing but
/// one tensor never passes from one part to the next.
Result<LayerCut> cut_at_layers(const Graph& graph);

}  // namespace tpuscope
