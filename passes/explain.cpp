// Collects what passes said of the permutes that stay.

#include "passes/explain.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "passes/rewrites/rewrite.h"

namespace tpuscope {

std::vector<StayingPermute> staying_permutes(const Graph& graph, const PipelineResult& result) {
  // Only the last round saw the graph as it is now; earlier remarks speak of ops that have gone.
  int last_round = 0;
  for (const PassRun& run : result.runs)
    last_round = std::max(last_round, run.round);
  std::map<std::string, std::vector<StayingPermute::Reason>> said;
  std::set<std::pair<std::string, std::string>> seen;
  for (const PassRun& run : result.runs) {
    if (run.round != last_round) continue;
    for (const PassStatistics::Remark& remark : run.statistics.remarks) {
      if (!seen.insert({remark.op, run.name + remark.text}).second) continue;
      said[remark.op].push_back({run.name, remark.text});
    }
  }
  std::vector<StayingPermute> staying;
  for (const OpId op : graph.topological_order()) {
    if (!moves_data(graph, op)) continue;
    staying.push_back({op, said[graph[op].name]});
  }
  return staying;
}

}  // namespace tpuscope
