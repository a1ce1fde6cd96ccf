// A validation as JSON, for programs.

#include "base/text.h"
#include "base/writer.h"
#include "passes/precision/precision.h"
#include "profiles/accuracy/parts.h"
#include "profiles/accuracy/validation_json.h"

namespace tpuscope {
namespace {

using Json = nlohmann::ordered_json;

Json json_of(const Accuracy& accuracy) {
  return {{"rows", accuracy.rows},
          {"networks", accuracy.models},
          {"factor", accuracy.factor},
          {"bias", accuracy.bias},
          {"median", accuracy.median},
          {"percentile_90", accuracy.percentile_90},
          {"worst", accuracy.worst},
          {"rank_correlation", accuracy.rank ? Json(*accuracy.rank) : Json()},
          {"within_1_2", accuracy.within_1_2},
          {"within_1_5", accuracy.within_1_5}};
}

Json json_of(const Prediction& row) {
  const Measurement& measured = row.measurement;
  Json json = {{"model", sanitised_utf8(measured.model)},
               {"chip", sanitised_utf8(measured.chip)},
               {"cores", measured.cores},
               {"precision", precision_name(measured.precision)},
               {"batch", measured.batch},
               {"pipeline", measured.pipeline},
               {"quality", name_of(measured.quality)},
               {"measured_ms", measured.milliseconds}};
  if (!row.ok()) {
    json["error"] = sanitised_utf8(row.error);
    return json;
  }
  const Outcome& outcome = row.outcome;
  json["predicted_ps"] = outcome.time.value;
  json["ratio"] = row.ratio();
  json["bound"] = text_of(outcome.waterfall.largest()).bound;
  json["bound_ps"] = outcome.bound.value;
  json["bdc_busy_ps"] = outcome.bdc_busy.value;
  json["gdma_busy_ps"] = outcome.gdma_busy.value;
  json["ddr_bytes"] = outcome.ddr_bytes;
  json["macs"] = outcome.macs;
  json["precision_table"] = sanitised_utf8(row.table);
  for (std::size_t step = 0; step < kStepCount; ++step) {
    json["waterfall"][std::string(text_of(static_cast<Step>(step)).key)] =
        outcome.waterfall.steps[step].value;
  }
  return json;
}

void write_accuracy_json(const Validation& validation, ByteSink& sink) {
  sink.write(validation_json(validation).dump(1) + "\n");
}

TPU_REGISTER(register_writer<Validation>({.name = "json",
                                          .summary = "every figure for programs",
                                          .signature = "\"format\": \"tpuscope validation\"",
                                          .write = write_accuracy_json}));

}  // namespace

Json validation_json(const Validation& validation) {
  Json json = {{"format", "tpuscope validation"},
               {"version", 1},
               {"source", sanitised_utf8(validation.source)},
               {"total", json_of(validation.total())},
               {"tables", Json::array()}};
  for (const AccuracyTable& table : validation.tables) {
    json["tables"].push_back(
        {{"key", table.key}, {"title", table.title}, {"columns", table.columns}});
    Json& lines = json[table.key] = Json::array();
    for (const AccuracyLine& line : table.lines) {
      Json entry;
      for (std::size_t i = 0; i < line.labels.size(); ++i)
        entry[table.columns[i]] = sanitised_utf8(line.labels[i]);
      entry.update(json_of(line.accuracy));
      lines.push_back(std::move(entry));
    }
  }
  json["gains"] = Json::array();
  for (const Gain& gain : validation.gains) {
    json["gains"].push_back({{"change", gain.change},
                             {"chip", sanitised_utf8(gain.chip)},
                             {"precision", gain.precision},
                             {"pairs", gain.pairs},
                             {"predicted", gain.predicted},
                             {"measured", gain.measured},
                             {"factor", gain.factor}});
  }
  json["rows"] = Json::array();
  for (const Prediction& row : validation.rows)
    json["rows"].push_back(json_of(row));
  return json;
}

}  // namespace tpuscope
