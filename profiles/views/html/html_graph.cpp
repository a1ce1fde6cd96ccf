// The network as a picture needs it: operators, among them those without commands, and which
// result goes where. Weights are left out: each would hang on its one operator.

#include <map>

#include "base/text.h"
#include "profiles/views/html/html_data.h"
#include "profiles/views/html/packed_columns.h"

namespace tpuscope {

void write_html_graph(JsonWriter& json, const Profile& profile) {
  const Graph& graph = profile.graph;
  std::map<OpId, std::int64_t> rows;
  for (std::size_t row = 0; row < profile.report.ops.size(); ++row)
    rows[profile.report.ops[row].op] = static_cast<std::int64_t>(row);
  std::map<OpId, std::int64_t> nodes;
  std::vector<std::int64_t> row_of_node;
  std::vector<OpId> unlisted;  // that the table of operators does not have
  for (const OpId op : graph.ops()) {
    if (graph[op].is("Weight")) continue;
    nodes.emplace(op, static_cast<std::int64_t>(nodes.size()));
    const auto row = rows.find(op);
    row_of_node.push_back(row == rows.end() ? -1 : row->second);
    if (row == rows.end()) unlisted.push_back(op);
  }
  std::vector<std::int64_t> from;
  std::vector<std::int64_t> to;
  for (const auto& [op, node] : nodes) {
    for (const Value& input : graph[op].inputs) {
      const auto source = nodes.find(input.op);
      if (source == nodes.end()) continue;
      from.push_back(source->second);
      to.push_back(node);
    }
  }
  json.object([&] {
    json.member("row", packed(row_of_node));
    json.member("from", packed(from));
    json.member("to", packed(to));
    json.list("names", unlisted, [&](OpId op) { json.value(sanitised_utf8(graph[op].name)); });
    json.list("types", unlisted, [&](OpId op) { json.value(graph[op].def->name); });
  });
}

}  // namespace tpuscope
