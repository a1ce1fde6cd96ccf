// What a page takes along is enough to repeat the program's own runs.

#include "cli/serve/page_engine.h"

#include <map>
#include <string>
#include <utility>

#include <doctest/doctest.h>

#include "base/strict_json.h"
#include "cli/common_flags.h"
#include "cli/group_flags.h"
#include "graph/frontend.h"
#include "tests/support/cli.h"
#include "tests/support/graphs.h"
#include "tests/support/temporary_folder.h"

namespace tpuscope::test {
namespace {

const std::string kFasterDdr = R"({"settings": {"chip.ddr.peak_gbps": "136"}})";

Arguments arguments_of(const std::map<std::string, std::string>& words) {
  Arguments arguments;
  for (const auto& [flag, value] : words)
    arguments.set(flag, {value});
  return arguments;
}

Session session_with(Graph graph, const Arguments& arguments) {
  Result<Configuration> configuration = configuration_of(arguments);
  REQUIRE(configuration.ok());
  Result<Session> session =
      session_of("net.onnx", std::move(graph), arguments, *std::move(configuration));
  REQUIRE(session.ok());
  return *std::move(session);
}

/// What does not depend on the numbers that ops have in memory: the figures, and the panel.
std::string answer_of(LiveRuns runs, const std::string& settings) {
  const Result<std::string> answer = runs.simulate(settings, {});
  REQUIRE(answer.ok());
  const Result<nlohmann::ordered_json> read = parse_json(*answer, "answer");
  REQUIRE(read.ok());
  return (*read)["run"]["summary"].dump() + (*read)["controls"].dump() + (*read)["command"].dump();
}

/// The same answers from the session itself and from what a page takes along of it.
void check_travels(const Graph& graph, const Arguments& arguments) {
  const Session session = session_with(Graph(graph), arguments);
  const Result<SwitchSet> switches = chosen_switches(arguments.text(kPassesFlag), arguments);
  REQUIRE(switches.ok());
  const Result<PageSetup> setup = page_setup(session, arguments);
  REQUIRE(setup.ok());
  const Result<PageSetup> read = parse_page_setup(to_json(*setup));
  REQUIRE(read.ok());
  Result<LiveRuns> there = runs_of(*read);
  REQUIRE(there.ok());
  CHECK(answer_of(*std::move(there), kFasterDdr) ==
        answer_of(LiveRuns(session, *switches), kFasterDdr));
}

TEST_CASE("the built-in networks give the same answers from a page") {
  for (const std::string& name : builtin_names()) {
    CAPTURE(name);
    const Result<Graph> graph = load_graph(name);
    REQUIRE(graph.ok());
    check_travels(*graph, arguments_of({{"--passes", "baseline"}}));
  }
}

TEST_CASE("flags and the files that they name travel") {
  const Graph graph =
      testing::graph_of("x = Input f32[1,64,32,32]\ny = Relu(x)\nz = Sigmoid(y)\nreturn z\n");
  const TemporaryFolder folder;
  const std::string table =
      folder.write("table.json", R"({"entries": [{"type": "Sigmoid", "precision": "f32"}]})");
  const Arguments arguments = arguments_of({{"--precision-table", table},
                                            {"--precision", "int8"},
                                            {"--cores", "1"},
                                            {"--batch", "2"},
                                            {"--chip", "bm1688"},
                                            {"--set", "chip.ddr.peak_gbps=20"},
                                            {"--group-max-ops", "2"},
                                            {"--compiler", "2023"}});
  check_travels(graph, arguments);
  const Result<PageSetup> setup = page_setup(session_with(Graph(graph), arguments), arguments);
  REQUIRE(setup.ok());
  REQUIRE(setup->files.size() == 1);
  CHECK(contains(setup->files.at(table), "Sigmoid"));
}

TEST_CASE("a folder cannot travel, nor can setups of other versions and kinds be read") {
  const Graph graph = testing::graph_of("x = Input f32[1,64,32,32]\ny = Relu(x)\nreturn y\n");
  const TemporaryFolder folder;
  const Session session = session_with(Graph(graph), {});
  const Result<PageSetup> refused =
      page_setup(session, arguments_of({{"--groups", folder.path().string()}}));
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().code == ErrorCode::kUsage);
  CHECK(contains(refused.error().message, "--groups names a folder"));

  Result<PageSetup> setup = page_setup(session, {});
  REQUIRE(setup.ok());
  setup->version = "0.0.0";
  const Result<PageSetup> other = parse_page_setup(to_json(*setup));
  REQUIRE_FALSE(other.ok());
  CHECK(contains(other.error().message, "the page is of version 0.0.0"));
  CHECK_FALSE(parse_page_setup("{}").ok());
  CHECK_FALSE(parse_page_setup(R"({"kind": "tpuscope.graph"})").ok());

  setup->words = {"--no-such-flag", "1"};
  const Result<LiveRuns> unknown = runs_of(*setup);
  REQUIRE_FALSE(unknown.ok());
  CHECK(contains(unknown.error().message, "unknown flag --no-such-flag"));
}

}  // namespace
}  // namespace tpuscope::test
