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

TEST_CASE("what a compiled model would gain from other clocks, bandwidths and starts is told") {
  const TemporaryFolder folder;
  const std::string model = named_model(folder);
  const ProcessResult overview = tpuscope({"explain", model});
  CAPTURE(overview.err);
  REQUIRE(overview.exit_code == kDone);
  CHECK(contains(overview.out, "command.load_start_cycles"));
  const ProcessResult report = tpuscope({"profile", model, "--sensitivities", "--json"});
  REQUIRE(report.exit_code == kDone);
  CHECK(contains(report.out, "clock.dma_mhz"));
  // Sizes would need another plan.
  CHECK(!contains(overview.out, "array.lanes"));
}

TEST_CASE("computations that share a bank with their result or a transfer are counted") {
  const TemporaryFolder folder;
  const std::string model = named_model(folder);
  // Everything lies in the first of 16 banks, and no transfer runs beside a computation.
  const std::string text = "2 of 2 computations share a bank with their result, 0 with a transfer";
  CHECK(contains(tpuscope({"profile", model}).out, text));
  const ProcessResult check = tpuscope({"check", model});
  CHECK(contains(check.out + check.err, text));
  CHECK(contains(tpuscope({"explain", model, "--op", "conv"}).out,
                 "1 of 1 computations share a bank"));
  CHECK(contains(tpuscope({"check", model, "--json"}).out, "\"bank_sharing\""));
}

TEST_CASE("what a compiler decides cannot be asked of a compiled model") {
  const TemporaryFolder folder;
  const std::string model = named_model(folder);
  check_refused({"profile", model, "--precision", "f16"}, kUsage, {"--precision"});
  check_refused({"profile", model, "--batch", "4"}, kUsage, {"--batch"});
  check_refused({"profile", model, "--chip", "bm1688"}, kUsage, {"compiled for bm1684x"});
  check_refused({"compare", model}, kUsage, {"compare"});
  check_refused({"explain", model, "--capabilities"}, kUsage, {"--capabilities"});
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
  other.chip = "BM1690";
  check_refused({"profile", folder.write("other.bmodel", other.bytes())}, kUnsupported, {"BM1690"});
  std::string former = bytes;
  former[0] = '\xFF';
  check_refused({"profile", folder.write("former.bmodel", former)}, kUnsupported,
                {"before tpu-mlir"});
}

TEST_CASE("a compiled model that is not there is not taken for a plan") {
  check_refused({"profile", "nowhere.bmodel"}, kInput, {"nowhere.bmodel", "no such file"});
}

TEST_CASE("several nets are chosen by name and stage, those of one name by their number") {
  const TemporaryFolder folder;
  BmodelFile file = convolution_file();
  BmodelFile other = convolution_file();
  other.net = "other";
  BmodelFile larger = convolution_file();
  larger.net = "other";
  larger.input = {1, 8, 8, 8};
  BmodelFile twin = convolution_file();  // a net of its own, with the name of the first
  file.more = {other, larger, twin};
  const std::string model = folder.write("many.bmodel", file.bytes());
  const ProcessResult check = tpuscope({"check", model, "--json"});
  CAPTURE(check.out);
  REQUIRE(check.exit_code == kDone);
  for (const std::string row :
       {"small:0 [1,8,4,4]", "other:0 [1,8,4,4]", "other:1 [1,8,8,8]", "small#2:0 [1,8,4,4]"}) {
    CHECK(contains(check.out, row));
  }
  CHECK(tpuscope({"profile", model, "--net", "other:1"}).exit_code == kDone);
  const ProcessResult second = tpuscope({"profile", model, "--net", "small#2:0"});
  REQUIRE(second.exit_code == kDone);
  CHECK(contains(second.err, "simulated is small#2:0"));
  check_refused({"profile", model, "--net", "smal"}, kUsage, {"no net", "small"});
}

TEST_CASE("a compile folder stands for the model in it, and several models must be named") {
  const TemporaryFolder folder;
  folder.write("one/net.bmodel", convolution_file().bytes());
  folder.write("one/tensor_location.json", small_locations());
  const ProcessResult result = tpuscope({"profile", folder.file("one")});
  CAPTURE(result.err);
  REQUIRE(result.exit_code == kDone);
  CHECK(contains(result.out, "tpu.Conv2D"));
  CHECK(tpuscope({"check", folder.file("one")}).exit_code == kDone);
  folder.write("one/other.bmodel", convolution_file().bytes());
  check_refused({"profile", folder.file("one")}, kUsage, {"net.bmodel, other.bmodel"});
  folder.write("two/net_final.mlir", "module @net attributes {}");
  folder.write("two.bmodel", convolution_file().bytes());
  CHECK(tpuscope({"profile", folder.file("two")}).exit_code == kDone);
}

TEST_CASE("a plan without commands and models of other families are told from networks") {
  const TemporaryFolder folder;
  folder.write("plan/net_final.mlir", "module @net attributes {}");
  check_refused({"profile", folder.file("plan")}, kInput, {"no commands", "compare MODEL PLAN"});
  check_refused({"profile", folder.write("x.cvimodel", "CviModel")}, kUnsupported, {"CV18"});
  check_refused({"profile", folder.write("x.bmodel", "ABCDEFGH")}, kInput, {"no bmodel"});
}

TEST_CASE("check finds what a damaged stream would do, with the command") {
  const TemporaryFolder folder;
  BmodelFile file = convolution_file();
  file.cores.at(0).bdc.at(0) = convolution(1, 1);  // does not wait for its filter
  const ProcessResult result = tpuscope({"check", folder.write("x.bmodel", file.bytes())});
  CHECK(result.exit_code == kAnswerIsNo);
  CHECK(contains(result.err + result.out, "without waiting for"));
}

TEST_CASE("a capture is a run with measured times, beside which its own prices can be set") {
  const TemporaryFolder folder;
  const std::string capture = write_capture(folder);
  const ProcessResult result = tpuscope({"profile", capture});
  CAPTURE(result.err);
  REQUIRE(result.exit_code == kDone);
  CHECK(contains(result.out, "(measured)"));
  const ProcessResult diff = tpuscope({"diff", capture, capture + "#simulated"});
  CAPTURE(diff.err);
  REQUIRE(diff.exit_code == kDone);
  CHECK(contains(diff.out, "7 commands joined by id"));
  CHECK(tpuscope({"check", capture}).exit_code == kDone);
}

TEST_CASE("calibrate takes single constants from captures, with their spread") {
  const TemporaryFolder folder;
  const std::string capture = write_capture(folder);
  const ProcessResult text = tpuscope({"calibrate", "--capture", capture});
  CAPTURE(text.err);
  REQUIRE(text.exit_code == kDone);
  CHECK(contains(text.out, "7 commands of capture timed by boards"));
  CHECK(contains(text.out, "command.conv_start_cycles"));
  const ProcessResult json = tpuscope({"calibrate", "--capture", capture, "--json"});
  REQUIRE(json.exit_code == kDone);
  CHECK(contains(json.out, "\"quartiles\""));
  const std::string out = folder.file("chip.json");
  REQUIRE(tpuscope({"calibrate", "--capture", capture, "--out", out}).exit_code == kDone);
  CHECK(tpuscope({"profile", "swin_t", "--chip", out}).exit_code == kDone);
  check_refused({"calibrate", "--capture", folder.file("none")}, kInput, {"none"});
  check_refused({"calibrate", "--chip", "bm1688", "--capture", capture}, kUsage,
                {"of bm1684x, not of bm1688"});
}

}  // namespace
}  // namespace tpuscope::test
