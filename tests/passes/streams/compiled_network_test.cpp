// Models that were compiled elsewhere: what they become, with and without names, and what is
// refused.

#include "passes/streams/compiled_network.h"

#include <algorithm>
#include <array>
#include <map>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "base/input_file.h"
#include "passes/compile.h"
#include "profiles/report/report.h"
#include "tests/support/bmodel_examples.h"
#include "tests/support/shared_files.h"

namespace tpuscope::test {
namespace {

CompiledNetwork compiled_of(const BmodelFile& file) {
  const std::string bytes = file.bytes();
  MemorySource source(bytes);
  Result<CompiledNetwork> network = compiled_from(source, "small.bmodel");
  if (!network.ok()) FAIL(network.error().message);
  return std::move(network).value();
}

Error refused(const BmodelFile& file) {
  const std::string bytes = file.bytes();
  MemorySource source(bytes);
  const Result<CompiledNetwork> network = compiled_from(source, "small.bmodel");
  REQUIRE(!network.ok());
  return network.error();
}

std::vector<std::string> op_names(const CompiledNetwork& network) {
  std::vector<std::string> names;
  for (const CommandPlace& place : network.places)
    names.push_back(network.graph[OpId{place.op}].name);
  return names;
}

TEST_CASE("locations give commands to ops, loads to who reads and stores to who made") {
  BmodelFile file = convolution_file();
  file.locations = small_locations();
  const CompiledNetwork network = compiled_of(file);
  CHECK(network.chip == "bm1684x");
  CHECK(network.precision == DType::kI8);
  CHECK(network.notes.empty());
  // In the order of issue: both loads, convolution, addition, end, store, end.
  std::map<std::pair<Engine, std::uint32_t>, std::string> names;
  for (std::size_t i = 0; i < network.places.size(); ++i) {
    const StreamCommand& command = network.stream.commands[i];
    names[{command.engine, command.id}] = op_names(network)[i];
  }
  CHECK(names[{Engine::kGdma, 1}] == "conv");
  CHECK(names[{Engine::kGdma, 2}] == "conv");
  CHECK(names[{Engine::kBdc, 1}] == "conv");
  CHECK(names[{Engine::kBdc, 2}] == "out");
  CHECK(names[{Engine::kGdma, 3}] == "out");
  REQUIRE(network.plan.groups.size() == 1);
  CHECK(network.plan.groups[0].ops().size() == 2);
  const Graph& graph = network.graph;
  CHECK(graph.inputs().size() == 1);
  CHECK(graph.outputs().size() == 1);
  CHECK(verify(graph).ok());
  const OpId conv = network.plan.groups[0].ops()[0];
  CHECK(graph[conv].def->name == "tpu.Conv2D");
  CHECK(graph.type({conv}).shape == Shape{1, 8, 4, 4});
  CHECK(graph[conv].inputs == std::vector{Value{graph.inputs()[0]}});
}

TEST_CASE("without locations an op begins with each product and is named by its address") {
  const CompiledNetwork network = compiled_of(convolution_file());
  REQUIRE(network.plan.groups.size() == 1);
  REQUIRE(network.plan.groups[0].ops().size() == 1);
  CHECK(network.graph[network.plan.groups[0].ops()[0]].name == "CONV at 0x2000");
  REQUIRE(network.notes.size() == 1);
  CHECK(network.notes[0].find("--debug") != std::string::npos);
}

TEST_CASE("a run of a compiled model has a report like any other") {
  BmodelFile file = convolution_file();
  file.locations = small_locations();
  Compiler compiler(std::make_shared<CompiledNetwork>(compiled_of(file)), "small.bmodel");
  const Configuration configuration{.chip = "bm1684x"};
  Result<Run> run = compiler.run(configuration);
  REQUIRE(run.ok());
  // 155 + 128 / 16 + 8 rows of lanes + 128 / 57.9: a load; 1 * 4 + 37 + 1.5: the convolution.
  const auto& commands = run->simulation.program.commands;
  CHECK(commands.at(0).cost.total() == 173);
  CHECK(commands.at(0).kind == CommandKind::kLoad);
  CHECK(commands.at(1).kind == CommandKind::kLoadWeight);
  const Profile profile =
      make_profile(std::move(run).value(), configuration, {.source = "small.bmodel"});
  CHECK(profile.report.identity.precision == DType::kI8);
  CHECK(profile.report.identity.preset == "compiled");
  CHECK(profile.report.ops.size() == 2);
  CHECK(profile.report.summary.bdc_commands == 3);
  CHECK(profile.report.summary.gdma_commands == 4);
  CHECK(profile.report.summary.macs == 8 * 8 * 16);
  // Input, output and the weights that are loaded.
  CHECK(profile.report.summary.bound_ddr_bytes == 128 + 128 + 128);
}

TEST_CASE("numbers of the chip change a compiled run, other chips are refused") {
  Compiler compiler(std::make_shared<CompiledNetwork>(compiled_of(convolution_file())), "s");
  const auto time = [&](const Configuration& configuration) {
    const Result<Run> run = compiler.run(configuration);
    REQUIRE(run.ok());
    return run->simulation.timeline.makespan.value;
  };
  const std::int64_t own = time({.chip = "bm1684x"});
  CHECK(time({.chip = "bm1684x", .overrides = {{"command.load_start_cycles", "255"}}}) >
        own + 2 * 100 * 1000 - 1);
  CHECK(time({.chip = "bm1684x", .overrides = {{"clock.tiu_mhz", "500"}}}) > own);
  const Result<Run> other = compiler.run({.chip = "bm1688"});
  REQUIRE(!other.ok());
  CHECK(other.error().message == "the model was compiled for bm1684x, not for bm1688");
  CHECK(!compiler.run({.chip = "bm1684x", .batch = 4}).ok());
}

TEST_CASE("parts without commands are named, a model of nothing else is refused") {
  BmodelFile dynamic = convolution_file();
  dynamic.is_dynamic = true;
  CHECK(refused(dynamic).code == ErrorCode::kUnsupported);
  BmodelFile host = convolution_file();
  host.mode = 1;
  CHECK(refused(host).message ==
        "the model has no commands: its parts are dynamic or run on the host");
  BmodelFile tail = convolution_file();
  tail.host_layers = {46, 1000};
  tail.locations = small_locations();
  const CompiledNetwork network = compiled_of(tail);
  REQUIRE(network.notes.size() == 1);
  CHECK(network.notes[0] ==
        "not simulated: sub-net 1, ONNX_NMS, layer 1000 on the host; it makes boxes");
}

TEST_CASE("a net without an output is refused: what it computes would be for nobody") {
  BmodelFile file = convolution_file();
  file.output.clear();
  CHECK(refused(file).message == "the net has no output: the file is damaged");
}

TEST_CASE("locations that are no list are an error, and so is a stream of another length") {
  BmodelFile file = convolution_file();
  file.locations = "{\"ops\": 1}";
  CHECK(refused(file).message == "the locations of ops are no list in JSON");
  file.locations = "[{\"opcode\": \"tpu.Conv2D\"}]";
  CHECK(refused(file).message == "op 1 has no ids of commands");
}

TEST_CASE("names that are cut off in the model are read as far as they go, or from beside it") {
  BmodelFile file = convolution_file();
  const std::string whole = small_locations();
  file.locations = whole.substr(0, whole.rfind("tpu.Store"));
  const CompiledNetwork cut = compiled_of(file);
  REQUIRE(cut.notes.size() == 1);
  CHECK(cut.notes[0].find("cut off") != std::string::npos);
  CHECK(cut.has_names);
  const std::string bytes = file.bytes();
  MemorySource source(bytes);
  const Result<CompiledNetwork> beside = compiled_from(source, "small.bmodel", whole);
  REQUIRE(beside.ok());
  CHECK(beside->notes.empty());
  CHECK(op_names(*beside) == op_names(compiled_of([&] {
          BmodelFile named = convolution_file();
          named.locations = whole;
          return named;
        }())));
}

TEST_CASE("layer groups of real models are those that their compiler recorded") {
  const auto shared = shared_folder();
  if (!shared) return;
  std::size_t compared = 0;
  for (const auto& path : shared_files(*shared / "compiled", "model.bmodel.gz")) {
    const auto record = path.parent_path() / "groups.json.gz";
    if (!std::filesystem::exists(record)) continue;
    CAPTURE(path);
    const Result<std::string> text = read_input(record.string());
    REQUIRE(text.ok());
    const auto json = nlohmann::json::parse(*text);
    const auto network = load_compiled(path.string());
    REQUIRE(network.ok());
    // Members and slices of each group with several ops; the record may order cores' groups
    // otherwise.
    using Sections = std::array<std::int64_t, 5>;
    std::vector<std::pair<std::size_t, Sections>> expected;
    for (const auto& group : json.at("subfunc_0").at("GroupLayer"))
      expected.emplace_back(group.at("locs").size(), group.at("shape_secs").get<Sections>());
    std::vector<std::pair<std::size_t, Sections>> found;
    for (const Group& part : (*network)->plan.groups) {
      const LayerGroup* group = part.layers();
      if (group != nullptr && group->ops.size() > 1)
        found.emplace_back(group->ops.size(), group->secs);
    }
    std::sort(expected.begin(), expected.end());
    std::sort(found.begin(), found.end());
    REQUIRE(found.size() == expected.size());
    for (std::size_t i = 0; i < found.size(); ++i) {
      CHECK(found[i].first == expected[i].first);
      CHECK(found[i].second == expected[i].second);
      ++compared;
    }
  }
  CHECK(compared > 100);
}

}  // namespace
}  // namespace tpuscope::test
