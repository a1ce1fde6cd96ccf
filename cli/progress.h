// Progress: one bar on standard error for the whole command, for people who wait longer than a
// second. Nothing without a terminal, or with --quiet. Every verb draws the same
// line: a ProgressListener reports what is done, and a thread of its own draws it, so that it also
// shows while one long step lasts.

#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

#include "base/progress_listener.h"
#include "cli/console.h"

namespace tpuscope {

/// Steps of one run: rewriting, searching layer groups, simulating, attributing.
inline constexpr std::size_t kStepsOfRun = 4;

class Progress {
 public:
  using Clock = std::chrono::steady_clock;

  /// Shows nothing before `patience` has passed. Nothing else may write to `err` meanwhile.
  explicit Progress(const Console& console,
                    std::chrono::milliseconds patience = std::chrono::milliseconds(1000));
  /// Clears the line.
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// How many steps the command is expected to have, each a run of pieces of one kind; the bar's
  /// parts are as long as each other. More than expected share what is left of it.
  void expect(std::size_t steps);
  /// What to hand to work; must not outlive this.
  ProgressListener listener();
  /// Console::say, above the line.
  void say(std::string_view line);

 private:
  void clear();
  void draw_until_stopped(std::chrono::milliseconds patience);
  std::string line();
  double part_done() const;

  const Console& console_;
  std::mutex mutex_{};
  std::condition_variable wake_{};
  bool is_stopped_ = false;
  std::string_view what_{};
  std::size_t done_ = 0;
  std::size_t total_ = 0;
  Clock::time_point begin_ = Clock::now();  ///< of the command
  std::size_t steps_ = 1;                   ///< expected
  double behind_ = 0;                       ///< the part of the command before this step
  std::size_t step_ = 0;                    ///< counted from 1 once one has begun
  double drawn_ = 0;                        ///< the part that the bar shows; never back
  std::size_t width_ = 0;                   ///< of what is on the terminal
  std::thread thread_{};                    ///< last, for it uses the others
};

}  // namespace tpuscope
