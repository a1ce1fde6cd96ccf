// What a mistyped command line gets: exit code 2 and a suggestion; and what outputs that cannot be
// written leave behind: nothing.

#include <doctest/doctest.h>

#include "tests/cli/errors.h"
#include "tests/support/places.h"
#include "tests/support/temporary_folder.h"

namespace tpuscope::test {
namespace {

/// Runs a line of shell, where a test needs a pipe or a limit. `$tpuscope` is the program.
ProcessResult shell_usage(const std::string& line) {
  return run_process("/bin/bash", {"-c", "tpuscope='" + program_path() + "'; " + line});
}

TEST_CASE("help and version are printed and are no error") {
  for (const std::string flag : {"--help", "--version"}) {
    const ProcessResult result = tpuscope({flag});
    CHECK(result.exit_code == kDone);
    CHECK(contains(result.out, "tpuscope"));
    CHECK(result.err.empty());
  }
}

TEST_CASE("an unknown verb is a usage error with a suggestion") {
  check_refused({"profil", "swin_t"}, kUsage, {"profil", "hint: ", "profile"});
}

TEST_CASE("an unknown flag is a usage error") {
  check_refused({"profile", "swin_t", "--frobnicate"}, kUsage, {"--frobnicate"});
}

TEST_CASE("a verb without the files that it needs is a usage error") {
  check_refused({"check"}, kUsage, {});
}

TEST_CASE("an unknown chip is a usage error with a suggestion") {
  check_refused({"profile", "swin_t", "--chip", "bn1684x"}, kUsage,
                {"bn1684x", "hint: ", "\"bm1684x\""});
}

TEST_CASE("a batch that a network cannot have is refused with the ops in the way") {
  const TemporaryFolder folder;
  const std::string model = folder.write(
      "mixed.tpu",
      "x = Input f32[1,3]\ny = Softmax(x) axis=0\nz = Squeeze(y) axes=[0]\nreturn z\n");
  check_refused({"profile", model, "--batch", "4"}, kUnsupported,
                {"mixed.tpu: Softmax \"y\"", "batch 4 cannot be made of batch 1", "hint: "});
  check_refused({"profile", "resnet50", "--batch", "0"}, kUsage, {"batch is 0"});
  check_refused({"profile", "resnet50", "--batch", "two"}, kUsage, {"--batch is \"two\""});
}

TEST_CASE("every simulating verb takes a batch") {
  for (const std::string verb : {"profile", "compare", "check"}) {
    const ProcessResult result = tpuscope({verb, "resnet50", "--batch", "2", "--json"});
    CHECK(result.exit_code == 0);
    CHECK(result.out.find(verb == "check" ? "\"understood\":true" : "\"batch\":2") !=
          std::string::npos);
  }
  const ProcessResult rewritten =
      tpuscope({"optimize", "resnet50", "--batch", "2", "--output", "-"});
  CHECK(rewritten.out.find("f32[2,3,224,224]") != std::string::npos);
}

TEST_CASE("more cores than the chip has are a usage error, and so are none or no number") {
  check_refused({"profile", "swin_t", "--cores", "2"}, kUsage,
                {"bm1684x has 1 core, not 2", "hint: use 1 to 1"});
  check_refused({"profile", "swin_t", "--chip", "bm1688", "--cores", "3"}, kUsage,
                {"bm1688 has 2 cores, not 3", "chip.array.cores=3"});
  check_refused({"profile", "swin_t", "--cores", "0"}, kUsage, {"bm1684x has 1 core, not 0"});
  check_refused({"profile", "swin_t", "--cores", "many"}, kUsage, {"many"});
}

TEST_CASE("one core of a chip of two is the same as a chip of one") {
  const ProcessResult flag =
      tpuscope({"profile", "resnet50", "--chip", "bm1688", "--cores", "1", "--json"});
  const ProcessResult set = tpuscope(
      {"profile", "resnet50", "--chip", "bm1688", "--set", "chip.array.cores=1", "--json"});
  const ProcessResult both = tpuscope({"profile", "resnet50", "--chip", "bm1688", "--json"});
  CHECK(flag.exit_code == kDone);
  CHECK(flag.out == set.out);
  CHECK(flag.out != both.out);
}

TEST_CASE("a precision that the chip lacks is one error that names both") {
  const ProcessResult result = tpuscope({"profile", "resnet50", "--chip", "bm1684"});
  CHECK(result.exit_code != kDone);
  CHECK(contains(result.err, "bm1684 has no f16"));
  CHECK(result.err.find("error: ") == result.err.rfind("error: "));
}

TEST_CASE("an unknown switch is a usage error with a suggestion") {
  check_refused({"profile", "swin_t", "--passes", "+cancel_permute"}, kUsage,
                {"cancel_permute", "hint: ", "cancel_permutes"});
}

TEST_CASE("an unknown precision is a usage error") {
  check_refused({"profile", "swin_t", "--precision", "f17"}, kUsage, {"f17"});
}

TEST_CASE("a trace below a file that is no folder cannot be written") {
  const TemporaryFolder folder;
  const std::string file = folder.write("file", "");
  check_fails({"profile", "swin_t", "--trace", file + "/trace.json"}, kOutput,
              {file + "/trace.json"});
  CHECK(folder.listing() == "file");
}

TEST_CASE("a trace cannot replace a folder") {
  const TemporaryFolder folder;
  std::filesystem::create_directory(folder.file("trace.json"));
  check_fails({"profile", "swin_t", "--trace", folder.file("trace.json")}, kOutput, {"trace.json"});
  CHECK(folder.listing() == "trace.json");
}

TEST_CASE("a trace that outgrows the disk leaves no half file") {
  const TemporaryFolder folder;
  // 8 KiB are far less than the trace; without the trap the limit would kill the program.
  const ProcessResult result =
      shell_usage("trap '' XFSZ; ulimit -f 8; \"$tpuscope\" profile swin_t --trace " +
                  folder.file("trace.json"));
  CAPTURE(result.err);
  CHECK(result.exit_code == kOutput);
  CHECK(result.err.starts_with("error: "));
  CHECK(folder.listing().empty());
}

TEST_CASE("a reader that closes the pipe early ends the program quietly") {
  const ProcessResult result =
      shell_usage("\"$tpuscope\" profile swin_t | head -n 1 >/dev/null; exit ${PIPESTATUS[0]}");
  CHECK(result.exit_code == kDone);
  CHECK(result.err.empty());
}

TEST_CASE("two runs write the same bytes") {
  const TemporaryFolder folder;
  for (const std::size_t run : {0U, 1U}) {
    const std::string trace = folder.file("trace" + std::to_string(run));
    const std::string report = folder.file("report" + std::to_string(run));
    const ProcessResult result = tpuscope({"compare", "swin_t", "--precision", "f16", "--trace",
                                           trace + ".json", "--report", report + ".json"});
    CAPTURE(result.err);
    REQUIRE(result.exit_code == kDone);
  }
  CHECK_FALSE(read_bytes(folder.file("trace0.json")).empty());
  CHECK(read_bytes(folder.file("trace0.json")) == read_bytes(folder.file("trace1.json")));
  CHECK(read_bytes(folder.file("report0.json")) == read_bytes(folder.file("report1.json")));
}

}  // namespace
}  // namespace tpuscope::test
