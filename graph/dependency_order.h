// Puts named items in an order in which each comes after those it needs. Shared by the readers of
// formats that name tensors (JSON, ONNX), which must survive cycles and missing names.

#pragma once

#include <functional>
#include <set>
#include <string>
#include <vector>

#include "base/result.h"

namespace tpuscope {

/// Indices of `waits_for` so that each comes after all that it waits for, otherwise ascending. The
/// error of a cycle names it, from producer to consumer, with `name_of`.
Result<std::vector<std::size_t>> index_order(
    const std::vector<std::vector<std::size_t>>& waits_for,
    const std::function<std::string(std::size_t index)>& name_of);

/// An op of a file: what it is called, which tensors it reads and which it makes.
struct NamedItem {
  std::string name{};
  std::vector<std::string> needs{};
  std::vector<std::string> makes{};
};

/// Indices of `items` so that producers come first, otherwise in the given order. `known` are
/// tensors that exist from the start. Errors: a tensor made twice, a tensor that nothing makes, a
/// cycle (named). Empty names are left-out optional tensors.
Result<std::vector<std::size_t>> dependency_order(const std::vector<NamedItem>& items,
                                                  const std::set<std::string, std::less<>>& known);

}  // namespace tpuscope
