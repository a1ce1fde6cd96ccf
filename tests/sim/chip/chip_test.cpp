// Chip files: what is read, what is refused, and where the message points.

#include "sim/chip/chip.h"

#include <doctest/doctest.h>

#include "tests/support/mini_chip.h"

using namespace tpuscope;
using test::bm1684x;
using test::mini_chip;
using test::mini_chip_json;

namespace {

std::string replaced_chip(std::string text, const std::string& from, const std::string& to) {
  const std::size_t at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

Error first_error(const std::string& json) {
  const Result<Chip> chip = parse_chip(json, "c.json");
  REQUIRE(!chip.ok());
  return chip.error();
}

}  // namespace

TEST_CASE("peak rates of BM1684X are the documented ones at its nominal clock") {
  const Chip chip = bm1684x({{"clock.tiu_mhz", "1000"}});
  CHECK(*peak_macs_per_second(chip, DType::kI8) == 64 * 4 * 64 * 1e9);   // 32.8 TOPS / 2
  CHECK(*peak_macs_per_second(chip, DType::kF16) == 64 * 4 * 32 * 1e9);  // 16.4 TFLOPS / 2
  CHECK(*peak_macs_per_second(chip, DType::kF32) == 64 * 16 * 1e9);      // 2.05 TFLOPS / 2
  CHECK(peak_vector_elements_per_second(chip, DType::kF16) == 64 * 32 * 1e9);
  CHECK(peak_ddr_bytes_per_second(chip) == doctest::Approx(68.26e9));
  CHECK(chip.local_bytes() == 16 * 1024 * 1024);
}

TEST_CASE("every value of every built-in chip has a source, and at most 12 are calibrated") {
  for (const std::string& name : builtin_chip_names()) {
    const Result<Chip> chip = load_chip(name);
    REQUIRE(chip.ok());
    std::size_t calibrated = 0;
    for (const ChipValue& value : chip->values) {
      CHECK_MESSAGE(!value.source.empty(), name, " ", value.path);
      if (value.evidence != Evidence::kCalibrated) continue;
      ++calibrated;
      CHECK_MESSAGE(value.low < value.high, name, " ", value.path);
    }
    CHECK(calibrated <= kMaxCalibrated);
  }
}

TEST_CASE("a printed chip reads back equal") {
  const Chip chip = bm1684x();
  const Result<Chip> again = parse_chip(to_json(chip), "printed.json");
  REQUIRE(again.ok());
  CHECK(to_json(*again) == to_json(chip));
}

TEST_CASE("an override changes one value and is named as its evidence") {
  const Chip chip = mini_chip({{"chip.clock.tiu_mhz", "500"}});
  CHECK(chip.clock.tiu_mhz == 500);
  for (const ChipValue& value : chip.values) {
    CHECK((value.evidence == Evidence::kUser) == (value.path == "clock.tiu_mhz"));
  }
}

TEST_CASE("fewer cores are the chip with array.cores overridden, more are no machine") {
  const Chip chip = *load_chip("bm1688");
  CHECK(to_json(*with_cores(chip, 1)) == to_json(*load_chip("bm1688", {{"array.cores", "1"}})));
  CHECK(to_json(*with_cores(chip, 1)) != to_json(*with_cores(chip, 2)));
  for (const std::int64_t cores : {std::int64_t{0}, std::int64_t{3}}) {
    const Result<Chip> none = with_cores(chip, cores);
    REQUIRE(!none.ok());
    CHECK(none.error().code == ErrorCode::kUsage);
  }
  CHECK(with_cores(chip, 3).error().message == "bm1688 has 2 cores, not 3");
}

TEST_CASE("an override of an unknown key suggests the key that was meant") {
  const Result<Chip> chip =
      parse_chip(mini_chip_json(), "mini.json", {{"chip.clock.tiu_mzh", "500"}});
  REQUIRE(!chip.ok());
  CHECK(chip.error().code == ErrorCode::kUsage);
  CHECK(chip.error().hint.find("clock.tiu_mhz") != std::string::npos);
}

TEST_CASE("an override must be a number within the limits of its key") {
  CHECK(!parse_chip(mini_chip_json(), "m", {{"array.lanes", "many"}}).ok());
  CHECK(!parse_chip(mini_chip_json(), "m", {{"array.lanes", "0"}}).ok());
  CHECK(!parse_chip(mini_chip_json(), "m", {{"array.lanes", "2.5"}}).ok());
  CHECK(parse_chip(mini_chip_json(), "m", {{"array.lanes", "2"}}).ok());
}

TEST_CASE("an unknown key is refused with its place and the key that was meant") {
  const Error error = first_error(replaced_chip(mini_chip_json(), "\"lanes\"", "\"lane\""));
  CHECK(error.where == "c.json:/array");
  CHECK(error.hint.find("lanes") != std::string::npos);
}

TEST_CASE("a key given twice is refused") {
  const Error error = first_error(replaced_chip(mini_chip_json(), "\"lanes\"", "\"cores\""));
  CHECK(error.message.find("twice") != std::string::npos);
}

TEST_CASE("a missing value names its pointer") {
  const std::string json = replaced_chip(
      mini_chip_json(),
      ",\"banks\": {\"value\": 4, \"evidence\": \"assumed\", \"source\": \"made for tests\"}", "");
  CHECK(first_error(json).where == "c.json:/local_memory/banks");
}

TEST_CASE("a value without evidence, of the wrong type or out of range is refused") {
  CHECK(first_error(replaced_chip(mini_chip_json(), "\"evidence\": \"assumed\", ", "")).where ==
        "c.json:/array/cores");
  CHECK(first_error(replaced_chip(mini_chip_json(), "\"assumed\"", "\"guessed\"")).where ==
        "c.json:/array/cores/evidence");
  CHECK(
      first_error(replaced_chip(mini_chip_json(), "\"value\": 1,", "\"value\": \"one\",")).where ==
      "c.json:/array/cores/value");
  CHECK(first_error(replaced_chip(mini_chip_json(), "\"value\": 1,", "\"value\": -1,")).where ==
        "c.json:/array/cores/value");
  CHECK(first_error(replaced_chip(mini_chip_json(), "\"value\": 1,", "\"value\": 1.5,")).where ==
        "c.json:/array/cores/value");
}

TEST_CASE("a calibrated value needs a range that holds it") {
  CHECK(!parse_chip(replaced_chip(mini_chip_json(), "\"assumed\"", "\"calibrated\""), "c").ok());
  CHECK(
      !parse_chip(
           replaced_chip(mini_chip_json(), "\"assumed\"", "\"calibrated\", \"range\": [2, 3]"), "c")
           .ok());
  CHECK(
      parse_chip(
          replaced_chip(mini_chip_json(), "\"assumed\"", "\"calibrated\", \"range\": [1, 3]"), "c")
          .ok());
}

TEST_CASE("a chip that extends another states only what differs") {
  const Result<Chip> chip = parse_chip(R"({
    // half the bandwidth
    "name": "slow", "extends": "bm1684x",
    "ddr": {"peak_gbps": {"value": 34.13, "evidence": "assumed", "source": "what if"}}})",
                                       "slow.json");
  REQUIRE(chip.ok());
  CHECK(chip->name == "slow");
  CHECK(chip->ddr.peak_gbps == 34.13);
  CHECK(chip->array.lanes == 64);
}

TEST_CASE("a precision that the chip lacks is an error that names both") {
  const Chip chip = mini_chip({{"cube.f16_channels", "0"}});
  const Result<double> rate = peak_macs_per_second(chip, DType::kF16);
  REQUIRE(!rate.ok());
  CHECK(rate.error().code == ErrorCode::kUnsupported);
  CHECK(rate.error().message == "mini has no f16");
  CHECK(peak_macs_per_second(chip, DType::kI8).ok());
}

TEST_CASE("an unknown chip is refused with the names that exist") {
  const Result<Chip> chip = load_chip("bn1684x");
  REQUIRE(!chip.ok());
  CHECK(chip.error().hint.find("bm1684x") != std::string::npos);
  CHECK(!load_chip("/nowhere/chip.json").ok());
}
