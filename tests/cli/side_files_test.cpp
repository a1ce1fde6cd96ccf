// Files beside the network that are none: a folder, a device, a pipe without an end, more than any
// memory. Each is one error with its path, before memory goes. What the program says about its work
// can be silenced, and two outputs do not share a path.

#include <filesystem>

#include <doctest/doctest.h>

#include "tests/cli/errors.h"
#include "tests/support/places.h"
#include "tests/support/temporary_folder.h"

namespace tpuscope::test {
namespace {

/// Every flag that reads a file, as a call of which the path is missing.
const std::vector<std::vector<std::string>>& side_files() {
  static const std::vector<std::vector<std::string>> all = {
      {"profile", "resnet50", "--chip"},
      {"profile", "resnet50", "--precision-table"},
      {"profile", "resnet50", "--groups"},
      {"sweep", "resnet50", "--vary", "batch=1,2", "--resume"},
      {"sweep", "--merge"},
      {"validate", "--measured"},
      {"calibrate", "--measured"},
      {"diff"},
      {"check"},
  };
  return all;
}

/// diff takes two.
std::vector<std::string> call_with(std::vector<std::string> call, const std::string& path) {
  call.push_back(path);
  if (call.front() == "diff") call.push_back(path);
  return call;
}

TEST_CASE("a folder, a device and an endless pipe are one error with their path") {
  const TemporaryFolder folder;
  std::filesystem::create_directory(folder.file("folder"));
  for (const std::vector<std::string>& call : side_files()) {
    for (const std::string& path : {folder.file("folder"), std::string("/dev/zero")})
      check_fails(call_with(call, path), kInput, {"error: " + path});
  }
}

TEST_CASE("a pipe that never ends and a file larger than memory are refused before they are read") {
  const TemporaryFolder folder;
  const std::string huge = folder.write("huge.json", "{");
  std::filesystem::resize_file(huge, std::uintmax_t{64} << 30);  // sparse: takes no disk
  for (const std::vector<std::string>& call : side_files())
    check_fails(call_with(call, huge), kInput, {huge});
  for (const std::string flag : {"--chip", "--precision-table", "--groups"}) {
    const ProcessResult result = run_process(
        "/bin/bash",
        {"-c", "exec '" + program_path() + "' profile resnet50 " + flag + " <(exec yes)"});
    CAPTURE(flag);
    CAPTURE(result.err);
    CHECK(result.exit_code == kInput);
    CHECK(contains(result.err, "error: /dev/fd/"));
  }
}

TEST_CASE("a file of the kind that is asked for is read, a map of ops from a pipe as well") {
  const TemporaryFolder folder;
  const std::string chip = folder.write("mine.json", R"({"name": "mine", "extends": "bm1684x"})");
  CHECK(tpuscope({"profile", "resnet50", "--chip", chip}).exit_code == kDone);
  const ProcessResult result =
      run_process("/bin/bash", {"-c", "exec '" + program_path() +
                                          "' profile resnet50 --precision int8 --precision-table "
                                          "<(echo '{\"entries\": []}')"});
  CAPTURE(result.err);
  CHECK(result.exit_code == kDone);
}

TEST_CASE("what a pipe gave once serves all runs of a verb") {
  const TemporaryFolder folder;
  const std::string chip = folder.write(
      "mine.json",
      R"({"name": "mine", "extends": "bm1684x", "clock": {"tiu_mhz": {"value": 500, "evidence": "assumed", "source": "a test"}}})");
  const auto compared = [&](const std::string& path) {
    return run_process(
        "/bin/bash",
        {"-c", "exec '" + program_path() + "' compare resnet50 --precision int8 --chip " + path});
  };
  const ProcessResult piped = compared("<(cat '" + chip + "')");
  CAPTURE(piped.err);
  CHECK(piped.exit_code == kDone);
  CHECK(piped.out == compared("'" + chip + "'").out);
  CHECK(piped.out != compared("bm1684x").out);
}

TEST_CASE("two outputs under one path are refused, however it is spelt") {
  const TemporaryFolder folder;
  const std::string path = folder.file("out.json");
  std::filesystem::create_directory(folder.file("sub"));
  check_refused({"profile", "resnet50", "--trace", path, "--report", path}, kUsage,
                {"--report and --trace both write", "hint: "});
  check_refused(
      {"profile", "resnet50", "--trace", path, "--report", folder.file("sub/../out.json")}, kUsage,
      {"both write"});
  check_refused({"profile", "resnet50", "--csv", "-", "--report", "-"}, kUsage, {"both write"});
  CHECK(folder.listing() == "sub");
  CHECK(tpuscope({"profile", "resnet50", "--trace", path, "--report", folder.file("other.json")})
            .exit_code == kDone);
}

TEST_CASE("with -q every verb leaves the error stream to errors") {
  const TemporaryFolder folder;
  const std::string open = source_folder() + "/tests/cases/27_dynamic_batch.onnx";  // has a note
  const std::string report = folder.file("report.json");
  REQUIRE(tpuscope({"profile", open, "--report", report}).exit_code == kDone);
  for (const std::vector<std::string>& call : std::vector<std::vector<std::string>>{
           {"profile", open, "--trace", folder.file("t.json"), "--write-groups",
            folder.file("g.json"), "--html", folder.file("p.html")},
           {"profile", open, "--groups", folder.file("g.json")},
           {"compare", open, "--csv", folder.file("c.csv")},
           {"optimize", open, "-o", folder.file("o.json")},
           {"check", open},
           {"explain", open},
           {"sweep", open, "--vary", "batch=1,2", "--csv", folder.file("s.csv")},
           {"diff", report, report, "--html", folder.file("d.html")},
           {"list", "models"},
       }) {
    CAPTURE(call.front());
    std::vector<std::string> quiet = call;
    quiet.emplace_back("-q");
    const ProcessResult result = tpuscope(quiet);
    CHECK(result.exit_code == kDone);
    CHECK(result.err == "");
  }
  // Without it there is something to silence, and errors are not silenced.
  CHECK(contains(tpuscope({"profile", open}).err, "note: "));
  check_refused({"profile", "no_such_network", "-q"}, kInput, {"no_such_network"});
}

}  // namespace
}  // namespace tpuscope::test
