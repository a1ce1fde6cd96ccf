// Builds the report: rows per operator from commands and charges, totals from the same charges.

#include "profiles/report/report.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>
#include <utility>

#include "base/check.h"
#include "graph/batch.h"
#include "passes/streams/compiled_network.h"
#include "profiles/report/rule.h"

namespace tpuscope {
namespace {

OpRow row_of_report(const Graph& graph, OpId id) {
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
    return rows.emplace(op, row_of_report(profile.graph, OpId{op})).first->second;
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

std::vector<GroupRow> group_rows(const Profile& profile) {
  const std::vector<Group>& groups = profile.simulation.plan.groups;
  std::vector<GroupRow> rows;
  for (std::uint32_t i = 0; i < groups.size(); ++i) {
    const Group& group = groups[i];
    rows.push_back({.index = i,
                    .ops = {group.ops().begin(), group.ops().end()},
                    .slice_count = group.slice_count(),
                    .peak_local_bytes = group.peak_local_bytes(),
                    .estimate = group.estimate});
    if (const LayerGroup* layers = group.layers()) {
      rows.back().type = layers->type;
      rows.back().secs = layers->secs;
      rows.back().rows = layers->rows.size();
    }
  }
  for (const Charge& charge : profile.charges) {
    if (charge.command == kNone) continue;
    const std::uint32_t group = profile.simulation.program.commands[charge.command].group;
    if (group < rows.size()) rows[group].blame += charge.length();
  }
  return rows;
}

/// Ops outside of the group that read its results.
std::vector<OpId> readers_of(const Graph& graph, const GroupRow& group) {
  const std::set<OpId> members(group.ops.begin(), group.ops.end());
  std::vector<OpId> readers;
  for (const OpId op : group.ops) {
    for (std::uint32_t result = 0; result < graph[op].results.size(); ++result) {
      for (const Use& use : graph.uses({op, result})) {
        if (!members.contains(use.op)) readers.push_back(use.op);
      }
    }
  }
  return readers;
}

/// The decision that ends each group: about the op itself where it cannot be in any, else about an
/// op that reads the group, else about the first op of the group that runs next.
void add_ends(const Graph& graph, const std::vector<DecisionRow>& decisions,
              std::vector<GroupRow>& groups) {
  std::map<OpId, std::uint32_t> decided;
  for (std::uint32_t i = 0; i < decisions.size(); ++i)
    decided.emplace(decisions[i].op, i);
  const auto first_about = [&](const std::vector<OpId>& ops) {
    std::uint32_t first = kNone;
    for (const OpId op : ops) {
      const auto found = decided.find(op);
      if (found != decided.end()) first = std::min(first, found->second);
    }
    return first;
  };
  for (std::size_t i = 0; i < groups.size(); ++i) {
    GroupRow& group = groups[i];
    const std::uint32_t own = group.ops.size() == 1 ? first_about(group.ops) : kNone;
    const bool is_apart = own != kNone && decisions[own].kind == GroupDecision::Kind::kNoLocalForm;
    group.end = is_apart ? own : first_about(readers_of(graph, group));
    if (group.end == kNone && i + 1 < groups.size()) group.end = first_about(groups[i + 1].ops);
  }
}

std::vector<DecisionRow> decision_rows(const Plan& plan) {
  std::vector<DecisionRow> rows;
  for (const GroupDecision& decision : plan.decisions) {
    rows.push_back(
        {decision.op, decision.kind, decision.rule, decision.text, decision.bytes, decision.cost});
  }
  return rows;
}

/// The numbers that differ from the chip file's, in one spelling, whichever flag changed them.
std::vector<std::string> overrides_text(const Configuration& configuration) {
  constexpr std::string_view kOptional = "chip.";
  std::vector<std::string> texts;
  for (const auto& [path, value] : configuration.overrides) {
    const bool is_long = path.substr(0, kOptional.size()) == kOptional;
    texts.push_back((is_long ? path.substr(kOptional.size()) : path) + "=" + value);
  }
  if (configuration.cores) {
    texts.push_back("array.cores=" + std::to_string(*configuration.cores));
  }
  return texts;
}

}  // namespace

std::vector<PassSummary> pass_summaries(const PipelineResult& result) {
  std::map<std::string, PassSummary> by_name;
  for (const PassRun& run : result.runs) {
    PassSummary& pass = by_name[run.name];
    pass.name = run.name;
    pass.changed = pass.changed || run.changed;
    ++pass.runs;
    for (const auto& [counter, amount] : run.statistics.counters)
      pass.counters[counter] += amount;
  }
  std::vector<PassSummary> summaries;
  for (const std::string& name : switch_names()) {
    const auto found = by_name.find(name);
    if (found != by_name.end()) summaries.push_back(found->second);
  }
  return summaries;
}

std::string_view name_of(GroupDecision::Kind kind) {
  switch (kind) {
    case GroupDecision::Kind::kNoLocalForm:
      return "no_local_form";
    case GroupDecision::Kind::kDoesNotFit:
      return "does_not_fit";
    case GroupDecision::Kind::kCostsMore:
      return "costs_more";
    case GroupDecision::Kind::kLimit:
      return "limit";
  }
  unreachable();
}

Profile make_profile(Run run, const Configuration& configuration, Identity identity) {
  // Exporters give every graph one name; the file's is what the user knows it by.
  if (identity.model.empty()) {
    identity.model = std::filesystem::path(identity.source).stem().string();
  }
  if (identity.preset.empty()) identity.preset = specification_of(configuration.switches);
  identity.precision = configuration.precision.precision;
  identity.chip = run.chip->name;
  identity.switches = switches_of(configuration);
  identity.overrides = overrides_text(configuration);
  if (const CompiledNetwork* compiled = run.network->compiled.get(); compiled != nullptr) {
    identity.precision = compiled->precision;
    identity.is_measured = compiled->capture.has_value();
    identity.preset = identity.is_measured ? "measured" : "compiled";
    identity.switches = SwitchSet{};
  }
  return make_profile(run.network->graph, std::move(run.simulation), *run.chip, std::move(identity),
                      pass_summaries(run.network->passes));
}

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
  report.summary.batch = report.identity.batch;
  if (report.identity.is_measured) report.summary.interval = {};
  report.waterfall = report.summary.waterfall;
  TPU_CHECK(report.waterfall.total() == report.summary.makespan,
            "the waterfall adds up to {} ps of {} ps", report.waterfall.total().value,
            report.summary.makespan.value);
  report.ops = op_rows(profile);
  report.groups = group_rows(profile);
  report.decisions = decision_rows(profile.simulation.plan);
  add_ends(profile.graph, report.decisions, report.groups);
  report.findings = find_all(profile, chip);
  report.evidence = evidence_of(profile.charges, profile.simulation.program, chip);
  std::vector<std::vector<EvidenceRow>> by_op =
      evidence_by_op(profile.charges, profile.simulation.program, chip, profile.graph.size());
  for (OpRow& op : report.ops)
    op.evidence = std::move(by_op[op.op.index]);
  return profile;
}

}  // namespace tpuscope
