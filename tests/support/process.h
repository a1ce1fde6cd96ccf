// Runs a program the way a user does: arguments in, exit code and both outputs out.

#pragma once

#include <chrono>
#include <string>
#include <vector>

namespace tpuscope::test {

struct ProcessResult {
  int exit_code = 0;  ///< 128 + signal when a signal ended it, as shells say it
  bool timed_out = false;
  std::string out{};
  std::string err{};
};

struct ProcessOptions {
  std::string folder{};  ///< where it runs; empty: here
  /// So that a program that hangs ends a test. No verdict on speed: a build with sanitizers on a
  /// busy machine takes minutes for what takes a second.
  std::chrono::milliseconds timeout{600'000};
};

/// Starts `program` without a shell, with an empty standard input, and waits for its end. A program
/// that cannot be started exits with 127. After the timeout it is killed.
ProcessResult run_process(const std::string& program, const std::vector<std::string>& arguments,
                          const ProcessOptions& options = {});

}  // namespace tpuscope::test
