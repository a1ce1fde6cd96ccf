// Watch: how far long work is, told to whoever wants to know. Library code prints nothing; the
// program draws a line from this where somebody is waiting.

#pragma once

#include <cstddef>
#include <functional>
#include <string_view>

namespace tpuscope {

/// Called when `done` of `total` pieces of `what` ("variants") are done; `total` 0: one step of
/// unknown length begins. Calls come one at a time, though from any thread, and `what` lives on.
using Watch = std::function<void(std::string_view what, std::size_t done, std::size_t total)>;

/// One step begins; nothing where nobody watches.
inline void tell(const Watch& watch, std::string_view what) {
  if (watch) watch(what, 0, 0);
}

}  // namespace tpuscope
