// Kahn's algorithm over names, with errors that a person can act on.

#include "graph/dependency_order.h"

#include <algorithm>
#include <map>
#include <queue>

#include <fmt/core.h>

#include "graph/text.h"

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

/// Walks from an unplaced item to the producers it waits for until one comes again.
Error cycle_error(const std::vector<NamedItem>& items, const Makers& makers,
                  const std::vector<bool>& placed) {
  std::size_t item = 0;
  while (placed[item])
    ++item;
  std::vector<std::size_t> path;
  while (std::find(path.begin(), path.end(), item) == path.end()) {
    path.push_back(item);
    for (const std::string& need : items[item].needs) {
      const auto maker = makers.find(need);
      if (maker != makers.end() && !placed[maker->second]) {
        item = maker->second;
        break;
      }
    }
  }
  std::vector<std::string> names;
  for (auto at = std::find(path.begin(), path.end(), item); at != path.end(); ++at) {
    names.push_back(items[*at].name);
  }
  std::reverse(names.begin(), names.end());
  if (names.size() > 8) names.resize(8, "");
  names.push_back(names.front());
  return {.message = "the graph has a cycle: " + join(names, " -> "),
          .where = items[item].name,
          .hint = "a network must be acyclic; loops have to be unrolled"};
}

}  // namespace

Result<std::vector<std::size_t>> dependency_order(const std::vector<NamedItem>& items,
                                                  const std::set<std::string, std::less<>>& known) {
  TPU_TRY(const Makers makers, find_makers(items, known));
  Errors errors;
  std::vector<std::size_t> missing(items.size(), 0);
  std::vector<std::vector<std::size_t>> consumers(items.size());
  for (std::size_t i = 0; i < items.size(); ++i) {
    for (const std::string& need : items[i].needs) {
      if (need.empty() || known.contains(need)) continue;
      const auto maker = makers.find(need);
      if (maker != makers.end()) {
        ++missing[i];
        consumers[maker->second].push_back(i);
      } else if (errors.size() < kMaxErrors) {
        errors.push_back({.message = "reads tensor " + in_quotes(need) + ", which nothing makes",
                          .where = items[i].name});
      }
    }
  }
  if (!errors.empty()) return errors;

  std::priority_queue<std::size_t, std::vector<std::size_t>, std::greater<>> ready;
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (missing[i] == 0) ready.push(i);
  }
  std::vector<std::size_t> order;
  std::vector<bool> placed(items.size(), false);
  while (!ready.empty()) {
    const std::size_t item = ready.top();
    ready.pop();
    order.push_back(item);
    placed[item] = true;
    for (const std::size_t consumer : consumers[item]) {
      if (--missing[consumer] == 0) ready.push(consumer);
    }
  }
  if (order.size() < items.size()) return cycle_error(items, makers, placed);
  return order;
}

}  // namespace tpuscope
