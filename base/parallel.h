// Work on all cores of this machine. Results go to places chosen by index, so that which thread did
// what never shows.

#pragma once

#include <cstddef>
#include <functional>
#include <string_view>

#include "base/progress_listener.h"

namespace tpuscope {

/// Calls work(0) ... work(count - 1), each once, in any order and on several threads at a time, and
/// returns when all are done. `threads` 0: one per core. Where work throws (a failed check), the
/// exception of the lowest such index is thrown on here, when all others are done. `listener` is
/// called for each that is done, `what` they are.
void for_each_index(std::size_t count, std::size_t threads,
                    const std::function<void(std::size_t)>& work,
                    const ProgressListener& listener = {}, std::string_view what = {});

}  // namespace tpuscope
