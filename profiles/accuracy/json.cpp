// A validation as JSON, for programs.

#include "base/text.h"
#include "base/writer.h"
#include "profiles/accuracy/language_rows.h"
#include "profiles/accuracy/validation_json.h"

namespace tpuscope {
namespace {

void write_members(JsonWriter& json, const Accuracy& accuracy) {
  json.member("rows", accuracy.rows);
  json.member("networks", accuracy.models);
  json.member("factor", accuracy.factor);
  json.member("bias", accuracy.bias);
  json.member("median", accuracy.median);
  json.member("percentile_90", accuracy.percentile_90);
  json.member("worst", accuracy.worst);
  json.member("rank_correlation", accuracy.rank);
  json.member("within_1_2", accuracy.within_1_2);
  json.member("within_1_5", accuracy.within_1_5);
}

void write_table(JsonWriter& json, const AccuracyTable& table) {
  json.objects(table.key, table.lines, [&](const AccuracyLine& line) {
    for (std::size_t i = 0; i < line.labels.size(); ++i)
      json.member(table.columns[i], sanitised_utf8(line.labels[i]));
    write_members(json, line.accuracy);
  });
}

void write_outcome(JsonWriter& json, const Prediction& row) {
  const Outcome& outcome = row.outcome;
  json.member("predicted_ps", outcome.time);
  json.member("ratio", row.ratio());
  json.member("bound", verdict_of(outcome.waterfall).bound());
  json.member("bound_ps", outcome.bound);
  json.member("bdc_busy_ps", outcome.bdc_busy);
  json.member("gdma_busy_ps", outcome.gdma_busy);
  json.member("ddr_bytes", outcome.ddr_bytes);
  json.member("macs", outcome.macs);
  json.member("precision_table", sanitised_utf8(row.table));
  json.object("waterfall", [&] {
    for (std::size_t step = 0; step < kStepCount; ++step)
      json.member(text_of(static_cast<Step>(step)).key, outcome.waterfall.steps[step]);
  });
}

void write_row(JsonWriter& json, const Prediction& row) {
  const Measurement& measured = row.measurement;
  json.member("model", sanitised_utf8(measured.model));
  json.member("chip", sanitised_utf8(measured.chip));
  json.member("cores", measured.cores);
  json.member("precision", type_name(measured));
  json.member("batch", measured.batch);
  json.member("pipeline", measured.pipeline);
  json.member("quality", name_of(measured.quality));
  json.member("measured_ms", measured.milliseconds);
  if (row.ok()) {
    write_outcome(json, row);
  } else {
    json.member("error", sanitised_utf8(row.error));
  }
}

void write_gain(JsonWriter& json, const Gain& gain) {
  json.member("change", gain.change);
  json.member("chip", sanitised_utf8(gain.chip));
  json.member("precision", gain.precision);
  json.member("pairs", gain.pairs);
  json.member("predicted", gain.predicted);
  json.member("measured", gain.measured);
  json.member("factor", gain.factor);
}

void write_accuracy_json(const Validation& validation, ByteSink& sink) {
  JsonWriter json(sink, 1);
  write_json(json, validation);
  json.finish("\n");
}

TPU_REGISTER(register_writer<Validation>({.name = "json",
                                          .summary = "every figure for programs",
                                          .signature = "\"format\": \"tpuscope validation\"",
                                          .write = write_accuracy_json}));

}  // namespace

void write_json(JsonWriter& json, const Validation& validation) {
  json.object([&] {
    json.member("format", "tpuscope validation");
    json.member("version", 1);
    json.member("source", sanitised_utf8(validation.source));
    json.object("total", [&] { write_members(json, validation.total()); });
    json.objects("tables", validation.tables, [&](const AccuracyTable& table) {
      json.member("key", table.key);
      json.member("title", table.title);
      json.member("columns", table.columns);
    });
    for (const AccuracyTable& table : validation.tables)
      write_table(json, table);
    json.objects("gains", validation.gains, [&](const Gain& gain) { write_gain(json, gain); });
    json.objects("rows", validation.rows, [&](const Prediction& row) { write_row(json, row); });
  });
}

}  // namespace tpuscope
