// The line, drawn ten times a second.

#include "cli/progress.h"

#include <algorithm>

#include <fmt/core.h>

namespace tpuscope {
namespace {

constexpr std::chrono::milliseconds kInterval{100};

}  // namespace

Progress::Progress(const Console& console, std::chrono::milliseconds patience) : console_(console) {
  const bool is_wanted = console.err_is_terminal && !console.is_quiet;
  if (is_wanted) thread_ = std::thread([this, patience] { draw_until_stopped(patience); });
}

Progress::~Progress() {
  {
    const std::lock_guard lock(mutex_);
    is_stopped_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
  clear();
}

void Progress::say(std::string_view line) {
  const std::lock_guard lock(mutex_);
  clear();
  console_.say(line);
}

void Progress::clear() {
  if (width_ > 0) console_.err->write("\r" + std::string(width_, ' ') + "\r");
  width_ = 0;
}

ProgressListener Progress::listener() {
  return [this](std::string_view what, std::size_t done, std::size_t total) {
    const std::lock_guard lock(mutex_);
    // Time is estimated from pieces of one kind.
    if (what != what_ || done <= done_ || total != total_) begin_ = Clock::now();
    what_ = what;
    done_ = done;
    total_ = total;
  };
}

void Progress::draw_until_stopped(std::chrono::milliseconds patience) {
  std::unique_lock lock(mutex_);
  const auto is_stopped = [this] { return is_stopped_; };
  for (auto wait = patience; !wake_.wait_for(lock, wait, is_stopped); wait = kInterval) {
    std::string text = line();
    const std::size_t length = text.size();
    text.resize(std::max(width_, length), ' ');
    width_ = length;
    console_.err->write("\r" + text);
  }
}

std::string Progress::line() const {
  if (total_ == 0) return std::string(what_);
  std::string text = fmt::format("{}  {}/{}", what_, done_, total_);
  if (done_ == 0 || done_ == total_) return text;
  const double spent = std::chrono::duration<double>(Clock::now() - begin_).count();
  const double left = spent / static_cast<double>(done_) * static_cast<double>(total_ - done_);
  return fmt::format("{}  eta {:.0f} s", text, left);
}

}  // namespace tpuscope
