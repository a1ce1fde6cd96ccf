// Registry<T>: definitions that register themselves from their own file, by name. A std::map, so
// that nothing depends on link order; in a function-local static, so that registering during
// static initialisation is safe.

#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/check.h"

namespace tpuscope {

template <typename T>
class Registry {
 public:
  static Registry& instance() {
    static Registry registry;
    return registry;
  }

  /// Adds under `definition.name`. Two definitions of one name are a bug of ours.
  bool add(T definition) {
    std::string name{definition.name};
    const bool inserted = definitions_.try_emplace(name, std::move(definition)).second;
    TPU_CHECK(inserted, "\"{}\" is registered twice", name);
    return true;
  }

  /// The definition called `name`, or null.
  const T* find(std::string_view name) const {
    const auto found = definitions_.find(name);
    return found == definitions_.end() ? nullptr : &found->second;
  }

  /// All definitions in the order of their names.
  const std::map<std::string, T, std::less<>>& all() const { return definitions_; }

  std::vector<std::string> names() const {
    std::vector<std::string> names;
    for (const auto& [name, definition] : definitions_)
      names.push_back(name);
    return names;
  }

 private:
  std::map<std::string, T, std::less<>> definitions_;
};

}  // namespace tpuscope

/// Evaluates an expression of type bool when the program starts, in a .cpp file:
/// TPU_REGISTER(register_op({...}));
#define TPU_REGISTER(...) \
  [[maybe_unused]] static const bool TPU_CONCAT(tpu_registered_, __COUNTER__) = (__VA_ARGS__)
