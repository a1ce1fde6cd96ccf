// The line, drawn ten times a second.

#include "cli/progress.h"

#include <algorithm>

#include <fmt/core.h>

#include "base/terminal.h"

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

void Progress::expect(std::size_t steps) {
  const std::lock_guard lock(mutex_);
  steps_ = std::max<std::size_t>(1, steps);
}

ProgressListener Progress::listener() {
  return [this](std::string_view what, std::size_t done, std::size_t total) {
    if (console_.listener) console_.listener(what, done, total);
    const std::lock_guard lock(mutex_);
    const bool is_new = step_ == 0 || what != what_ || done < done_ || total != total_;
    if (is_new && step_ > 0) {
      // Of what is left, an equal share for each step that is still expected.
      const std::size_t left = steps_ > step_ ? steps_ - step_ + 1 : 2;
      behind_ += (1 - behind_) / static_cast<double>(left);
    }
    if (is_new) ++step_;
    what_ = what;
    done_ = done;
    total_ = total;
  };
}

double Progress::part_done() const {
  if (total_ == 0) return behind_;
  const std::size_t left = steps_ > step_ ? steps_ - step_ + 1 : steps_ == step_ ? 1 : 2;
  const double share = (1 - behind_) / static_cast<double>(left);
  return behind_ + share * static_cast<double>(done_) / static_cast<double>(total_);
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

std::string Progress::line() {
  constexpr std::size_t kBarWidth = 20;
  constexpr double kLeastPart = 0.05;  // of which a time can be estimated
  // Where more pieces turn up than a step began with, the bar stands still until they are done.
  drawn_ = std::max(drawn_, part_done());
  const double part = drawn_;
  std::string text =
      fmt::format("[{}] {:3.0f} %", left_aligned(bar(part, kBarWidth, {}), kBarWidth), 100 * part);
  if (!what_.empty()) text += fmt::format("  {}", what_);
  if (total_ > 0) text += fmt::format("  {}/{}", done_, total_);
  if (part < kLeastPart || part >= 1) return text;
  const double spent = std::chrono::duration<double>(Clock::now() - begin_).count();
  return text + fmt::format("  eta {:.0f} s", spent * (1 - part) / part);
}

}  // namespace tpuscope
