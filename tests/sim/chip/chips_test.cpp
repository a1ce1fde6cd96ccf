// The built-in machines against what is documented of them.

#include <algorithm>

#include <doctest/doctest.h>

#include "tests/support/mini_chip.h"

using namespace tpuscope;

namespace {

/// Operations per second in the vendor's T, which is 1024 * 10^9; a product is two.
double vendor_tera(const Chip& chip, DType type) {
  const Result<double> macs = peak_macs_per_second(chip, type);
  REQUIRE(macs.ok());
  return 2 * *macs / 1024e9;
}

Chip chip_chips(const std::string& name, const ChipOverrides& overrides = {}) {
  const Result<Chip> loaded = load_chip(name, overrides);
  if (!loaded.ok()) FAIL(loaded.error().where, ": ", loaded.error().message);
  return *loaded;
}

Evidence evidence(const Chip& chip, const std::string& path) {
  const auto found = std::find_if(chip.values.begin(), chip.values.end(),
                                  [&](const ChipValue& value) { return value.path == path; });
  REQUIRE(found != chip.values.end());
  return found->evidence;
}

}  // namespace

TEST_CASE("peaks of BM1684 are 17.6 TOPS and 2.2 TFLOPS, and it has no 16-bit float") {
  const Chip bm1684 = chip_chips("bm1684");
  CHECK(vendor_tera(bm1684, DType::kI8) == doctest::Approx(17.6));
  CHECK(vendor_tera(bm1684, DType::kF32) == doctest::Approx(2.2));
  CHECK(!peak_macs_per_second(bm1684, DType::kF16).ok());
  CHECK(!peak_macs_per_second(bm1684, DType::kBF16).ok());
  CHECK(bm1684.local_bytes() == 32 * 1024 * 1024);
  CHECK(bm1684.bank_bytes() == 64 * 1024);
}

TEST_CASE("8-bit elements use half of BM1684's execution units") {
  CHECK(chip_chips("bm1684").eu_count(DType::kF32) == 32);
  CHECK(chip_chips("bm1684").eu_count(DType::kI8) == 64);
  CHECK(chip_chips("bm1684x").eu_count(DType::kI8) == 64);
  CHECK(chip_chips("bm1688").eu_count(DType::kI8) == 16);
}

TEST_CASE("peaks of BM1684X are 32 TOPS, 16 and 2 TFLOPS at its nominal clock") {
  const Chip bm1684x = chip_chips("bm1684x", {{"clock.tiu_mhz", "1000"}});
  CHECK(vendor_tera(bm1684x, DType::kI8) == doctest::Approx(32));
  CHECK(vendor_tera(bm1684x, DType::kF16) == doctest::Approx(16));
  CHECK(vendor_tera(bm1684x, DType::kF32) == doctest::Approx(2));
}

TEST_CASE("a core of BM1688 has 1.8 TFLOPS in 16 bits and four times that in 8") {
  const Chip one = chip_chips("bm1688", {{"array.cores", "1"}});
  CHECK(vendor_tera(one, DType::kF16) == doctest::Approx(1.8));
  CHECK(vendor_tera(one, DType::kBF16) == doctest::Approx(1.8));
  CHECK(vendor_tera(one, DType::kI8) == doctest::Approx(7.2));
  const Chip two = chip_chips("bm1688");
  CHECK(two.array.cores == 2);
  CHECK(vendor_tera(two, DType::kI8) == doctest::Approx(14.4));
  CHECK(2 * *peak_macs_per_second(two, DType::kI8) == doctest::Approx(14.7e12).epsilon(0.005));
  CHECK(two.local_bytes() == 4 * 1024 * 1024);
  CHECK(two.bank_bytes() == 8 * 1024);
}

TEST_CASE("peaks of CV186X are 7.2 TOPS and 1.8 TFLOPS") {
  CHECK(vendor_tera(chip_chips("cv186x"), DType::kI8) == doctest::Approx(7.2));
  CHECK(vendor_tera(chip_chips("cv186x"), DType::kF16) == doctest::Approx(1.8));
  CHECK(peak_ddr_bytes_per_second(chip_chips("cv186x")) ==
        doctest::Approx(24.0 * 1024 * 1024 * 1024).epsilon(0.001));
}

TEST_CASE("transfers of BM1688 reach 24 GB/s, and the DDR carries 15 for each of two cores") {
  const Chip bm1688 = chip_chips("bm1688");
  const auto gigabytes = [&](double bytes_per_cycle) {
    return bytes_per_cycle * bm1688.clock.dma_mhz / 1000;
  };
  CHECK(gigabytes(bm1688.command.load_bytes_per_cycle) == doctest::Approx(24).epsilon(0.01));
  CHECK(gigabytes(bm1688.command.store_bytes_per_cycle) == doctest::Approx(24).epsilon(0.02));
  CHECK(bm1688.ddr.peak_gbps * bm1688.ddr.efficiency / 2 == doctest::Approx(15).epsilon(0.001));
}

TEST_CASE("a chip that extends another does not take over claims that are not true of it") {
  CHECK(evidence(chip_chips("bm1684"), "ddr.peak_gbps") == Evidence::kCalibrated);
  CHECK(evidence(chip_chips("bm1688"), "command.cube_start_cycles") == Evidence::kDocumented);
  CHECK(evidence(chip_chips("bm1684x"), "command.cube_start_cycles") == Evidence::kInferred);
}
