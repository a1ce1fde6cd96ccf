// Nets of a program as one graph: what is handed on, what is called how, what is refused.

#include "graph/programs/join_nets.h"

#include <algorithm>

#include <doctest/doctest.h>

#include "graph/host_tensor.h"

namespace tpuscope::test {
namespace {

Graph joined_net(std::string_view text) {
  return *parse_graph(text);
}

const std::string_view kDoublingNet = R"(x = Input f32[2]
y = Add(x, x)
return y
)";

std::vector<std::string> joined_names_of(const Graph& graph, const std::vector<OpId>& ops) {
  std::vector<std::string> names;
  for (const OpId op : ops)
    names.push_back(graph[op].name);
  return names;
}

std::size_t launches_of(const Graph& graph) {
  const std::vector<OpId> ops = graph.ops();
  return static_cast<std::size_t>(
      std::count_if(ops.begin(), ops.end(), [&](OpId op) { return graph[op].is("Launch"); }));
}

TEST_CASE("a net that runs three times works on its own results, after a launch each") {
  const Graph twice = joined_net(kDoublingNet);
  const Graph program = *join_nets("p", {{.net = "double", .graph = &twice, .count = 3}});
  CHECK(program.inputs().size() == 1);
  CHECK(program.outputs().size() == 1);
  CHECK(launches_of(program) == 3);
  const std::vector<HostTensor> results =
      *evaluate(program, {HostTensor{{DType::kF32, {2}}, {1, 5}}});
  CHECK(results.at(0).values == std::vector<double>{1 * 2 * 2 * 2, 5 * 2 * 2 * 2});
}

TEST_CASE("runs of a net are told apart by number, a net that runs once is called by its name") {
  const Graph twice = joined_net(kDoublingNet);
  const Graph program = *join_nets("p", {{.net = "a", .graph = &twice},
                                         {.net = "b", .graph = &twice, .count = 2},
                                         {.net = "a2", .graph = &twice}});
  std::vector<std::string> adds;
  for (const OpId op : program.topological_order())
    if (program[op].is("Add")) adds.push_back(program[op].name);
  CHECK(adds == std::vector<std::string>{"a/y", "b.0/y", "b.1/y", "a2/y"});
}

TEST_CASE("what does not fit the next net leaves the program, and the next one has its own input") {
  const Graph twice = joined_net(kDoublingNet);
  const Graph other = joined_net(R"(ids = Input f32[3]
z = Relu(ids)
return z
)");
  const Graph program =
      *join_nets("p", {{.net = "a", .graph = &twice}, {.net = "b", .graph = &other}});
  CHECK(joined_names_of(program, program.inputs()) == std::vector<std::string>{"a/x", "b/ids"});
  CHECK(program.outputs().size() == 2);
  // The second net still begins after the first: its launch names the first one's result.
  for (const OpId op : program.ops()) {
    if (program[op].is("Launch") && program[op].attributes.text("net") == "b") {
      CHECK(program[op].inputs.size() == 2);
    }
  }
}

TEST_CASE("programs without nets, counts below 1 and nets without inputs are refused") {
  const Graph twice = joined_net(kDoublingNet);
  CHECK(!join_nets("p", {}).ok());
  CHECK(!join_nets("p", {{.net = "a", .graph = &twice, .count = 0}}).ok());
  const Graph constant = joined_net("w = Weight f32[2]\ny = Relu(w)\nreturn y\n");
  const Result<Graph> refused = join_nets("p", {{.net = "fixed", .graph = &constant}});
  REQUIRE(!refused.ok());
  CHECK(refused.error().message.find("fixed") != std::string::npos);
}

}  // namespace
}  // namespace tpuscope::test
