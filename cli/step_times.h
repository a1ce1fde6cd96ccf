// StepTimes: where tpuscope's own time went, for --timings: by the steps that a progress listener
// hears of, and those that a verb names.

#pragma once

#include <chrono>
#include <ctime>
#include <string>
#include <string_view>
#include <vector>

#include "base/progress_listener.h"
#include "cli/console.h"
#include "cli/verb.h"

namespace tpuscope {

inline constexpr Flag kTimingsFlag{
    .name = "--timings", .help = "also say on standard error where tpuscope's own time went"};

class StepTimes {
 public:
  using Clock = std::chrono::steady_clock;

  struct Step {
    std::string what{};
    Clock::duration wall{};
    double cpu_seconds = 0;  ///< of all threads
  };

  /// Ends the step in work and begins one; time of a name that was there before adds up.
  void begin(std::string_view what);
  /// Tells both of each step. Calls come one at a time.
  ProgressListener around(ProgressListener listener);
  /// In the order in which they began first.
  const std::vector<Step>& steps() const { return steps_; }
  /// Ends the step in work and prints a row per step and their sum on standard error.
  void print(const Console& console);

 private:
  void end();

  std::vector<Step> steps_{};
  std::size_t current_ = 0;
  bool is_open_ = false;
  Clock::time_point since_{};
  std::clock_t cpu_since_ = 0;
};

}  // namespace tpuscope
