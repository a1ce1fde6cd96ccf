// One small graph or more for every op: what the writer of ONNX must be able to say, and what ONNX
// Runtime must understand as we do.

#pragma once

#include <string>
#include <vector>

#include "graph/graph.h"

namespace tpuscope::testing {

struct OpExample {
  std::string text{};
  double low = -2.0;  ///< of the values of float inputs
  double high = 2.0;
};

const std::vector<OpExample>& op_examples();

/// Values between the limits, integers 0 to 2, bools: the same for every run.
std::vector<HostTensor> example_inputs(const Graph& graph, const OpExample& example);

}  // namespace tpuscope::testing
