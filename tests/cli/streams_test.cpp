// Compiled models on the command line: the verbs that take one, and what each of the others says.

#include <doctest/doctest.h>

#include "tests/cli/errors.h"
#include "tests/support/bmodel_examples.h"
#include "tests/support/temporary_folder.h"

namespace tpuscope::test {
namespace {

std::string named_model(const TemporaryFolder& folder) {
  BmodelFile file = convolution_file();
  file.locations = small_locations();
  return folder.write("small.bmodel", file.bytes());
}

TEST_CASE("a compiled model is profiled under the names of its compiler") {
  const TemporaryFolder folder;
  const ProcessResult result = tpuscope(
      {"profile", named_model(folder), "--trace", folder.file("t.json"), "--html",
       folder.file("p.html"), "--report", folder.file("r.json"), "--csv", folder.file("ops.csv")});
  CAPTURE(result.err);
  REQUIRE(result.exit_code == kDone);
  CHECK(contains(result.out, "tpu.Conv2D"));
  CHECK(contains(result.out, "int8"));
  CHECK(contains(read_bytes(folder.file("r.json")), "tpu.AddConst"));
}

TEST_CASE("without names it is profiled by addresses, and a note says so") {
  const TemporaryFolder folder;
  const ProcessResult result =
      tpuscope({"profile", folder.write("plain.bmodel", convolution_file().bytes())});
  REQUIRE(result.exit_code == kDone);
  CHECK(contains(result.out, "CONV at 0x2000"));
  CHECK(contains(result.err, "--debug"));
}

TEST_CASE("check, sweep, diff and explain take a compiled model") {
  const TemporaryFolder folder;
  const std::string model = named_model(folder);
  CHECK(tpuscope({"check", model}).exit_code == kDone);
  const ProcessResult sweep = tpuscope({"sweep", model, "--vary", "chip.clock.tiu_mhz=500,1000"});
  CAPTURE(sweep.err);
  CHECK(sweep.exit_code == kDone);
  const ProcessResult diff = tpuscope({"diff", model, model});
  CAPTURE(diff.err);
  CHECK(diff.exit_code == kDone);
  CHECK(tpuscope({"explain", model, "--op", "conv"}).exit_code == kDone);
}

TEST_CASE("what a compiler decides cannot be asked of a compiled model") {
  const TemporaryFolder folder;
  const std::string model = named_model(folder);
  check_refused({"profile", model, "--precision", "f16"}, kUsage, {"--precision"});
  check_refused({"profile", model, "--batch", "4"}, kUsage, {"--batch"});
  check_refused({"profile", model, "--chip", "bm1688"}, kUsage, {"compiled for bm1684x"});
  check_refused({"compare", model}, kUsage, {"compare"});
  check_refused({"explain", model}, kUsage, {"--op"});
  check_refused({"profile", model, "--sensitivities"}, kUsage, {"--sensitivities"});
  check_refused({"sweep", model, "--vary", "precision=f16,f32"}, kUsage, {"precision"});
}

TEST_CASE("damaged, foreign and other chips' files get one error each") {
  const TemporaryFolder folder;
  const std::string bytes = convolution_file().bytes();
  check_refused({"profile", folder.write("cut.bmodel", bytes.substr(0, 300))}, kInput,
                {"cut.bmodel"});
  check_refused({"profile", folder.write("short.bmodel", bytes.substr(0, bytes.size() - 600))},
                kInput, {"short.bmodel"});
  BmodelFile other = convolution_file();
  other.chip = "BM1684";
  check_refused({"profile", folder.write("other.bmodel", other.bytes())}, kUnsupported, {"BM1684"});
  std::string former = bytes;
  former[0] = '\xFF';
  check_refused({"profile", folder.write("former.bmodel", former)}, kUnsupported,
                {"before tpu-mlir"});
}

}  // namespace
}  // namespace tpuscope::test
