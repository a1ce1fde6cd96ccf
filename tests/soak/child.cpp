// Forks and their ends: see child.h.

#include "tests/soak/child.h"

#include <cstdio>
#include <cstring>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fmt/core.h>

#include "tests/support/sanitized.h"

namespace tpuscope::soak {

void limit_this_process(const ChildLimits& limits) {
  if (!testing::kIsSanitized) {  // AddressSanitizer's shadow takes terabytes of addresses
    const rlimit memory{limits.bytes, limits.bytes};
    setrlimit(RLIMIT_AS, &memory);
  }
  const rlimit core{0, 0};
  setrlimit(RLIMIT_CORE, &core);
}

void limit_cpu_time(unsigned seconds) {
  const itimerval time{{0, 0}, {static_cast<time_t>(seconds), 0}};
  setitimer(ITIMER_PROF, &time, nullptr);
}

int start_child(const std::function<void()>& step) {
  std::fflush(nullptr);
  const pid_t pid = fork();
  if (pid != 0) return pid;
  step();
  _exit(0);
}

ChildEnd end_of_status(int status) {
  if (WIFEXITED(status)) {
    const int code = WEXITSTATUS(status);
    return {code == 0, fmt::format("exit code {}", code)};
  }
  const int signal = WTERMSIG(status);
  return {false, fmt::format("signal {} ({})", signal, strsignal(signal))};
}

ChildEnd end_of_child(int pid) {
  int status = 0;
  while (waitpid(pid, &status, 0) < 0) {
    if (errno != EINTR) return {false, "lost"};
  }
  return end_of_status(status);
}

}  // namespace tpuscope::soak
