// Progress: one line on standard error that rewrites itself, for people who wait longer than a
// second. Nothing where no terminal is, or where the user wants quiet.

#pragma once

#include <chrono>
#include <cstddef>
#include <string_view>

#include "cli/console.h"

namespace tpuscope {

class Progress {
 public:
  /// `what`: "simulating  point".
  Progress(const Console& console, std::string_view what, std::size_t total)
      : console_(console), what_(what), total_(total) {}
  /// Clears the line.
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// One more is done.
  void advance();

 private:
  using Clock = std::chrono::steady_clock;

  const Console& console_;
  std::string_view what_;
  std::size_t total_;
  std::size_t done_ = 0;
  std::size_t width_ = 0;  ///< of what stands there
  Clock::time_point begin_ = Clock::now();
  Clock::time_point shown_ = begin_;
};

}  // namespace tpuscope
