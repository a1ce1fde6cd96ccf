// Tables of language models: what is read of a row, and that it is predicted as `llm` predicts.

#include "profiles/accuracy/language_rows.h"

#include <cmath>

#include <doctest/doctest.h>

#include "profiles/accuracy/accuracy.h"
#include "profiles/accuracy/fit.h"

namespace tpuscope::test {
namespace {

constexpr std::string_view kLanguageHeader =
    "model,layers,hidden,heads,kv_heads,head_width,intermediate,vocabulary,chip,cores,host,bits,"
    "type,group,head,context,prompt,first_token_ms,tokens_per_s\n";

std::string language_table_of(const std::string& how) {
  return std::string(kLanguageHeader) + "small,4,512,8,2,64,1024,4096," + how + "\n";
}

std::vector<Measurement> language_rows_measured(const std::string& how) {
  Result<std::vector<Measurement>> rows = parse_measurements(language_table_of(how), "t.csv");
  if (!rows.ok()) FAIL(rows.error().where, ": ", rows.error().message);
  return *std::move(rows);
}

TEST_CASE("a row is a token and a first token, each with its time") {
  const auto rows = language_rows_measured("BM1684X,1,python,4,bf16,64,w4,512,256,20,40");
  REQUIRE(rows.size() == 2);
  CHECK(rows[0].milliseconds == 1000.0 / 40);
  CHECK(rows[1].milliseconds == 20);
  CHECK(type_name(rows[0]) == "w4bf16");
  CHECK(model_name(rows[1]) == "small 256 first token");
  CHECK(language_rows_measured("BM1684X,1,cpp,4,bf16,64,w4,512,256,,40").size() == 1);
}

TEST_CASE("mistakes of a row are told with line and column") {
  const auto message = [](const std::string& how) {
    const auto rows = parse_measurements(language_table_of(how), "t.csv");
    return rows.ok() ? "" : rows.error().where + ": " + rows.error().message;
  };
  CHECK(message("bm1684x,1,cpp,4,bf16,64,w4,0,256,20,40") == "t.csv:2: context is \"0\"");
  CHECK(message("bm1684x,1,rust,4,bf16,64,w4,512,256,20,40").starts_with("t.csv:2: "));
  CHECK(message("bm1684x,1,cpp,5,bf16,64,w4,512,256,20,40").starts_with("t.csv:2: "));
  CHECK(message("bm1684x,1,cpp,4,bf16,64,w4,512,256,20,-1").starts_with("t.csv:2: tokens_per_s"));
  CHECK(message("bm1684x,1,cpp,4,bf16,64,w4,512,256,,").starts_with("t.csv:2: neither"));
  CHECK(message(",1,cpp,4,bf16,64,w4,512,256,20,40").starts_with("t.csv:2: the row names no chip"));
}

TEST_CASE("rows are predicted as llm predicts them, to the picosecond") {
  for (const std::string how :
       {"bm1684x,1,cpp,4,bf16,64,f16,512,256,20,40", "bm1684x,1,python,8,f16,64,w4,512,256,20,40",
        "bm1688,2,cpp,4,bf16,64,w4,512,256,20,40"}) {
    CAPTURE(how);
    const std::vector<Prediction> rows = predict_rows(language_rows_measured(how), {});
    REQUIRE(rows.size() == 2);
    const LanguageRow& language = *rows[0].measurement.language;
    REQUIRE(rows[0].ok());
    CHECK(rows[0].outcome.time == *token_time(language.model, language.options));
    CHECK(rows[1].outcome.time == *first_token_time(language.model, language.options));
    CHECK(rows[0].outcome.waterfall.total() == rows[0].outcome.time);
    CHECK(rows[1].outcome.waterfall.total() == rows[1].outcome.time);
  }
}

TEST_CASE("a validation of language models tells programs in C++ and in Python apart") {
  std::vector<Measurement> rows =
      language_rows_measured("bm1684x,1,cpp,4,bf16,64,f16,512,256,20,40");
  const auto python = language_rows_measured("bm1684x,1,python,4,bf16,64,f16,512,256,20,40");
  rows.insert(rows.end(), python.begin(), python.end());
  const Validation validation = validate("t.csv", predict_rows(rows, {}));
  REQUIRE(validation.tables.at(0).key == "by_host");
  std::vector<std::vector<std::string>> labels;
  for (const AccuracyLine& line : validation.tables[0].lines)
    labels.push_back(line.labels);
  CHECK(labels == std::vector<std::vector<std::string>>{{"bm1684x", "C++", "token"},
                                                        {"bm1684x", "C++", "first token"},
                                                        {"bm1684x", "Python", "token"},
                                                        {"bm1684x", "Python", "first token"}});
}

TEST_CASE(
    "the gain of a second core is that of tokens by tokens and of first tokens by first ones") {
  std::vector<Measurement> rows =
      language_rows_measured("bm1688,1,cpp,4,bf16,64,f16,512,256,60,20");
  for (const Measurement& two : language_rows_measured("bm1688,2,cpp,4,bf16,64,f16,512,256,20,40"))
    rows.push_back(two);
  const Validation validation = validate("t.csv", predict_rows(rows, {}));
  REQUIRE(validation.gains.size() == 1);
  CHECK(validation.gains[0].pairs == 2);
  // Tokens 2 times, first tokens 3 times faster: their geometric mean.
  CHECK(validation.gains[0].measured == doctest::Approx(std::sqrt(2.0 * 3.0)));
}

TEST_CASE("a fit finds the launch of a net by which rows were made") {
  std::vector<Measurement> rows =
      language_rows_measured("bm1684x,1,cpp,4,bf16,64,f16,512,256,20,40");
  const ValidationOptions changed{.overrides = {{"overhead.net_us", "70"}}};
  for (const Prediction& made : predict_rows(rows, changed)) {
    for (Measurement& row : rows)
      if (model_name(row) == model_name(made.measurement)) row.milliseconds = made.milliseconds();
  }
  const Fit fit = *fit_chip(rows, {.chip = "bm1684x", .table = "t", .only = {"overhead.net_us"}});
  REQUIRE(fit.values.size() == 1);
  CHECK(fit.values[0].before == 50);
  CHECK(fit.values[0].after == doctest::Approx(70).epsilon(0.01));
}

}  // namespace
}  // namespace tpuscope::test
