// Independent pieces of work on all cores of this machine. Results stand by index, so nothing
// depends on which thread did what.

#pragma once

#include <cstddef>
#include <functional>

namespace tpuscope {

/// Calls work(0) to work(count - 1), each once, on up to `threads` threads; 0: one per core.
/// Returns when all are done. `work` must write nothing that another call reads.
void for_all(std::size_t count, const std::function<void(std::size_t)>& work,
             std::size_t threads = 0);

}  // namespace tpuscope
