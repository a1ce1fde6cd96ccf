// The report as JSON: versioned, units in the names of fields, integers for times and bytes, fields
// in reading order, and nothing that differs between two runs of the same command.

#include <string>

#include <nlohmann/json.hpp>

#include "base/text.h"
#include "passes/pipeline.h"
#include "passes/precision/precision.h"
#include "profiles/report/local_memory.h"
#include "profiles/views/sensitivities_json.h"
#include "profiles/views/summary_json.h"
#include "profiles/views/writer.h"

namespace tpuscope {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kSchema = 1;

Json context_json(const Identity& identity) {
  return {{"tool", "tpuscope " TPUSCOPE_VERSION},
          {"model",
           {{"name", sanitised_utf8(identity.model)},
            {"source", sanitised_utf8(identity.source)},
            {"sha256", identity.sha256.empty() ? Json(nullptr) : Json(identity.sha256)},
            {"batch", identity.batch}}},
          {"precision", precision_name(identity.precision)},
          {"chip", sanitised_utf8(identity.chip)},
          {"overrides", identity.overrides},
          {"passes", {{"preset", identity.preset}, {"switches", identity.switches.names()}}}};
}

Json waterfall_json(const Waterfall& waterfall) {
  Json steps = Json::array();
  for (std::size_t i = 0; i < kStepCount; ++i) {
    const Step step = static_cast<Step>(i);
    steps.push_back({{"name", text_of(step).key}, {"time_ps", waterfall[step].value}});
  }
  return steps;
}

/// Times in the order of the run's waterfall.
Json steps_json(const Waterfall& waterfall) {
  Json steps = Json::array();
  for (const Picoseconds time : waterfall.steps)
    steps.push_back(time.value);
  return steps;
}

Json op_json(const OpRow& op) {
  Json origin = Json::array();
  for (const std::string& name : op.origin)
    origin.push_back(sanitised_utf8(name));
  Json json = {{"id", op.op.index},
               {"name", sanitised_utf8(op.name)},
               {"type", op.type},
               {"shape", op.shape},
               {"group", op.group == kNone ? Json(nullptr) : Json(op.group)},
               {"origin", std::move(origin)},
               {"made_by", op.made_by},
               {"blame_ps", op.blame().value},
               {"bound", text_of(op.waterfall.largest()).key},
               {"waterfall_ps", steps_json(op.waterfall)},
               {"bdc_busy_ps", op.bdc_busy.value},
               {"gdma_busy_ps", op.gdma_busy.value},
               {"hidden_ps", op.hidden.value},
               {"transfer_bytes", op.transfer_bytes},
               {"ddr_bytes", op.ddr_bytes},
               {"useful_ops", op.useful_ops},
               {"issued_ops", op.issued_ops},
               {"commands", op.commands}};
  return json;
}

Json ids_json(const std::vector<OpId>& ops) {
  Json json = Json::array();
  for (const OpId op : ops)
    json.push_back(op.index);
  return json;
}

Json findings_json(const std::vector<Finding>& findings) {
  Json json = Json::array();
  for (const Finding& finding : findings) {
    json.push_back({{"rule", finding.rule},
                    {"message", sanitised_utf8(finding.message)},
                    {"remedy", finding.remedy},
                    {"gain_ps", finding.gain.value},
                    {"ops", ids_json(finding.ops)}});
  }
  return json;
}

Json evidence_json(const std::vector<EvidenceRow>& rows) {
  Json json = Json::array();
  for (const EvidenceRow& row : rows) {
    json.push_back(
        {{"evidence", name_of(row.evidence)}, {"time_ps", row.time.value}, {"values", row.values}});
  }
  return json;
}

Json groups_json(const std::vector<GroupRow>& groups) {
  Json json = Json::array();
  for (const GroupRow& group : groups) {
    json.push_back({{"id", group.index},
                    {"type", group.type},
                    {"ops", ids_json(group.ops)},
                    {"secs", group.secs},
                    {"slices", group.slice_count},
                    {"rows", group.rows},
                    {"peak_local_bytes_per_lane", group.peak_local_bytes},
                    {"estimate_ps", group.estimate.value},
                    {"blame_ps", group.blame.value}});
  }
  return json;
}

Json decisions_json(const std::vector<DecisionRow>& decisions) {
  Json json = Json::array();
  for (const DecisionRow& decision : decisions) {
    json.push_back({{"op", decision.op.index},
                    {"kind", decision.kind},
                    {"rule", decision.rule},
                    {"text", sanitised_utf8(decision.text)},
                    {"bytes_per_lane", decision.bytes},
                    {"cost_ps", decision.cost.value}});
  }
  return json;
}

/// Bytes of each lane's local memory that are in use from a time on.
Json memory_json(const Simulation& simulation) {
  Json times = Json::array();
  Json bytes = Json::array();
  for (const LocalUse& use : local_memory_use(simulation.program, simulation.timeline)) {
    times.push_back(use.time.value);
    bytes.push_back(use.bytes);
  }
  return {{"time_ps", std::move(times)}, {"bytes_per_lane", std::move(bytes)}};
}

Json passes_json(const std::vector<PassSummary>& passes) {
  Json json = Json::array();
  for (const PassSummary& pass : passes) {
    json.push_back({{"name", pass.name},
                    {"changed", pass.changed},
                    {"runs", pass.runs},
                    {"counters", pass.counters}});
  }
  return json;
}

/// Commands as columns: a quarter of the size of objects. Written piece by piece, as they are many.
void write_spans(const Profile& profile, ByteSink& sink) {
  const auto& commands = profile.simulation.program.commands;
  const Timeline& timeline = profile.simulation.timeline;
  std::string buffer;
  const auto write_column = [&](std::string_view key, auto value) {
    buffer += (key == "engine" ? "{\"" : ",\n\"") + std::string(key) + "\":[";
    for (std::size_t i = 0; i < commands.size(); ++i) {
      if (i > 0) buffer += ',';
      buffer += value(i);
      if (buffer.size() > 1U << 16U) {
        sink.write(buffer);
        buffer.clear();
      }
    }
    buffer += ']';
  };
  const auto number = [](std::int64_t value) { return std::to_string(value); };
  const auto reference = [](std::uint32_t index) {
    return index == kNone ? std::string("null") : std::to_string(index);
  };
  write_column("engine", [&](std::size_t i) { return in_quotes(name_of(commands[i].engine)); });
  write_column("kind", [&](std::size_t i) { return in_quotes(name_of(commands[i].kind)); });
  write_column("id", [&](std::size_t i) { return number(commands[i].id); });
  write_column("wait_id", [&](std::size_t i) { return number(commands[i].wait_id); });
  write_column("op", [&](std::size_t i) { return reference(commands[i].op); });
  write_column("group", [&](std::size_t i) { return reference(commands[i].group); });
  write_column("slice", [&](std::size_t i) { return number(commands[i].slice); });
  write_column("start_ps", [&](std::size_t i) { return number(timeline.start[i].value); });
  write_column("end_ps", [&](std::size_t i) { return number(timeline.end[i].value); });
  write_column("bytes", [&](std::size_t i) { return number(commands[i].bytes); });
  write_column("local_address", [&](std::size_t i) { return number(commands[i].result.address); });
  write_column("local_bytes", [&](std::size_t i) { return number(commands[i].result.bytes); });
  sink.write(buffer + "}");
}

/// The members of one run's report, after an opening brace.
void write_run_json(const Profile& profile, ByteSink& sink) {
  const Report& report = profile.report;
  const auto member = [&](std::string_view key, const Json& value) {
    sink.write(in_quotes(key) + ":" + value.dump() + ",\n");
  };
  member("context", context_json(report.identity));
  member("summary", summary_json(report.summary));
  member("waterfall", waterfall_json(report.waterfall));
  sink.write("\"ops\":[");
  for (std::size_t i = 0; i < report.ops.size(); ++i)
    sink.write((i > 0 ? ",\n" : "\n") + op_json(report.ops[i]).dump());
  sink.write("],\n");
  member("findings", findings_json(report.findings));
  member("evidence", evidence_json(report.evidence));
  member("groups", groups_json(report.groups));
  member("decisions", decisions_json(report.decisions));
  member("passes", passes_json(report.passes));
  member("local_memory", memory_json(profile.simulation));
  sink.write("\"spans\":");
  write_spans(profile, sink);
}

Json switches_json(const SwitchStudy& study) {
  Json steps = Json::array();
  for (const SwitchStep& step : study.steps) {
    steps.push_back({{"switch", step.name},
                     {"alone_ps", step.alone.value},
                     {"time_ps", step.makespan.value},
                     {"left_out_ps", step.left_out.value},
                     {"average_saved_ps", step.average.value},
                     {"average_error_ps", step.average_error.value},
                     {"did", step.did}});
  }
  return steps;
}

Json averages_json(const SwitchStudy& study) {
  return {{"is_exact", study.is_exact}, {"orders", study.orders}, {"runs", study.runs}};
}

Json precisions_json(const std::vector<PrecisionRow>& rows) {
  Json json = Json::array();
  for (const PrecisionRow& row : rows) {
    for (std::size_t i = 0; i < row.presets.size(); ++i) {
      json.push_back({{"precision", precision_name(row.precision)},
                      {"preset", presets()[i].name},
                      {"time_ps", row.presets[i].makespan.value},
                      {"ddr_bytes", row.presets[i].ddr_bytes},
                      {"compute_utilisation", row.presets[i].useful}});
    }
  }
  return json;
}

void write_run_json(const Results& results, const WriterOptions&, ByteSink& sink) {
  const auto open = [&](std::string_view kind) {
    sink.write("{\"schema\":" + std::to_string(kSchema) + ",\n\"kind\":" + in_quotes(kind) + ",\n");
  };
  if (results.before == nullptr) {
    open("tpuscope.report");
    if (results.sensitivities) {
      sink.write("\"sensitivities\":" + sensitivities_json(*results.sensitivities).dump() + ",\n");
    }
    write_run_json(*results.after, sink);
    sink.write("}\n");
    return;
  }
  open("tpuscope.report.comparison");
  sink.write("\"steps\":" + switches_json(results.study).dump() + ",\n");
  sink.write("\"averages\":" + averages_json(results.study).dump() + ",\n");
  sink.write("\"precisions\":" + precisions_json(results.precisions).dump() + ",\n\"before\":{");
  write_run_json(*results.before, sink);
  sink.write("},\n\"after\":{");
  write_run_json(*results.after, sink);
  sink.write("}}\n");
}

TPU_REGISTER(register_writer({.name = "json",
                              .summary = "report with every figure, for programs",
                              .extension = ".json",
                              .mark = "\"kind\":\"tpuscope.report",
                              .write = write_run_json}));

}  // namespace
}  // namespace tpuscope
