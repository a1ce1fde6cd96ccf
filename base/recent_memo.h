// RecentMemo: a cache of the most recently used answers, each made once: the first caller makes it,
// and threads that need the same one wait. For answers too large to keep them all (memo.h does).

#pragma once

#include <algorithm>
#include <cstddef>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <utility>

namespace tpuscope {

/// Keys are compared by ==.
template <typename Key, typename Answer>
class RecentMemo {
 public:
  /// The number of answers that are kept; at least one per thread, so that none is made twice.
  explicit RecentMemo(std::size_t capacity) : capacity_(std::max<std::size_t>(1, capacity)) {}

  /// The answer to `key`, made by `make` where it is not kept. If `make` throws, the next thread
  /// tries again.
  std::shared_ptr<const Answer> get(const Key& key, const std::function<Answer()>& make) {
    const std::shared_ptr<Entry> entry = entry_of(key);
    const std::lock_guard lock(entry->mutex);
    if (entry->answer == nullptr) entry->answer = std::make_shared<const Answer>(make());
    return entry->answer;
  }

 private:
  struct Entry {
    explicit Entry(Key its_key) : key(std::move(its_key)) {}
    const Key key;
    std::mutex mutex{};  ///< held while the answer is made
    std::shared_ptr<const Answer> answer{};
  };

  std::shared_ptr<Entry> entry_of(const Key& key) {
    const std::lock_guard lock(mutex_);
    const auto found = std::find_if(entries_.begin(), entries_.end(),
                                    [&](const auto& entry) { return entry->key == key; });
    if (found != entries_.end()) {
      entries_.splice(entries_.begin(), entries_, found);
      return entries_.front();
    }
    entries_.push_front(std::make_shared<Entry>(key));
    if (entries_.size() > capacity_) entries_.pop_back();
    return entries_.front();
  }

  const std::size_t capacity_;
  std::mutex mutex_{};
  std::list<std::shared_ptr<Entry>> entries_{};  ///< the last used first
};

}  // namespace tpuscope
