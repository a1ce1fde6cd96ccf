// The program's outermost frame: streams, bugs of ours, exit status.

#include <csignal>
#include <exception>

#include <fmt/core.h>

#include "cli/diagnostics.h"
#include "cli/help.h"
#include "cli/program.h"

int main(int argc, char** argv) {
  using namespace tpuscope;
  // Writing to a closed pipe is then an error of the write, which StreamSink knows.
  std::signal(SIGPIPE, SIG_IGN);
  StreamSink out(stdout);
  StreamSink err(stderr);
  Console console{&out, &err, terminal_of(stdout), terminal_of(stderr)};
  console.err_is_terminal = is_terminal(stderr);
  console.out_stream = &out;
  const std::vector<std::string> words(argv + (argc > 0 ? 1 : 0), argv + argc);
  try {
    const ExitCode code = run_program(words, console);
    const Status flushed = out.flush();
    if (out.is_closed()) return 0;
    if (flushed.ok()) return static_cast<int>(code);
    print_errors(flushed.errors(), {.out = &err, .err = &err});
    return static_cast<int>(exit_code_of(flushed.error().code));
  } catch (const std::exception& failure) {
    report_bug(failure.what(), words, err);
    return static_cast<int>(ExitCode::kInternalError);
  }
}
