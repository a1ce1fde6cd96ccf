// The network's nodes and edges, packed for the HTML page.

#include "base/text.h"
#include "profiles/views/html/html_data.h"
#include "profiles/views/html/packed_columns.h"
#include "profiles/views/network_nodes.h"

namespace tpuscope {

void write_html_graph(JsonWriter& json, const Profile& profile) {
  const Graph& graph = profile.graph;
  const NetworkNodes nodes = network_nodes(profile);
  std::vector<OpId> unlisted;  // that the table of operators does not have
  for (std::size_t node = 0; node < nodes.ops.size(); ++node)
    if (nodes.rows[node] < 0) unlisted.push_back(nodes.ops[node]);
  std::vector<std::int64_t> from;
  std::vector<std::int64_t> to;
  for (const NetworkNodes::Edge& edge : nodes.edges) {
    from.push_back(static_cast<std::int64_t>(edge.from));
    to.push_back(static_cast<std::int64_t>(edge.to));
  }
  json.object([&] {
    json.member("row", packed(nodes.rows));
    json.member("from", packed(from));
    json.member("to", packed(to));
    json.list("names", unlisted, [&](OpId op) { json.value(sanitised_utf8(graph[op].name)); });
    json.list("types", unlisted, [&](OpId op) { json.value(graph[op].def->name); });
  });
}

}  // namespace tpuscope
