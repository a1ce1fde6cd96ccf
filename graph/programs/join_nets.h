// A program of several nets as one graph: nets in the order in which the runtime starts them, each
// as often as it runs, with a Launch before each. So whatever takes a network takes a program.

#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "graph/graph.h"

namespace tpuscope {

/// A net that runs `count` times in a row.
struct ProgramStep {
  std::string net{};  ///< what it is called
  const Graph* graph = nullptr;
  std::int64_t count = 1;
  std::string host = "cpp";       ///< what starts it, see the op Launch
  std::int64_t cache_bytes = 0;   ///< that the host hands over each time
  std::int64_t copied_bytes = 0;  ///< copied within DDR before each
};

/// The first result of a net is the first input of the next one where both have the same type;
/// other inputs and results are the program's own. Names are "net/name", "net.3/name" where a net
/// runs several times. Errors: no steps, counts below 1, nets without inputs.
Result<Graph> join_nets(const std::string& name, const std::vector<ProgramStep>& steps);

}  // namespace tpuscope
