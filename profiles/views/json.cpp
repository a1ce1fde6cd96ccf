// The report as JSON: versioned, units in the names of fields, integers for times and bytes, fields
// in reading order, and nothing that differs between two runs of the same command.

#include <string_view>

#include "base/json_writer.h"
#include "base/text.h"
#include "passes/precision/precision.h"
#include "profiles/report/local_memory.h"
#include "profiles/views/parts_json.h"
#include "profiles/views/results.h"
#include "profiles/views/whatif_views.h"

namespace tpuscope {
namespace {

constexpr int kSchema = 1;

void write_context(JsonWriter& json, const Identity& identity) {
  json.object("context", [&] {
    json.member("tool", "tpuscope " TPUSCOPE_VERSION);
    json.object("model", [&] {
      json.member("name", sanitised_utf8(identity.model));
      json.member("source", sanitised_utf8(identity.source));
      json.key("sha256");
      if (identity.sha256.empty()) {
        json.null();
      } else {
        json.value(identity.sha256);
      }
      json.member("batch", identity.batch);
    });
    json.member("precision", precision_name(identity.precision));
    json.member("chip", sanitised_utf8(identity.chip));
    json.member("overrides", identity.overrides);
    json.member("flags", identity.flags);
    json.object("passes", [&] {
      json.member("preset", identity.preset);
      json.member("switches", identity.switches.names());
    });
  });
}

void write_waterfall(JsonWriter& json, const Waterfall& waterfall) {
  json.array("waterfall", [&] {
    for (std::size_t i = 0; i < kStepCount; ++i) {
      const Step step = static_cast<Step>(i);
      json.object([&] {
        json.member("name", text_of(step).key);
        json.member("time_ps", waterfall[step]);
      });
    }
  });
}

void write_index(JsonWriter& json, std::uint32_t index) {
  if (index == kNone) {
    json.null();
  } else {
    json.value(index);
  }
}

void write_op(JsonWriter& json, const OpRow& op) {
  json.object([&] {
    json.member("id", op.op.index);
    json.member("name", sanitised_utf8(op.name));
    json.member("type", op.type);
    json.member("shape", op.shape);
    json.key("group");
    write_index(json, op.group);
    json.list("origin", op.origin,
              [&](const std::string& name) { json.value(sanitised_utf8(name)); });
    json.member("made_by", op.made_by);
    json.member("blame_ps", op.blame());
    json.member("bound", text_of(op.waterfall.largest()).key);
    // Times in the order of the run's waterfall.
    json.member("waterfall_ps", op.waterfall.steps);
    json.member("bdc_busy_ps", op.bdc_busy);
    json.member("gdma_busy_ps", op.gdma_busy);
    json.member("hidden_ps", op.hidden);
    json.member("transfer_bytes", op.transfer_bytes);
    json.member("ddr_bytes", op.ddr_bytes);
    json.member("useful_ops", op.useful_ops);
    json.member("issued_ops", op.issued_ops);
    json.member("commands", op.commands);
  });
}

void write_ids(JsonWriter& json, const std::vector<OpId>& ops) {
  json.list("ops", ops, [&](OpId op) { json.value(op.index); });
}

void write_group(JsonWriter& json, const GroupRow& group) {
  json.member("id", group.index);
  json.member("type", name_of(group.type));
  write_ids(json, group.ops);
  json.member("secs", group.secs);
  json.member("slices", group.slice_count);
  json.member("rows", group.rows);
  json.member("peak_local_bytes_per_lane", group.peak_local_bytes);
  json.member("estimate_ps", group.estimate);
  json.member("blame_ps", group.blame);
  json.key("end");
  write_index(json, group.end);
}

/// Bytes of each lane's local memory that are in use from a time on.
void write_local_memory(JsonWriter& json, const Simulation& simulation) {
  const std::vector<LocalUse> uses = local_memory_use(simulation.program, simulation.timeline);
  json.object("local_memory", [&] {
    json.list("time_ps", uses, [&](const LocalUse& use) { json.value(use.time); });
    json.list("bytes_per_lane", uses, [&](const LocalUse& use) { json.value(use.bytes); });
  });
}

/// Commands as columns: a quarter of the size of objects.
void write_spans(JsonWriter& json, const Profile& profile) {
  const auto& commands = profile.simulation.program.commands;
  const Timeline& timeline = profile.simulation.timeline;
  const auto column = [&](std::string_view key, auto write) {
    json.list(key, commands, write);
    json.break_line();
  };
  const auto times = [&](std::string_view key, const std::vector<Picoseconds>& of) {
    json.member(key, of);
    json.break_line();
  };
  json.object("spans", [&] {
    column("engine", [&](const Command& command) { json.value(name_of(command.engine)); });
    column("core", [&](const Command& command) { json.value(command.core); });
    column("kind", [&](const Command& command) { json.value(name_of(command.kind)); });
    column("id", [&](const Command& command) { json.value(command.id); });
    column("wait_id", [&](const Command& command) { json.value(command.wait_id); });
    column("op", [&](const Command& command) { write_index(json, command.op); });
    column("group", [&](const Command& command) { write_index(json, command.group); });
    column("slice", [&](const Command& command) { json.value(command.slice); });
    times("start_ps", timeline.start);
    times("end_ps", timeline.end);
    column("bytes", [&](const Command& command) { json.value(command.bytes); });
    column("local_address", [&](const Command& command) { json.value(command.result.address); });
    column("local_bytes", [&](const Command& command) { json.value(command.result.bytes); });
  });
}

/// The members of one run's report.
void write_run(JsonWriter& json, const Profile& profile) {
  const Report& report = profile.report;
  write_context(json, report.identity);
  json.break_line();
  json.key("summary");
  write_json(json, report.summary);
  json.break_line();
  write_waterfall(json, report.waterfall);
  json.break_line();
  json.list("ops", report.ops, [&](const OpRow& op) {
    json.break_line();
    write_op(json, op);
  });
  json.break_line();
  json.objects("findings", report.findings, [&](const Finding& finding) {
    write_members(json, finding);
    write_ids(json, finding.ops);
  });
  json.break_line();
  json.objects("evidence", report.evidence, [&](const EvidenceRow& row) {
    json.member("evidence", name_of(row.evidence));
    json.member("time_ps", row.time);
    json.member("values", row.values);
  });
  json.break_line();
  json.objects("groups", report.groups, [&](const GroupRow& group) { write_group(json, group); });
  json.break_line();
  json.objects("decisions", report.decisions, [&](const DecisionRow& decision) {
    json.member("op", decision.op.index);
    write_members(json, decision);
  });
  json.break_line();
  json.list("passes", report.passes, [&](const PassSummary& pass) { write_json(json, pass); });
  json.break_line();
  write_local_memory(json, profile.simulation);
  json.break_line();
  write_spans(json, profile);
}

void write_document(JsonWriter& json, const Results& results) {
  const bool is_comparison = results.before != nullptr;
  json.member("schema", kSchema);
  json.break_line();
  json.member("kind", is_comparison ? "tpuscope.report.comparison" : "tpuscope.report");
  json.break_line();
  if (results.budget) {
    json.object("budget", [&] {
      json.member("limit_ps", *results.budget);
      json.member("met", results.is_within_budget());
    });
    json.break_line();
  }
  if (!is_comparison) {
    if (results.sensitivities) {
      json.key("sensitivities");
      write_json(json, *results.sensitivities);
      json.break_line();
    }
    if (results.capabilities) {
      json.key("capabilities");
      write_json(json, *results.capabilities);
      json.break_line();
    }
    return write_run(json, *results.after);
  }
  json.key("steps");
  write_json(json, results.study.steps);
  json.break_line();
  json.key("averages");
  write_averages(json, results.study);
  json.break_line();
  json.key("precisions");
  write_json(json, results.precisions);
  json.break_line();
  json.object("before", [&] { write_run(json, *results.before); });
  json.break_line();
  json.object("after", [&] { write_run(json, *results.after); });
}

void write_run_json(const Results& results, ByteSink& sink) {
  JsonWriter json(sink);
  json.object([&] { write_document(json, results); });
  json.finish("\n");
}

TPU_REGISTER(register_writer<Results>(
    {.name = "json",
     .summary = "report with every figure, for programs",
     .signature = "\"kind\":\"tpuscope.report",
     .flag = {.name = "--report", .value = "FILE", .help = "write every figure as JSON"},
     .write = write_run_json}));

}  // namespace
}  // namespace tpuscope
