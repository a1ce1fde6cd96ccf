// The line, at most ten times a second.

#include "cli/progress.h"

#include <algorithm>
#include <string>

#include <fmt/core.h>

namespace tpuscope {
namespace {

constexpr std::chrono::milliseconds kPatience{1000};
constexpr std::chrono::milliseconds kInterval{100};

}  // namespace

Progress::~Progress() {
  if (width_ > 0) console_.err->write("\r" + std::string(width_, ' ') + "\r");
}

void Progress::advance() {
  ++done_;
  const Clock::time_point now = Clock::now();
  const bool is_wanted = console_.err_is_terminal && !console_.is_quiet;
  if (!is_wanted || now - begin_ < kPatience || now - shown_ < kInterval) return;
  shown_ = now;
  const double spent = std::chrono::duration<double>(now - begin_).count();
  const double left = spent / static_cast<double>(done_) * static_cast<double>(total_ - done_);
  std::string line = fmt::format("{} {}/{}  eta {:.0f} s", what_, done_, total_, left);
  const std::size_t length = line.size();
  line.resize(std::max(width_, length), ' ');
  width_ = length;
  console_.err->write("\r" + line);
}

}  // namespace tpuscope
