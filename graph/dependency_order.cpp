// Kahn's algorithm over names, with errors that a person can act on.

#include "graph/dependency_order.h"

#include <algorithm>
#include <map>
#include <queue>

#include <fmt/core.h>

#include "base/text.h"

namespace tpuscope {
namespace {

using Makers = std::map<std::string_view, std::size_t>;  // tensor -> the item that makes it

Result<Makers> find_makers(const std::vector<NamedItem>& items,
                           const std::set<std::string, std::less<>>& known) {
  Makers makers;
  Errors errors;
  for (std::size_t i = 0; i < items.size(); ++i) {
    for (const std::string& made : items[i].makes) {
      if (made.empty()) continue;
      if (known.contains(made) || !makers.emplace(made, i).second) {
        errors.push_back({.message = "tensor " + in_quotes(made) + " is made twice",
                          .where = items[i].name,
                          .hint = "every tensor needs one producer with its own name"});
      }
    }
  }
  if (errors.size() > kMaxErrors) errors.resize(kMaxErrors);
  if (!errors.empty()) return errors;
  return makers;
}

/// Names the members of one cycle among the indices that could not be placed: each of them waits
/// for another one, so walking from producer to producer must come round.
Error cycle_error(const std::vector<std::vector<std::size_t>>& waits_for,
                  const std::vector<bool>& placed,
                  const std::function<std::string(std::size_t)>& name_of) {
  std::size_t at = 0;
  while (placed[at])
    ++at;
  std::vector<std::size_t> walk;
  while (std::find(walk.begin(), walk.end(), at) == walk.end()) {
    walk.push_back(at);
    const auto& blockers = waits_for[at];
    const auto blocker = std::find_if(blockers.begin(), blockers.end(),
                                      [&](std::size_t index) { return !placed[index]; });
    TPU_CHECK(blocker != blockers.end(), "{} is not placed and waits for nothing", name_of(at));
    at = *blocker;
  }
  walk.erase(walk.begin(), std::find(walk.begin(), walk.end(), at));
  std::reverse(walk.begin(), walk.end());
  constexpr std::size_t kShown = 8;
  std::vector<std::string> names;
  for (std::size_t i = 0; i < std::min(walk.size(), kShown); ++i)
    names.push_back(name_of(walk[i]));
  if (walk.size() > kShown) names.push_back(fmt::format("... {} more", walk.size() - kShown));
  const std::string first = names.front();
  names.push_back(first);
  return {.message = "the graph has a cycle: " + join(names, " -> "),
          .where = first,
          .hint = "a network must be acyclic; loops have to be unrolled"};
}

}  // namespace

Result<std::vector<std::size_t>> index_order(
    const std::vector<std::vector<std::size_t>>& waits_for,
    const std::function<std::string(std::size_t index)>& name_of) {
  const std::size_t count = waits_for.size();
  std::vector<std::size_t> missing(count, 0);
  std::vector<std::vector<std::size_t>> consumers(count);
  std::priority_queue<std::size_t, std::vector<std::size_t>, std::greater<>> ready;
  for (std::size_t i = 0; i < count; ++i) {
    missing[i] = waits_for[i].size();
    for (const std::size_t producer : waits_for[i])
      consumers[producer].push_back(i);
    if (missing[i] == 0) ready.push(i);
  }
  std::vector<std::size_t> order;
  std::vector<bool> placed(count, false);
  while (!ready.empty()) {
    const std::size_t next = ready.top();
    ready.pop();
    order.push_back(next);
    placed[next] = true;
    for (const std::size_t consumer : consumers[next]) {
      if (--missing[consumer] == 0) ready.push(consumer);
    }
  }
  if (order.size() < count) return cycle_error(waits_for, placed, name_of);
  return order;
}

Result<std::vector<std::size_t>> dependency_order(const std::vector<NamedItem>& items,
                                                  const std::set<std::string, std::less<>>& known) {
  TPU_TRY(const Makers makers, find_makers(items, known));
  Errors errors;
  std::vector<std::vector<std::size_t>> waits_for(items.size());
  for (std::size_t i = 0; i < items.size(); ++i) {
    for (const std::string& need : items[i].needs) {
      if (need.empty() || known.contains(need)) continue;
      const auto maker = makers.find(need);
      if (maker != makers.end()) {
        waits_for[i].push_back(maker->second);
      } else if (errors.size() < kMaxErrors) {
        errors.push_back({.message = "reads tensor " + in_quotes(need) + ", which nothing makes",
                          .where = items[i].name});
      }
    }
  }
  if (!errors.empty()) return errors;
  return index_order(waits_for, [&](std::size_t index) { return items[index].name; });
}

}  // namespace tpuscope
