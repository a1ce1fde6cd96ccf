// Fits: a chip's values found again from a table that the simulator itself made, and what may not
// be fitted.

#include "profiles/accuracy/fit.h"

#include <cmath>

#include <doctest/doctest.h>
#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include "profiles/accuracy/fit_support.h"
#include "profiles/accuracy/surrogate.h"
#include "tests/support/temporary_folder.h"

namespace tpuscope::test {
namespace {

/// Networks that each show another side of a chip: products, transfers, vector work, launch.
void write_models(const TemporaryFolder& folder) {
  folder.write("conv.tpu", R"(x = Input f32[1,256,56,56]
w = Weight f32[256,256,3,3]
y = Conv(x, w) strides=[1,1] pads=[1,1,1,1]
return y
)");
  folder.write("weights.tpu", R"(x = Input f32[1,4096]
w = Weight f32[4096,8192]
y = MatMul(x, w)
return y
)");
  folder.write("small.tpu", R"(x = Input f32[1,8,8,8]
y = Relu(x)
return y
)");
  folder.write("chain.tpu", R"(x = Input f32[1,64,112,112]
w = Weight f32[64,64,1,1]
a = Conv(x, w) strides=[1,1] pads=[0,0,0,0]
b = Sigmoid(a)
y = Conv(b, w) strides=[1,1] pads=[0,0,0,0]
return y
)");
}

/// A table as the simulator would measure it on a chip with other values.
std::vector<Measurement> measured_on(const ValidationOptions& options,
                                     const ChipOverrides& overrides) {
  std::vector<Measurement> rows;
  for (const char* model : {"conv", "weights", "small", "chain"}) {
    for (const DType precision : {DType::kF32, DType::kF16, DType::kI8}) {
      rows.push_back({.model = std::string(model) + ".tpu",
                      .chip = "bm1684x",
                      .precision = precision,
                      .pipeline = "default",
                      .milliseconds = 1});
    }
  }
  ValidationOptions changed = options;
  changed.overrides = overrides;
  const std::vector<Prediction> made = predict_rows(rows, changed);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    REQUIRE_MESSAGE(made[i].ok(), made[i].error);
    rows[i].milliseconds = made[i].milliseconds();
  }
  return rows;
}

/// The built-in chip as a file in which exactly these values are calibrated.
std::string chip_file(const TemporaryFolder& folder, const std::vector<FitValue>& values) {
  Chip chip = load_chip("bm1684x").value();
  for (ChipValue& value : chip.values) {
    if (value.evidence == Evidence::kCalibrated) value.evidence = Evidence::kAssumed;
    for (const FitValue& wanted : values) {
      if (value.path != wanted.path) continue;
      value.evidence = Evidence::kCalibrated;
      value.value = wanted.before;
      value.low = wanted.low;
      value.high = wanted.high;
    }
  }
  return folder.write("chip.json", to_json(chip));
}

std::string error_of_fit(const std::vector<Measurement>& rows, const FitOptions& options) {
  const Result<Fit> fit = fit_chip(rows, options);
  return fit.ok() ? "" : fit.error().message;
}

TEST_CASE("a fit finds the values of the chip on which the table was made") {
  const TemporaryFolder folder;
  write_models(folder);
  const std::vector<FitValue> values = {
      {.path = "overhead.launch_us", .before = 40, .low = 10, .high = 300},
      {.path = "command.conv_f32_factor", .before = 1.2, .low = 1, .high = 2},
      {.path = "command.gather_cycles", .before = 2, .low = 1, .high = 4},
  };
  FitOptions options{.chip = chip_file(folder, values), .table = "folder/board.csv"};
  options.validation.model_folders = {folder.path().string()};
  options.validation.chip_files = {options.chip};
  const ChipOverrides truth = {{"overhead.launch_us", "120"},
                               {"command.conv_f32_factor", "1.6"},
                               {"command.gather_cycles", "3"}};
  const auto rows = measured_on(options.validation, truth);
  const Result<Fit> fit = fit_chip(rows, options);
  REQUIRE_MESSAGE(fit.ok(), fit.error().message);
  REQUIRE(fit->values.size() == 3);
  for (std::size_t i = 0; i < truth.size(); ++i) {
    CAPTURE(fit->values[i].path);
    CHECK(fit->values[i].after == doctest::Approx(std::stod(truth[i].second)).epsilon(0.02));
    CHECK_FALSE(fit->values[i].is_at_bound());
    CHECK(fit->values[i].after != fit->values[i].before);
    CHECK(fit->values[i].likely_low <= fit->values[i].after * 1.02);
    CHECK(fit->values[i].likely_high >= fit->values[i].after * 0.98);
  }
  // Every network has a launch, two have convolutions, and one looks 8-bit functions up.
  CHECK(fit->values[0].networks.size() >= 3);
  CHECK(fit->values[1].networks == std::vector<std::string>{"conv", "chain"});
  CHECK(fit->values[2].networks == std::vector<std::string>{"chain"});
  CHECK(Fit::weighted_factor(fit->before) > 1.1);
  CHECK(Fit::weighted_factor(fit->after) < 1.01);

  SUBCASE("the new file says what its values rest on and loads again") {
    const Result<Chip> chip = parse_chip(to_json(fit->chip), "fitted");
    REQUIRE(chip.ok());
    CHECK(chip->overhead.launch_us == fit->values[0].after);
    for (const ChipValue& value : chip->values) {
      const bool is_fitted = value.evidence == Evidence::kCalibrated;
      const bool says_so = value.source.find("; fitted to board.csv: 12 rows") != std::string::npos;
      CHECK(is_fitted == says_so);
    }
  }
  SUBCASE("the JSON form has every value and network") {
    const auto json = nlohmann::ordered_json::parse(fit_json(*fit));
    CHECK(json["values"].size() == 3);
    CHECK(json["values"][0]["after"] == fit->values[0].after);
    CHECK(json["networks"].size() == 4);
    CHECK(json["factor_after"].get<double>() == Fit::weighted_factor(fit->after));
  }
  SUBCASE("the same table gives the same bytes on any number of threads") {
    options.validation.threads = 1;
    const Result<Fit> again = fit_chip(rows, options);
    CHECK(to_json(again->chip) == to_json(fit->chip));
    CHECK(fit_text(*again, {}) == fit_text(*fit, {}));
    CHECK(fit_json(*again) == fit_json(*fit));
  }
  SUBCASE("a value beyond what is physical stops at the end of its range, and the report says so") {
    const auto far = measured_on(options.validation, {{"overhead.launch_us", "1000"}});
    const Result<Fit> stopped = fit_chip(far, options);
    REQUIRE(stopped.ok());
    CHECK(stopped->values[0].after == 300);
    CHECK(stopped->values[0].is_at_bound());
    CHECK(fit_text(*stopped, {}).find("at the end of its range") != std::string::npos);
  }
}

TEST_CASE("a network that was left out is predicted by values that had not seen it") {
  const TemporaryFolder folder;
  write_models(folder);
  const std::vector<FitValue> values = {
      {.path = "command.gather_cycles", .before = 0.9, .low = 0.4, .high = 1}};
  FitOptions options{.chip = chip_file(folder, values), .table = "board.csv"};
  options.validation.model_folders = {folder.path().string()};
  options.validation.chip_files = {options.chip};
  auto rows = measured_on(options.validation, {{"command.gather_cycles", "0.6"}});
  std::erase_if(rows, [](const Measurement& row) { return row.precision != DType::kI8; });
  const Result<Fit> fit = fit_chip(rows, options);
  REQUIRE(fit.ok());
  // Where the others tell the same rate, leaving one out changes little.
  CHECK(Fit::weighted_factor(fit->held_out) < 1.1);
  // One network that alone depends on the value says nothing about itself.
  std::erase_if(rows, [](const Measurement& row) {
    return row.model != "conv.tpu" && row.model != "small.tpu";
  });
  const Result<Fit> lonely = fit_chip(rows, options);
  REQUIRE(lonely.ok());
  CHECK(lonely->after[0].factor() < 1.02);
  CHECK(lonely->held_out[0].measurement.model == "conv.tpu");
  // The launch network does not ask for the rate: the fit without conv keeps the value it is at.
  CHECK(lonely->held_out[0].factor() >= lonely->after[0].factor());
}

TEST_CASE("where draws of networks ask for one value its spread is narrow, else it is wide") {
  // Time 1 + 2 x for x in [0, 1]; measured as at x = 0.5, then at 0.2 and 0.8 in turn.
  const auto spread_with = [](double even, double odd) {
    std::vector<FitRow> rows;
    for (std::size_t model = 0; model < 8; ++model) {
      const double x = model % 2 == 0 ? even : odd;
      rows.push_back({.model = model,
                      .measured = 1 + 2 * x,
                      .predicted = 2,
                      .curves = {AxisCurve{.slope = 2}}});
    }
    return spreads_of(rows, {.centre = {0.5}, .low = {0}, .high = {1}}, 1).front();
  };
  const FitSpread same = spread_with(0.5, 0.5);
  CHECK(same.high - same.low < 0.01);
  const FitSpread apart = spread_with(0.2, 0.8);
  CHECK(apart.high - apart.low > 0.3);
}

TEST_CASE("a network tells a value where its time follows it by a twentieth or more") {
  const std::vector<FitRow> rows = {
      {.model = 0, .measured = 1, .predicted = 1, .curves = {AxisCurve{.slope = 0.1}}},
      {.model = 1, .measured = 1, .predicted = 1, .curves = {AxisCurve{.slope = 0.04}}},
      {.model = 2, .measured = 1, .predicted = 1, .curves = {AxisCurve{.slope = -0.1}}}};
  CHECK(telling_networks(rows, 0, 1) == std::vector<std::size_t>{0, 2});
  CHECK(telling_networks(rows, 0, 0.4).empty());
}

TEST_CASE("what cannot be fitted is refused") {
  const TemporaryFolder folder;
  write_models(folder);
  FitOptions options{.chip = "bm1684x", .table = "board.csv"};
  CHECK(error_of_fit({}, options) == "no value of bm1684x is marked calibrated");
  options.only = {"overhead.launch_us"};
  options.validation.model_folders = {folder.path().string()};
  const auto rows = measured_on(options.validation, {});
  CHECK(error_of_fit({}, options).find("0 good rows") != std::string::npos);
  auto suspect = rows;
  for (Measurement& row : suspect)
    row.quality = Quality::kSuspect;
  CHECK(error_of_fit(suspect, options).find("0 good rows") != std::string::npos);
  auto elsewhere = rows;
  for (Measurement& row : elsewhere)
    row.chip = "bm1688";
  CHECK(error_of_fit(elsewhere, options).find("0 good rows") != std::string::npos);

  FitOptions chosen = options;
  chosen.only = {"command.gather_speed"};
  CHECK(error_of_fit(rows, chosen) == "a chip has no \"command.gather_speed\"");
  chosen.only = {"array.lanes"};
  CHECK(error_of_fit(rows, chosen) == "array.lanes of bm1684x has no range");
  auto missing = rows;
  missing[0].model = "nowhere.tpu";
  CHECK(error_of_fit(missing, options).find("nowhere.tpu") != std::string::npos);
}

TEST_CASE("at most twelve values may be calibrated, by the file and by what is asked for") {
  const TemporaryFolder folder;
  write_models(folder);
  std::vector<FitValue> values;
  for (const char* path :
       {"command.divide_cycles", "command.cube_f16_factor", "command.conv_f32_factor",
        "command.load_start_cycles", "command.load_run_cycles", "overhead.launch_us",
        "command.sync_cycles", "command.tiu_gap_cycles", "command.copy_run_cycles",
        "command.rsqrt_cycles", "command.gather_row_cycles", "command.gather_cycles"}) {
    const Chip chip = load_chip("bm1684x").value();
    for (const ChipValue& value : chip.values) {
      if (value.path == path)
        values.push_back({path, value.value, 0, value.value / 2, value.value + 1});
    }
  }
  REQUIRE(values.size() == kMaxCalibrated);
  for (FitValue& value : values) {
    if (value.high > 1 && value.path.find("rate") != std::string::npos) value.high = 1;
    if (value.path == "command.tiu_gap_cycles") value.high = 16;
  }
  FitOptions options{.chip = chip_file(folder, values), .table = "board.csv", .rounds = 1};
  options.validation.model_folders = {folder.path().string()};
  const auto rows = measured_on(options.validation, {});
  CHECK(error_of_fit(rows, options).empty());
  options.only = {"overhead.core_sync_cycles"};  // has a range: the thirteenth
  CHECK(error_of_fit(rows, options).find("13 values of bm1684x would be calibrated") !=
        std::string::npos);
}

TEST_CASE("a curve goes through its points") {
  const AxisCurve bent = curve_through(-1, 3, 2, 6);
  CHECK(bent.at(0) == 0);
  CHECK(bent.at(-1) == doctest::Approx(3));
  CHECK(bent.at(2) == doctest::Approx(6));
  const AxisCurve straight = curve_through(0, 0, 2, 6);
  CHECK(straight.at(1) == doctest::Approx(3));
  CHECK(curve_through(0, 0, 0, 0).at(5) == 0);
}

TEST_CASE("every network weighs the same, however many rows it has") {
  // Network 0 has three rows that ask for +1 and network 1 one row that asks for nothing.
  std::vector<FitRow> rows(3,
                           {.model = 0, .measured = 2, .predicted = 1, .curves = {{.slope = 1}}});
  rows.push_back({.model = 1, .measured = 1, .predicted = 1, .curves = {{.slope = 0}}});
  const FitBox box{.centre = {0}, .low = {0}, .high = {1}};
  CHECK(surrogate_error(rows, box, {0}) == doctest::Approx(std::log(2.0) / 2));
  CHECK(surrogate_error(rows, box, {0}, 1) == doctest::Approx(std::log(2.0)));
  CHECK(surrogate_error(rows, box, {1}) == doctest::Approx(0));
  CHECK(least_error(rows, box).front() == doctest::Approx(1).epsilon(0.01));
  // Without network 0 nothing asks for a change.
  CHECK(least_error(rows, box, 0).front() == doctest::Approx(0).epsilon(0.01));
}

}  // namespace
}  // namespace tpuscope::test
