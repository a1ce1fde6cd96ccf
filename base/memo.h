// Memo: answers that are computed once. Several threads may ask at once; an answer depends on its
// key alone, so that it does not matter who was first.

#pragma once

#include <functional>
#include <mutex>
#include <unordered_map>
#include <utility>

namespace tpuscope {

template <typename Key, typename Answer, typename Hash = std::hash<Key>>
class Memo {
 public:
  /// Null when there is no answer yet. The pointer stays valid.
  const Answer* find(const Key& key) const {
    const std::lock_guard lock(mutex_);
    const auto found = answers_.find(key);
    return found == answers_.end() ? nullptr : &found->second;
  }

  /// The answer that stays: this one, or that of a thread that was faster.
  const Answer& add(Key key, Answer answer) {
    const std::lock_guard lock(mutex_);
    return answers_.emplace(std::move(key), std::move(answer)).first->second;
  }

 private:
  mutable std::mutex mutex_{};
  // Looked up only, never walked: its order reaches no output.
  std::unordered_map<Key, Answer, Hash> answers_{};
};

}  // namespace tpuscope
