// Clocks of steps and their table: see step_times.h.

#include "cli/step_times.h"

#include <algorithm>
#include <utility>

#include <fmt/core.h>

namespace tpuscope {
namespace {

using Seconds = std::chrono::duration<double>;

std::string row(std::string_view what, double wall, double cpu, double whole) {
  constexpr double kMilli = 1000;
  constexpr double kPercent = 100;
  return fmt::format("  {:<26} {:>9.1f} ms {:>9.1f} ms {:>5.1f} %", what, kMilli * wall,
                     kMilli * cpu, whole > 0 ? kPercent * wall / whole : 0);
}

}  // namespace

void StepTimes::end() {
  if (!is_open_) return;
  steps_[current_].wall += Clock::now() - since_;
  steps_[current_].cpu_seconds += static_cast<double>(std::clock() - cpu_since_) / CLOCKS_PER_SEC;
  is_open_ = false;
}

void StepTimes::begin(std::string_view what) {
  if (is_open_ && steps_[current_].what == what) return;
  end();
  const auto known = std::find_if(steps_.begin(), steps_.end(),
                                  [&](const Step& step) { return step.what == what; });
  current_ = static_cast<std::size_t>(known - steps_.begin());
  if (known == steps_.end()) steps_.push_back({.what = std::string(what)});
  is_open_ = true;
  since_ = Clock::now();
  cpu_since_ = std::clock();
}

ProgressListener StepTimes::around(ProgressListener listener) {
  return [this, listener = std::move(listener)](std::string_view what, std::size_t done,
                                                std::size_t total) {
    begin(what);
    if (listener) listener(what, done, total);
  };
}

void StepTimes::print(const Console& console) {
  end();
  double wall = 0;
  double cpu = 0;
  for (const Step& step : steps_) {
    wall += Seconds(step.wall).count();
    cpu += step.cpu_seconds;
  }
  console.complain(fmt::format("  {:<26} {:>12} {:>12}\n", "tpuscope's own time", "wall", "CPU"));
  for (const Step& step : steps_)
    console.complain(row(step.what, Seconds(step.wall).count(), step.cpu_seconds, wall) + "\n");
  console.complain(row("in all", wall, cpu, wall) + "\n");
}

}  // namespace tpuscope
