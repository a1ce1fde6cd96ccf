// What may be varied, and through which values.

#include "profiles/sweep/axis.h"

#include <doctest/doctest.h>

namespace tpuscope {
namespace {

using AxisTexts = std::vector<std::string>;

AxisTexts values_of(std::string_view text) {
  const Result<SweepAxis> axis = parse_axis(text);
  REQUIRE_MESSAGE(axis.ok(), text);
  return axis->values;
}

std::string error_of_axis(std::string_view text) {
  const Result<SweepAxis> axis = parse_axis(text);
  REQUIRE_MESSAGE(!axis.ok(), text);
  CHECK(axis.error().code == ErrorCode::kUsage);
  CHECK(axis.error().hint.find("KEY=VALUES") != std::string::npos);
  return axis.error().where + axis.error().message;
}

TEST_CASE("values are a list of words or of numbers") {
  CHECK(values_of("precision=f16,int8") == AxisTexts{"f16", "int8"});
  CHECK(!parse_axis("precision=f16,int8")->is_numeric());
  const SweepAxis axis = *parse_axis("batch=4,1,2");
  CHECK(axis.key == "batch");
  CHECK(axis.numbers == std::vector<double>{4, 1, 2});
}

TEST_CASE("a range goes by steps, by factors or evenly on a logarithmic scale") {
  CHECK(values_of("k=16:64:16") == AxisTexts{"16", "32", "48", "64"});
  CHECK(values_of("k=1:4") == AxisTexts{"1", "2", "3", "4"});
  CHECK(values_of("k=1:32:*2") == AxisTexts{"1", "2", "4", "8", "16", "32"});
  CHECK(values_of("k=1:1000:log4") == AxisTexts{"1", "10", "100", "1000"});
}

TEST_CASE("a range may go down, and ends short of an end that it does not meet") {
  CHECK(values_of("k=3:1:-1") == AxisTexts{"3", "2", "1"});
  CHECK(values_of("k=3:1") == AxisTexts{"3", "2", "1"});
  CHECK(values_of("k=8:1:*0.5") == AxisTexts{"8", "4", "2", "1"});
  CHECK(values_of("k=1:10:4") == AxisTexts{"1", "5", "9"});
}

TEST_CASE("steps of a tenth look like tenths and meet the end") {
  CHECK(values_of("k=0.1:0.5:0.1") == AxisTexts{"0.1", "0.2", "0.3", "0.4", "0.5"});
}

TEST_CASE("ranges and numbers may stand in one list, and one spelling is one value") {
  CHECK(values_of("k=1,4:8:2,16") == AxisTexts{"1", "4", "6", "8", "16"});
  CHECK(values_of("k=1e3,2.50") == AxisTexts{"1000", "2.5"});
}

TEST_CASE("a path with a colon is a word") {
  CHECK(values_of("chip=C:/my.json") == AxisTexts{"C:/my.json"});
}

TEST_CASE("what is no key with values is refused") {
  CHECK(error_of_axis("batch") == "--vary is \"batch\"");
  CHECK(error_of_axis("=1") == "--vary is \"=1\"");
  CHECK(error_of_axis("batch=") == "batch has an empty value");
  CHECK(error_of_axis("batch=1,,2") == "batch has an empty value");
  CHECK(error_of_axis("batch=1,2,1") == "batch has 1 twice");
  CHECK(error_of_axis("batch=1,1.0") == "batch has 1 twice");
}

TEST_CASE("a range that never arrives is refused") {
  for (const std::string text : {"1:5:0", "1:5:-1", "5:1:1", "1:8:*1", "1:8:*0.5", "1:8:log1",
                                 "1:8:log2.5", "4:4:log3", "1:8:*nan"}) {
    CHECK(error_of_axis("k=" + text).find(text) != std::string::npos);
  }
  CHECK(error_of_axis("k=0:8:*2") == "k\"0:8:*2\": factors need ends above 0");
  CHECK(error_of_axis("k=1:2:3:4") == "k\"1:2:3:4\" is no range");
  CHECK(error_of_axis("k=1:1e9:0.001").find("more than 100000 values") != std::string::npos);
}

}  // namespace
}  // namespace tpuscope
