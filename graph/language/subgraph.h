// Parts of a graph as graphs of their own.

#pragma once

#include <string>
#include <vector>

#include "graph/graph.h"

namespace tpuscope {

/// The ops of `graph` named, in that order, as a graph: tensors that others make are inputs,
/// constants are copied, tensors that others read are outputs.
Graph subgraph(const Graph& graph, const std::vector<OpId>& ops, std::string name);

/// A text that two graphs share where they differ in nothing but names and the values of weights of
/// more than one element.
std::string fingerprint(const Graph& graph);

}  // namespace tpuscope
