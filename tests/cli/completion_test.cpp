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

TEST_CASE("bash completes the values of flags, and the arguments of verbs") {
  CHECK(completed("tpuscope profile --chip bm1684", 3) == "bm1684 bm1684x\n");
  CHECK(completed("tpuscope profile --precision i", 3) == "int8\n");
  CHECK(completed("tpuscope profile --io = n", 4) == "native\n");
  CHECK(completed("tpuscope profile --passes optimized,-sink_r", 3) == "optimized,-sink_reshape\n");
  CHECK(completed("tpuscope sweep swin_t --vary chip.ddr.peak", 4) == "chip.ddr.peak_gbps=\n");
  CHECK(completed("tpuscope diff --fail-on ddr_read", 3) == "ddr_read_bytes>\n");
  CHECK(completed("tpuscope profile resn", 2) == "resnet50\n");
  CHECK(completed("tpuscope list metr", 2) == "metrics\n");
  // A chip is no precision, and numbers have no words.
  CHECK(completed("tpuscope profile --precision bm", 3) == "\n");
  CHECK(completed("tpuscope profile --top ''", 3) == "\n");
}

TEST_CASE("fish completes verbs, flags and values") {
  if (run_process("/bin/sh", {"-c", "command -v fish"}).exit_code != 0) return;
  const auto offered = [](const std::string& line) {
    const std::string script = program_path() + " completion fish | source; complete -C '" + line +
                               "' | string split -f1 \\t";
    const ProcessResult result = run_process("/usr/bin/env", {"fish", "-c", script});
    CHECK(result.err.empty());
    return result.out;
  };
  CHECK(offered("tpuscope prof").starts_with("profile\n"));
  CHECK(offered("tpuscope profile --fil") == "--filter\n");
  CHECK(offered("tpuscope profile --chip bm1684") == "bm1684\nbm1684x\n");
  CHECK(offered("tpuscope profile --precision bm").empty());
  CHECK(offered("tpuscope diff --fail-on ddr_read") == "ddr_read_bytes>\n");
}

TEST_CASE("zsh completes verbs, flags and values") {
  if (run_process("/bin/sh", {"-c", "command -v zsh"}).exit_code != 0) return;
  // The shell's own functions only work while somebody types: they are replaced by what they get.
  const auto offered = [](const std::string& words, int at) {
    const std::string script =
        "compset() { return 0 }; compdef() {}; _files() { print files }\n"
        "compadd() { while [[ $1 != -- ]]; do shift; done; shift; "
        "print -l -- ${(M)@:#$words[CURRENT]*} }\n"
        "source <(" +
        program_path() + " completion zsh)\nwords=(" + words + "); CURRENT=" + std::to_string(at) +
        "; _tpuscope\n";
    const ProcessResult result = run_process("/usr/bin/env", {"zsh", "-f", "-c", script});
    CHECK(result.err.empty());
    return result.out;
  };
  CHECK(offered("tpuscope profile --chip bm1684", 4) == "bm1684\nbm1684x\nfiles\n");
  CHECK(offered("tpuscope profile --precision i", 4) == "int8\n");
  CHECK(offered("tpuscope diff --fail", 3) == "--fail-on\n");
  CHECK(offered("tpuscope completion f", 3) == "fish\n");
}

TEST_CASE(
    "the manual has its sections, names every verb and flag and starts no request by accident") {
  const std::string page = tpuscope({"man"}).out;
  std::size_t at = 0;
  for (const std::string section : {"NAME", "SYNOPSIS", "DESCRIPTION", "COMMANDS", "EXIT STATUS",
                                    "ENVIRONMENT", "FILES", "EXAMPLES", "SEE ALSO"}) {
    CAPTURE(section);
    const std::size_t found = page.find("\n.SH " + section + "\n");
    CHECK(found != std::string::npos);
    CHECK(found >= at);
    at = found;
  }
  CHECK(contains(page, ".SS diff"));
  CHECK(contains(page, "\\-\\-fail\\-on"));
  CHECK(contains(page, "NO_COLOR"));
  CHECK(page.substr(0, 4) == ".TH ");
}

TEST_CASE("an unknown shell is a usage error") {
  CHECK(tpuscope({"completion", "bsh"}).exit_code == kUsage);
}

}  // namespace
}  // namespace tpuscope::test
