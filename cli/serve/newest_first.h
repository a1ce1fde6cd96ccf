// NewestFirst: one thing is done at a time, and of those who wait only the newest is served. A
// panel that moves asks faster than simulations end, and nobody needs the answers in between.

#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>

namespace tpuscope {

class NewestFirst {
 public:
  /// Waits for its turn; false when a newer caller came meanwhile. After true, end() must follow.
  bool begin() {
    std::unique_lock lock(mutex_);
    const std::uint64_t own = ++newest_;
    turn_.notify_all();
    turn_.wait(lock, [&] { return own != newest_ || !is_busy_; });
    if (own != newest_) return false;
    is_busy_ = true;
    return true;
  }
  /// Callers of begin() so far.
  std::uint64_t asked() const {
    const std::lock_guard lock(mutex_);
    return newest_;
  }
  void end() {
    {
      const std::lock_guard lock(mutex_);
      is_busy_ = false;
    }
    turn_.notify_all();
  }

 private:
  mutable std::mutex mutex_{};
  std::condition_variable turn_{};
  std::uint64_t newest_ = 0;
  bool is_busy_ = false;
};

}  // namespace tpuscope
