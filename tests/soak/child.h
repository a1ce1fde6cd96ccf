// Runs a step in a child process, so that a crash, an endless loop or all of memory is an answer
// and not the end.

#pragma once

#include <cstdint>
#include <functional>
#include <string>

namespace tpuscope::soak {

/// What became of a child.
struct ChildEnd {
  bool is_normal = false;  ///< it returned by itself with exit code 0
  std::string text{};      ///< how it ended otherwise: "signal 11 (Segmentation fault)"
};

/// Limits of a child: seconds of CPU, bytes of memory.
struct ChildLimits {
  unsigned seconds = 20;
  std::size_t bytes = std::size_t{3} << 30;
};

/// Puts the limits on the process that calls it.
void limit_this_process(const ChildLimits& limits);

/// From now on the process may compute for so many seconds, then SIGPROF ends it; 0: no limit. Time
/// in which others have the processor does not count.
void limit_cpu_time(unsigned seconds);

/// The child's part of a fork; never returns to the caller in the child.
int start_child(const std::function<void()>& step);
/// Waits for a child of start_child.
ChildEnd end_of_child(int pid);
/// What a status of waitpid says.
ChildEnd end_of_status(int status);

}  // namespace tpuscope::soak
