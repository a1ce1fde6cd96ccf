// Completion in a real shell: verbs, then flags of the verb.

#include <doctest/doctest.h>

#include "tests/support/cli.h"
#include "tests/support/places.h"

namespace tpuscope::test {
namespace {

std::string completed(const std::string& words, int at) {
  const std::string script = "source <(" + program_path() + " completion bash); COMP_WORDS=(" +
                             words + "); COMP_CWORD=" + std::to_string(at) +
                             "; _tpuscope; echo \"${COMPREPLY[*]}\"";
  return run_process("/bin/bash", {"-c", script}).out;
}

TEST_CASE("bash completes verbs and the flags of each verb") {
  CHECK(completed("tpuscope prof", 1) == "profile\n");
  CHECK(completed("tpuscope diff --fail", 2) == "--fail-on\n");
  CHECK(completed("tpuscope profile --fail", 2) == "\n");
}

TEST_CASE("the manual names every verb and flag and starts no request by accident") {
  const std::string page = tpuscope({"man"}).out;
  CHECK(contains(page, ".SH diff"));
  CHECK(contains(page, "\\-\\-fail\\-on"));
  CHECK(page.substr(0, 4) == ".TH ");
}

TEST_CASE("an unknown shell is a usage error") {
  CHECK(tpuscope({"completion", "bsh"}).exit_code == kUsage);
}

}  // namespace
}  // namespace tpuscope::test
