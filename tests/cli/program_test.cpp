// Program files on the command line: several nets in a row, as every verb that takes a network
// takes them.

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "tests/cli/errors.h"
#include "tests/support/temporary_folder.h"

namespace tpuscope::test {
namespace {

constexpr std::string_view kProgramNet = R"(x = Input f16[1,64,16,16]
w = Weight f16[64,64,3,3]
y = Conv(x, w) strides=[1,1] pads=[1,1,1,1]
return y
)";

std::string program_file_of(const TemporaryFolder& folder, const std::string& runs,
                            const std::string& more = "") {
  folder.write("net.tpu", kProgramNet);
  return folder.write("program.json", R"({"kind": "tpuscope.program", "schema": 1,
 "nets": {"net": "net.tpu"}, )" + more + R"("runs": )" +
                                          runs + "}");
}

std::int64_t program_time_of(const std::vector<std::string>& words) {
  std::vector<std::string> call = {"profile"};
  call.insert(call.end(), words.begin(), words.end());
  call.insert(call.end(), {"--precision", "f16", "--io", "native", "--launch", "0", "--json"});
  const ProcessResult run = tpuscope(call);
  CAPTURE(run.err);
  REQUIRE(run.exit_code == kDone);
  return nlohmann::json::parse(run.out).at("summary").at("time_ps").get<std::int64_t>();
}

TEST_CASE("a net that runs three times takes three times itself and three launches") {
  const TemporaryFolder folder;
  const std::string program = program_file_of(folder, R"({"all": [{"net": "net", "count": 3}]})");
  const std::int64_t net = program_time_of({folder.file("net.tpu")});
  constexpr std::int64_t kLaunch = 50'000'000;  // overhead.net_us of bm1684x
  const std::int64_t all = program_time_of({program});
  const std::int64_t expected = 3 * (net + kLaunch);
  CHECK(std::abs(all - expected) * 100 < expected);
  // Numbers of the chip count: a queue that takes nothing leaves the nets alone.
  const std::int64_t queued = program_time_of({program, "--set", "overhead.net_us=0"});
  CHECK(std::abs(all - queued - 3 * kLaunch) * 1000 < all);
}

TEST_CASE("a host in Python adds its own, the host in C++ nothing") {
  const TemporaryFolder folder;
  const std::string runs = R"({"all": ["net"]})";
  const std::int64_t cpp = program_time_of({program_file_of(folder, runs, R"("host": "cpp", )")});
  const std::int64_t python =
      program_time_of({program_file_of(folder, runs, R"("host": "python", )")});
  CHECK(python - cpp == 250'000'000);  // overhead.host_net_us of bm1684x
}

TEST_CASE("one of several runs is named behind the file, the first is taken and said otherwise") {
  const TemporaryFolder folder;
  const std::string program =
      program_file_of(folder, R"({"once": ["net"], "twice": [{"net": "net", "count": 2}]})");
  CHECK(program_time_of({program + "#twice"}) > program_time_of({program + "#once"}));
  const ProcessResult first = tpuscope({"profile", program});
  CHECK(contains(first.err, "the run once of 2"));
  CHECK(contains(first.err, "#twice"));
}

TEST_CASE("verbs that take networks take programs") {
  const TemporaryFolder folder;
  const std::string program = program_file_of(folder, R"({"all": [{"net": "net", "count": 2}]})");
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{"compare", program},
        {"explain", program},
        {"check", program, "--precision", "f16"},
        {"sweep", program, "--vary", "chip.overhead.net_us=20,50"},
        {"profile", program, "--html", folder.file("page.html"), "--trace",
         folder.file("trace.json")}}) {
    CAPTURE(words.front());
    const ProcessResult run = tpuscope(words);
    CAPTURE(run.out + run.err);
    CHECK(run.exit_code == kDone);
  }
}

TEST_CASE("mistakes of a program are told with their place") {
  const TemporaryFolder folder;
  check_refused({"profile", program_file_of(folder, R"({"all": ["nat"]})")}, kInput,
                {"/runs/all/0", "nat", "net"});
  check_refused({"profile", program_file_of(folder, R"({"all": [{"net": "net", "count": 0}]})")},
                kInput, {"/runs/all/0/count", "0"});
  check_refused({"profile", program_file_of(folder, R"({"all": []})")}, kInput,
                {"/runs/all", "no net"});
  check_refused({"profile", program_file_of(folder, "{}")}, kInput, {"/runs"});
  check_refused({"profile", program_file_of(folder, R"({"all": ["net"]})", R"("host": "rust", )")},
                kInput, {"/host", "rust"});
  check_refused({"profile", program_file_of(folder, R"({"all": ["net"]})") + "#none"}, kUsage,
                {"none", "all"});
  check_refused({"profile", folder.write("missing.json", R"({"kind": "tpuscope.program",
 "schema": 1, "nets": {"a": "gone.onnx"}, "runs": {"all": ["a"]}})")},
                kInput, {"/nets/a", "gone.onnx"});
  const std::string self = folder.write("self.json", R"({"kind": "tpuscope.program",
 "schema": 1, "nets": {"a": "self.json"}, "runs": {"all": ["a"]}})");
  check_refused({"profile", self}, kInput, {"/nets/a", "no program"});
}

}  // namespace
}  // namespace tpuscope::test
