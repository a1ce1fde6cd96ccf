// The report as JSON: versioned, units in the names of fields, integers for times and bytes, fields
// in reading order, and nothing that differs between two runs of the same command.

#include <string>

#include <nlohmann/json.hpp>

#include "graph/text.h"
#include "profiles/figures.h"
#include "profiles/writer.h"

namespace tpuscope {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kSchema = 1;

Json context_json(const Identity& identity) {
  return {{"tool", "tpuscope " TPUSCOPE_VERSION},
          {"model",
           {{"name", sanitised_utf8(identity.model)},
            {"source", sanitised_utf8(identity.source)},
            {"batch", identity.batch}}},
          {"precision", name_of(identity.precision)},
          {"chip", sanitised_utf8(identity.chip)},
          {"passes", {{"preset", identity.preset}, {"switches", identity.switches}}}};
}

Json summary_json(const Summary& summary) {
  return {{"time_ps", summary.makespan.value},
          {"cycles", summary.cycles},
          {"clock_khz", summary.clock_khz},
          {"cores", summary.cores},
          {"bdc_busy_ps", summary.bdc_busy.value},
          {"gdma_busy_ps", summary.gdma_busy.value},
          {"overlap_ps", summary.overlap.value},
          {"exposed_load_ps", summary.exposed_load.value},
          {"exposed_store_ps", summary.exposed_store.value},
          {"exposed_copy_ps", summary.exposed_copy.value},
          {"idle_ps", summary.idle.value},
          {"ddr_read_bytes", summary.ddr_read_bytes},
          {"ddr_write_bytes", summary.ddr_write_bytes},
          {"macs", summary.macs},
          {"useful_ops", summary.useful_ops},
          {"issued_ops", summary.issued_ops},
          {"peak_macs_per_second", summary.peak_macs_per_second},
          {"peak_ddr_bytes_per_second", summary.peak_ddr_bytes_per_second},
          {"compute_utilisation", summary.compute_utilisation},
          {"bandwidth_utilisation", summary.bandwidth_utilisation()},
          {"local_memory_peak_bytes", summary.local_memory_peak_bytes},
          {"local_memory_bytes", summary.local_memory_bytes},
          {"bdc_commands", summary.bdc_commands},
          {"gdma_commands", summary.gdma_commands}};
}

Json waterfall_json(const Waterfall& waterfall) {
  Json steps = Json::array();
  for (std::size_t i = 0; i < kStepCount; ++i) {
    const Step step = static_cast<Step>(i);
    steps.push_back({{"name", text_of(step).key}, {"time_ps", waterfall[step].value}});
  }
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
  write_column("engine", [&](std::size_t i) { return in_quotes(name_of(commands[i].engine)); });
  write_column("kind", [&](std::size_t i) { return in_quotes(name_of(commands[i].kind)); });
  write_column("op", [&](std::size_t i) { return number(commands[i].op); });
  write_column("start_ps", [&](std::size_t i) { return number(timeline.start[i].value); });
  write_column("end_ps", [&](std::size_t i) { return number(timeline.end[i].value); });
  write_column("bytes", [&](std::size_t i) { return number(commands[i].bytes); });
  sink.write(buffer + "}");
}

/// The members of one run's report, after an opening brace.
void write_run(const Profile& profile, ByteSink& sink) {
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
  member("passes", passes_json(report.passes));
  sink.write("\"spans\":");
  write_spans(profile, sink);
}

void write_json(const Results& results, const WriterOptions&, ByteSink& sink) {
  const auto open = [&](std::string_view kind) {
    sink.write("{\"schema\":" + std::to_string(kSchema) + ",\n\"kind\":" + in_quotes(kind) + ",\n");
  };
  if (results.before == nullptr) {
    open("tpuscope.report");
    write_run(*results.after, sink);
    sink.write("}\n");
    return;
  }
  open("tpuscope.report.comparison");
  Json steps = Json::array();
  for (const SwitchStep& step : results.steps) {
    steps.push_back({{"switch", step.name},
                     {"alone_ps", step.alone.value},
                     {"time_ps", step.makespan.value},
                     {"did", step.did}});
  }
  sink.write("\"steps\":" + steps.dump() + ",\n\"before\":{");
  write_run(*results.before, sink);
  sink.write("},\n\"after\":{");
  write_run(*results.after, sink);
  sink.write("}}\n");
}

const bool registered = register_writer({.name = "json",
                                         .summary = "report with every figure, for programs",
                                         .extension = ".json",
                                         .mark = "\"kind\":\"tpuscope.report",
                                         .write = write_json});

}  // namespace
}  // namespace tpuscope
