// ProgressListener: a callback for the progress of long work. Library code prints nothing; the
// program draws a line from this where somebody is waiting.

#pragma once

#include <cstddef>
#include <functional>
#include <string_view>

namespace tpuscope {

/// Called when `done` of `total` pieces of `what` ("variants") are done; `total` 0: one step of
/// unknown length begins. Calls come one at a time, though from any thread, and `what` lives on.
using ProgressListener =
    std::function<void(std::string_view what, std::size_t done, std::size_t total)>;

/// Reports that a step begins; does nothing without a callback.
inline void report_progress(const ProgressListener& listener, std::string_view what) {
  if (listener) listener(what, 0, 0);
}

}  // namespace tpuscope
