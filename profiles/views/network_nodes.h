// The network as pictures need it: operators, among them those without commands, and which result
// goes where. Weights are left out: each would hang on its one operator.

#pragma once

#include <cstdint>
#include <vector>

#include "profiles/report/report.h"

namespace tpuscope {

struct NetworkNodes {
  struct Edge {
    std::size_t from = 0;
    std::size_t to = 0;
  };
  std::vector<OpId> ops{};           ///< by node
  std::vector<std::int64_t> rows{};  ///< of each node in the report's ops; -1: without commands
  std::vector<Edge> edges{};         ///< between nodes, by the node that they lead to
};
NetworkNodes network_nodes(const Profile& profile);

}  // namespace tpuscope
