// POSIX only, like the machines that run the tests. Both pipes are read at once: a program that
// fills one while we wait for the other would hang.

#include "tests/support/process.h"

#include <array>
#include <csignal>
#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

namespace tpuscope::test {
namespace {

using Clock = std::chrono::steady_clock;

[[noreturn]] void become(const std::string& program, const std::vector<std::string>& arguments,
                         const ProcessOptions& options, int out, int err) {
  const int nothing = open("/dev/null", O_RDONLY);
  dup2(nothing, STDIN_FILENO);
  dup2(out, STDOUT_FILENO);
  dup2(err, STDERR_FILENO);
  std::vector<std::string> words = arguments;
  words.insert(words.begin(), program);
  std::vector<char*> pointers;
  for (std::string& word : words) {
    pointers.push_back(word.data());
  }
  pointers.push_back(nullptr);
  if (options.folder.empty() || chdir(options.folder.c_str()) == 0) {
    execv(program.c_str(), pointers.data());
  }
  _exit(127);
}

/// Appends what `pipe` has to `text`; closes and forgets it at its end.
void drain(pollfd& pipe, std::string& text) {
  if ((pipe.revents & (POLLIN | POLLHUP)) == 0) return;
  std::array<char, 4096> buffer{};
  const ssize_t count = read(pipe.fd, buffer.data(), buffer.size());
  if (count > 0) {
    text.append(buffer.data(), static_cast<std::size_t>(count));
    return;
  }
  close(pipe.fd);
  pipe.fd = -1;  // poll() ignores it from here on
}

}  // namespace

ProcessResult run_process(const std::string& program, const std::vector<std::string>& arguments,
                          const ProcessOptions& options) {
  ProcessResult result;
  std::array<int, 2> out{};
  std::array<int, 2> err{};
  // Closed on exec: a second program started meanwhile must not keep the pipes open.
  if (pipe2(out.data(), O_CLOEXEC) != 0 || pipe2(err.data(), O_CLOEXEC) != 0) {
    result.exit_code = 127;
    return result;
  }
  const pid_t child = fork();
  if (child == 0) become(program, arguments, options, out[1], err[1]);
  close(out[1]);
  close(err[1]);

  const Clock::time_point deadline = Clock::now() + options.timeout;
  std::array<pollfd, 2> pipes = {pollfd{out[0], POLLIN, 0}, pollfd{err[0], POLLIN, 0}};
  while (pipes[0].fd >= 0 || pipes[1].fd >= 0) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()).count();
    if (left <= 0 && !result.timed_out) {
      result.timed_out = true;
      kill(child, SIGKILL);
    }
    poll(pipes.data(), pipes.size(), left > 0 ? static_cast<int>(left) : 1000);
    drain(pipes[0], result.out);
    drain(pipes[1], result.err);
  }
  int status = 0;
  waitpid(child, &status, 0);
  result.exit_code = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
  return result;
}

}  // namespace tpuscope::test
