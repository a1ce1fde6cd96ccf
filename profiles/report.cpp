// Builds the report: rows per operator from commands and charges, totals from the same charges.

#include "profiles/report.h"

#include <algorithm>
#include <utility>

#include "graph/check.h"

namespace tpuscope {
namespace {

std::int64_t batch_of(const Graph& graph) {
  for (const OpId input : graph.inputs()) {
    const Shape& shape = graph[input].results.at(0).type.shape;
    if (!shape.empty()) return shape.front();
  }
  return 1;
}

OpRow row_of(const Graph& graph, OpId id) {
  const Op& op = graph[id];
  OpRow row{.op = id, .name = op.name, .type = std::string(op.def->name)};
  row.origin = op.origin;
  row.made_by = op.made_by;
  if (!op.results.empty()) row.shape = type_text(op.results.front().type);
  return row;
}

void add_command(OpRow& row, const Command& command, Picoseconds length) {
  ++row.commands;
  (command.engine == Engine::kBdc ? row.bdc_busy : row.gdma_busy) += length;
  if (command.engine == Engine::kGdma) row.hidden += length;
  row.group = std::min(row.group, command.group);
  row.transfer_bytes += command.bytes;
  row.ddr_bytes += command.ddr_read + command.ddr_write;
  row.useful_ops += command.useful_ops;
  row.issued_ops += command.issued_ops;
}

std::vector<OpRow> op_rows(const Profile& profile) {
  const auto& commands = profile.simulation.program.commands;
  const Timeline& timeline = profile.simulation.timeline;
  std::map<std::uint32_t, OpRow> rows;
  const auto row = [&](std::uint32_t command) -> OpRow& {
    const std::uint32_t op = commands[command].op;
    TPU_CHECK(op < profile.graph.size(), "command {} belongs to no op of the graph", command);
    const auto found = rows.find(op);
    if (found != rows.end()) return found->second;
    return rows.emplace(op, row_of(profile.graph, OpId{op})).first->second;
  };
  for (std::uint32_t i = 0; i < commands.size(); ++i)
    add_command(row(i), commands[i], timeline.end[i] - timeline.start[i]);
  for (const Charge& charge : profile.charges) {
    if (charge.command == kNone) continue;
    OpRow& charged = row(charge.command);
    add_charge(charged.waterfall, charge, profile.simulation.program);
    if (charge.kind == ChargeKind::kTransfer) charged.hidden -= charge.length();
  }
  std::vector<OpRow> sorted;
  for (auto& [op, value] : rows)
    sorted.push_back(std::move(value));
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const OpRow& a, const OpRow& b) { return a.blame() > b.blame(); });
  return sorted;
}

}  // namespace

Profile make_profile(Graph graph, Simulation simulation, const Chip& chip, Identity identity,
                     std::vector<PassSummary> passes) {
  Profile profile{std::move(graph), std::move(simulation), {}, {}};
  profile.charges = charge_makespan(profile.simulation.program, profile.simulation.timeline);
  Report& report = profile.report;
  report.identity = std::move(identity);
  if (report.identity.model.empty()) report.identity.model = profile.graph.name();
  report.identity.batch = batch_of(profile.graph);
  report.passes = std::move(passes);
  report.summary = summarise(profile.simulation, profile.charges, chip, report.identity.precision);
  for (const Charge& charge : profile.charges)
    add_charge(report.waterfall, charge, profile.simulation.program);
  TPU_CHECK(report.waterfall.total() == report.summary.makespan,
            "the waterfall adds up to {} ps of {} ps", report.waterfall.total().value,
            report.summary.makespan.value);
  report.ops = op_rows(profile);
  return profile;
}

}  // namespace tpuscope
