// Runs a compiled model, or the capture of one, and takes its report for the comparison.

#include <map>
#include <tuple>

#include <fmt/core.h>

#include "base/writer.h"
#include "passes/compile.h"
#include "passes/streams/compiled_network.h"
#include "profiles/diff/run_summary.h"
#include "profiles/report/report.h"
#include "profiles/views/results.h"
#include "sim/cost/instruction_cost.h"

namespace tpuscope {
namespace {

std::string kind_of(const DecodedStream& stream, const StreamCommand& command) {
  return std::string(command.engine == Engine::kBdc ? class_of(stream.computes[command.index])
                                                    : class_of(stream.transfers[command.index]));
}

/// "group 3: conv1", of groups with names.
std::string group_text(const CompiledNetwork& network, std::uint32_t group) {
  const Group& of = network.plan.groups[group];
  const std::string& first = network.graph[of.ops().front()].name;
  return of.layers() == nullptr ? first : fmt::format("group {}: {}", group, first);
}

/// The commands of a run; `program` may lack some that the stream has.
std::vector<RunCommand> commands_of(const CompiledNetwork& network, const Simulation& simulation) {
  std::map<std::tuple<std::uint8_t, Engine, std::uint32_t>, const StreamCommand*> streamed;
  for (const StreamCommand& command : network.stream.commands)
    streamed.emplace(std::tuple{command.core, command.engine, command.id}, &command);
  std::vector<RunCommand> commands;
  const Program& program = simulation.program;
  for (std::size_t i = 0; i < program.commands.size(); ++i) {
    const Command& command = program.commands[i];
    RunCommand& row = commands.emplace_back();
    row.core = command.core;
    row.engine = command.engine;
    row.id = command.id;
    row.length = simulation.timeline.end[i] - simulation.timeline.start[i];
    row.kind =
        kind_of(network.stream, *streamed.at(std::tuple{command.core, command.engine, command.id}));
    if (!network.has_names) continue;
    row.op = network.graph[OpId{command.op}].name;
    row.group = group_text(network, command.group);
  }
  return commands;
}

}  // namespace

Result<RunSummary> read_compiled(const std::string& path, bool simulated,
                                 const std::string& net_choice) {
  TPU_TRY(std::shared_ptr<const CompiledNetwork> compiled, load_compiled(path, net_choice));
  if (simulated && compiled->capture) {
    CompiledNetwork priced = *compiled;
    priced.capture.reset();
    compiled = std::make_shared<CompiledNetwork>(std::move(priced));
  }
  const bool is_measured = compiled->capture.has_value();
  const Configuration configuration = own_configuration(*compiled);
  Compiler compiler(compiled, path);
  TPU_TRY(Run run, compiler.run(configuration));
  std::vector<RunCommand> commands = commands_of(*compiled, run.simulation);
  const Profile profile = make_profile(std::move(run), configuration, {.source = path});
  StringSink report;
  const Writer<Results>* writer = Registry<Writer<Results>>::instance().find("json");
  TPU_CHECK(writer != nullptr, "there is no report in JSON");
  TPU_TRY_STATUS(writer->write({.after = &profile}, {}, report));
  TPU_TRY(RunSummary summary, read_report(report.text(), path));
  summary.is_measured = is_measured;
  summary.commands = std::move(commands);
  return summary;
}

}  // namespace tpuscope
