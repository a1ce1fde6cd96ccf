// Predictions beside measurements: reading of tables, figures that can be computed by hand, and
// rows that fail alone.

#include <cmath>

#include <doctest/doctest.h>

#include "base/parallel.h"
#include "base/writer.h"
#include "passes/precision/precision.h"
#include "profiles/accuracy/accuracy.h"
#include "profiles/accuracy/parts.h"
#include "tests/support/temporary_folder.h"

namespace tpuscope::test {
namespace {

constexpr std::string_view kHeader =
    "model_file,chip,cores,precision,batch,pipeline,ms_per_batch,"
    "quality\n";

std::vector<Measurement> rows_of(const std::string& lines) {
  Result<std::vector<Measurement>> rows = parse_measurements(std::string(kHeader) + lines, "t.csv");
  if (!rows.ok()) FAIL(rows.error().where, ": ", rows.error().message);
  return *std::move(rows);
}

std::string message_of(const std::string& csv) {
  const Result<std::vector<Measurement>> rows = parse_measurements(csv, "t.csv");
  return rows.ok() ? "" : rows.error().where + ": " + rows.error().message;
}

/// A row that was predicted `predicted` and measured `measured` milliseconds.
Prediction row_of(double predicted, double measured, const std::string& model = "m",
                  Quality quality = Quality::kGood) {
  Prediction row;
  row.measurement = {
      .model = model, .chip = "bm1684x", .milliseconds = measured, .quality = quality};
  row.outcome.time = Picoseconds{std::llround(predicted * 1e9)};
  return row;
}

Accuracy accuracy(const std::vector<Prediction>& rows) {
  PredictionSet set;
  for (const Prediction& row : rows)
    set.push_back(&row);
  return accuracy_of(set);
}

std::string written_validation(std::string_view form, const Validation& validation) {
  StringSink sink;
  CHECK(writer_called<Validation>(form).write(validation, {.terminal = {.width = 200}}, sink).ok());
  return sink.text();
}

constexpr std::string_view kConvolution = R"(x = Input f32[1,64,56,56]
w = Weight f32[64,64,3,3]
y = Conv(x, w) strides=[1,1] pads=[1,1,1,1]
return y
)";

TEST_CASE("a table is read by the names of its columns, and what it leaves out has a usual value") {
  const auto rows = rows_of("a.onnx,BM1684X,1,FP16,4,baseline,1.5,suspect\n");
  REQUIRE(rows.size() == 1);
  CHECK(rows[0].chip == "bm1684x");
  CHECK(rows[0].precision == DType::kF16);
  CHECK(rows[0].batch == 4);
  CHECK(rows[0].preset() == "baseline");
  CHECK(rows[0].milliseconds == 1.5);
  CHECK(rows[0].quality == Quality::kSuspect);
  const auto least =
      parse_measurements("ms_per_batch,precision,chip,model_file\n2,int8,c,m\n", "t");
  REQUIRE(least.ok());
  CHECK(least->front().cores == 1);
  CHECK(least->front().preset() == "optimized");  // a production compiler has all passes
  CHECK(least->front().quality == Quality::kGood);
}

TEST_CASE("a row is predicted with the switches of its compiler's year") {
  const auto rows = parse_measurements(
      "ms_per_batch,precision,chip,model_file,compiler\n2,int8,bm1684x,m,2024\n"
      "2,int8,bm1684x,m,\n",
      "t");
  REQUIRE(rows.ok());
  CHECK(rows->at(0).compiler == 2024);
  CHECK(rows->at(1).compiler == 0);
  const auto switches = [&](std::size_t row) {
    return configuration_of(rows->at(row), {})->switches;
  };
  CHECK(switches(0) == *parse_switches("optimized", 2024));
  CHECK(switches(1) == SwitchSet::all());
}

TEST_CASE("a table that could be misread is refused with the place of its mistake") {
  const std::string head(kHeader);
  CHECK(message_of("model_file,chip,precision\na,b,int8\n") ==
        "t.csv: the table has no column ms_per_batch");
  CHECK(message_of(head) == "t.csv: the table has no rows");
  CHECK(message_of(head + "a,c,1,FP16,1,default,1,good\na,c,1,FP17,1,default,1,good\n") ==
        "t.csv:3: unknown precision \"f17\"");
  CHECK(message_of(head + "a,c,1,FP16,1,default,0,good\n") == "t.csv:2: ms_per_batch is \"0\"");
  CHECK(message_of(head + "a,c,1,FP16,1,default,1 ms,good\n") ==
        "t.csv:2: ms_per_batch is \"1 ms\"");
  CHECK(message_of(head + "a,c,0,FP16,1,default,1,good\n") == "t.csv:2: cores is \"0\"");
  CHECK(message_of(head + "a,c,1,FP16,1,newest,1,good\n") ==
        "t.csv:2: unknown pipeline \"newest\"");
  CHECK(message_of("model_file,chip,precision,ms_per_batch,compiler\na,c,int8,1,2025\n") ==
        "t.csv:2: compiler is \"2025\"");
  CHECK(message_of(head + "a,c,1,FP16,1,default,1,best\n") == "t.csv:2: unknown quality \"best\"");
  CHECK(message_of(head + ",c,1,FP16,1,default,1,good\n") == "t.csv:2: the row names no model");
  CHECK(message_of(head + "a,c,1,FP16,1,default,1,good\n").empty());
}

TEST_CASE("half and double are equally wrong, and cancel in the bias") {
  const Accuracy both = accuracy({row_of(1, 2), row_of(4, 2)});
  CHECK(both.factor == doctest::Approx(2));
  CHECK(both.bias == doctest::Approx(1));
  CHECK(both.worst == doctest::Approx(2));
  const Accuracy low = accuracy({row_of(1, 2), row_of(2, 4)});
  CHECK(low.factor == doctest::Approx(2));
  CHECK(low.bias == doctest::Approx(0.5));
}

TEST_CASE("the figures of four rows are those computed by hand") {
  // Error factors 1, 1.1, 1.25 and 1.6.
  const Accuracy four =
      accuracy({row_of(1, 1, "a"), row_of(2.2, 2, "a"), row_of(4, 5, "b"), row_of(16, 10, "c")});
  CHECK(four.rows == 4);
  CHECK(four.models == 3);
  CHECK(four.factor == doctest::Approx(std::pow(1 * 1.1 * 1.25 * 1.6, 0.25)));
  CHECK(four.bias == doctest::Approx(std::pow(1 * 1.1 / 1.25 * 1.6, 0.25)));
  CHECK(four.median == doctest::Approx((1.1 + 1.25) / 2));
  CHECK(four.percentile_90 == doctest::Approx(1.25 + 0.7 * (1.6 - 1.25)));
  CHECK(four.within_1_2 == 0.5);
  CHECK(four.within_1_5 == 0.75);
  CHECK(four.rank.value() == doctest::Approx(1));
}

TEST_CASE("rank correlation asks for the order only, and shares ranks between equal values") {
  CHECK(rank_correlation({1, 2, 3}, {1, 10, 1000}).value() == doctest::Approx(1));
  CHECK(rank_correlation({1, 2, 3}, {3, 2, 1}).value() == doctest::Approx(-1));
  // Ranks 1 2 3 against 1.5 1.5 3: 1.5 / sqrt(2 * 1.5).
  CHECK(rank_correlation({1, 2, 3}, {5, 5, 6}).value() == doctest::Approx(1.5 / std::sqrt(3.0)));
  CHECK_FALSE(rank_correlation({1, 2}, {7, 7}).has_value());
  CHECK_FALSE(rank_correlation({1}, {1}).has_value());
}

TEST_CASE("suspect rows and failures are shown and count nowhere") {
  Prediction failed = row_of(1, 1);
  failed.error = "no such network";
  const Validation validation =
      validate("t.csv", {row_of(1, 2), row_of(1, 100, "m", Quality::kSuspect), failed});
  CHECK(validation.total().rows == 1);
  CHECK(validation.total().factor == doctest::Approx(2));
  CHECK(validation.tables.front().lines.back().accuracy.rows == 1);
  CHECK(validation.worst_first().front()->measurement.quality == Quality::kSuspect);
  for (const char* form : {"text", "markdown", "json", "csv", "html"}) {
    CAPTURE(form);
    const std::string text = written_validation(form, validation);
    CHECK(text.find("no such network") != std::string::npos);
    CHECK(text.find("suspect") != std::string::npos);
  }
}

TEST_CASE("rows in part float have lines of their own and are not among the good ones") {
  const Validation validation =
      validate("t.csv", {row_of(1, 1), row_of(3, 1, "m", Quality::kMixed)});
  CHECK(validation.total().rows == 1);
  const AccuracyTable& table = validation.tables.front();
  REQUIRE(table.lines.size() == 4);
  CHECK(table.lines[1].labels.back() == "f32, part float");
  CHECK(table.lines[1].accuracy.factor == doctest::Approx(3));
}

TEST_CASE("a gain is reported where both ends were measured, and is the mean over networks") {
  std::vector<Prediction> rows = {row_of(6, 8, "a"), row_of(3, 2, "a"), row_of(1, 1, "a"),
                                  row_of(2, 2, "b"), row_of(1, 1, "b")};
  rows[0].measurement.pipeline = "baseline";
  rows[1].measurement.pipeline = "optimized";
  rows[2].measurement.pipeline = "default";
  rows[3].measurement.pipeline = "baseline";
  rows[4].measurement.pipeline = "optimized";
  const std::vector<Gain> gains = gains_of(rows);
  REQUIRE(gains.size() == 1);
  CHECK(gains[0].change == "graph passes");
  CHECK(gains[0].pairs == 2);
  // Measured 4 and 2 times faster, predicted 2 and 2 times.
  CHECK(gains[0].measured == doctest::Approx(std::sqrt(4 * 2)));
  CHECK(gains[0].predicted == doctest::Approx(2));
  CHECK(gains[0].factor == doctest::Approx(std::sqrt(2)));
  rows[1].measurement.quality = Quality::kSuspect;
  rows[4].error = "failed";
  CHECK(gains_of(rows).empty());
}

TEST_CASE("cores and types are compared where nothing else differs") {
  const auto row = [](double measured, std::int64_t cores, DType precision) {
    Prediction made = row_of(1, measured);
    made.measurement.cores = cores;
    made.measurement.precision = precision;
    made.measurement.pipeline = "default";
    return made;
  };
  const std::vector<Gain> gains =
      gains_of({row(8, 1, DType::kF16), row(5, 2, DType::kF16), row(2, 1, DType::kI8)});
  REQUIRE(gains.size() == 2);
  CHECK(gains[0].change == "second core");
  CHECK(gains[0].chip == "bm1684x x2");
  CHECK(gains[0].measured == doctest::Approx(8.0 / 5));
  CHECK(gains[1].change == "f16 to int8");
  CHECK(gains[1].measured == doctest::Approx(4));
  CHECK(gains[1].precision == "int8");
}

TEST_CASE("every index is worked on once, however many threads there are") {
  for (const std::size_t threads : std::vector<std::size_t>{0, 1, 2, 7}) {
    std::vector<int> visits(100);
    for_each_index(visits.size(), threads, [&](std::size_t i) { ++visits[i]; });
    CHECK(visits == std::vector<int>(100, 1));
  }
  for_each_index(0, 3, [](std::size_t) { FAIL("there is no index"); });
}

TEST_CASE("what a worker throws arrives once all are done, the lowest index first") {
  for (const std::size_t threads : std::vector<std::size_t>{1, 3}) {
    std::vector<int> visits(20);
    std::string message;
    try {
      for_each_index(visits.size(), threads, [&](std::size_t i) {
        ++visits[i];
        TPU_CHECK(i != 7 && i != 12, "index {}", i);
      });
    } catch (const InternalError& error) {
      message = error.what();
    }
    CHECK(message.find("index 7") != std::string::npos);
    CHECK(visits == std::vector<int>(20, 1));
  }
}

TEST_CASE("a row that fails is a row with an error, and the others do not suffer") {
  const TemporaryFolder folder;
  folder.write("conv.tpu", kConvolution);
  folder.write("broken.tpu", "x = Input f32[1,2]\ny = Nothing(x)\n");
  const auto rows = rows_of(
      "conv.tpu,bm1684x,1,FP16,1,default,1,good\n"
      "broken.tpu,bm1684x,1,FP16,1,default,1,good\n"
      "missing.tpu,bm1684x,1,FP16,1,default,1,good\n"
      "conv.tpu,bm1684,1,FP16,1,default,1,good\n"
      "conv.tpu,bm9999,1,FP16,1,default,1,good\n"
      "conv.tpu,bm1684x,2,FP16,1,default,1,good\n"
      "conv.tpu,bm1684x,1,FP16,4,default,1,good\n");
  const auto made = predict_rows(rows, {.model_folders = {folder.path().string()}});
  REQUIRE(made.size() == rows.size());
  CHECK(made[0].ok());
  CHECK(made[0].outcome.time > made[0].outcome.bound);
  const std::vector<std::string> errors = {
      "Nothing",           "no folder of models has missing.tpu", "bm1684 has no f16",
      "no chip is called", "bm1684x has 1 core, not 2",           "the row's batch is 4"};
  for (std::size_t i = 0; i < errors.size(); ++i) {
    CAPTURE(made[i + 1].error);
    CHECK_MESSAGE(made[i + 1].error.find(errors[i]) != std::string::npos, errors[i]);
  }
}

TEST_CASE("the predicted time is shared out among causes, and among kinds of commands") {
  const TemporaryFolder folder;
  folder.write("conv.tpu", kConvolution);
  const auto made = predict_rows(rows_of("conv.tpu,bm1684x,1,FP16,1,default,1,good\n"),
                                 {.model_folders = {folder.path().string()}});
  const Outcome& outcome = made[0].outcome;
  CHECK(outcome.waterfall.total() == outcome.time);
  Picoseconds charged = outcome.waterfall[Step::kLaunch] + outcome.waterfall[Step::kIdle];
  for (const Picoseconds kind : outcome.charged)
    charged += kind;
  CHECK(charged == outcome.time);
  CHECK(outcome.charged[static_cast<std::size_t>(CommandKind::kConv)].value > 0);
}

TEST_CASE("predictions do not depend on the number of threads, and equal rows are equal") {
  const TemporaryFolder folder;
  folder.write("conv.tpu", kConvolution);
  std::string lines;
  for (const char* precision : {"FP32", "FP16", "INT8", "FP32"})
    lines += std::string("conv.tpu,bm1684x,1,") + precision + ",1,default,1,good\n";
  const auto rows = rows_of(lines);
  ValidationOptions options{.model_folders = {folder.path().string()}, .threads = 1};
  const std::string one = written_validation("json", validate("t", predict_rows(rows, options)));
  options.threads = 3;
  const auto made = predict_rows(rows, options);
  CHECK(written_validation("json", validate("t", made)) == one);
  CHECK(made[0].outcome.time == made[3].outcome.time);
  CHECK(made[0].outcome.time > made[1].outcome.time);  // f32 is slower than f16
}

TEST_CASE("a row in part float takes the precision table of its network, other rows do not") {
  const TemporaryFolder models;
  models.write("conv.tpu", kConvolution);
  models.write("conv_b1.tpu", kConvolution);
  const TemporaryFolder tables;
  tables.write("conv.json", R"({"entries": [{"type": "Conv", "precision": "f16"}]})");
  const auto rows = rows_of(
      "conv.tpu,bm1684x,1,INT8,1,default,1,good\n"
      "conv.tpu,bm1684x,1,INT8,1,default,1,mixed_precision\n"
      "conv_b1.tpu,bm1684x,1,INT8,1,default,1,mixed_precision\n"
      "conv.tpu,bm1684,1,INT8,1,default,1,mixed_precision\n"
      "conv.tpu,bm1684,1,FP32,1,default,1,good\n");
  const auto made = predict_rows(
      rows, {.model_folders = {models.path().string()}, .table_folder = tables.path().string()});
  CHECK(made[0].table.empty());
  CHECK(made[1].table == tables.file("conv.json"));
  CHECK(made[1].outcome.time > made[0].outcome.time);
  CHECK(made[2].outcome.time == made[1].outcome.time);  // batch 1 of the network's batches
  // A chip without 16-bit floats keeps in f32 what the table keeps in f16.
  REQUIRE(made[3].ok());
  CHECK(made[3].outcome.time == made[4].outcome.time);
}

}  // namespace
}  // namespace tpuscope::test
