// A join by id, then sums of what belongs together.

#include "profiles/diff/command_diff.h"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <tuple>

namespace tpuscope {
namespace {

using CommandKey = std::tuple<std::uint8_t, Engine, std::uint32_t>;

std::map<CommandKey, const RunCommand*> by_key(const std::vector<RunCommand>& commands) {
  std::map<CommandKey, const RunCommand*> found;
  for (const RunCommand& command : commands)
    found.emplace(CommandKey{command.core, command.engine, command.id}, &command);
  return found;
}

/// Queues with how many commands they have.
std::map<std::pair<std::uint8_t, Engine>, std::size_t> queue_lengths(
    const std::vector<RunCommand>& commands) {
  std::map<std::pair<std::uint8_t, Engine>, std::size_t> lengths;
  for (const RunCommand& command : commands)
    ++lengths[{command.core, command.engine}];
  return lengths;
}

bool are_queues_alike(const std::vector<RunCommand>& base, const std::vector<RunCommand>& now) {
  const auto ours = queue_lengths(base);
  const auto theirs = queue_lengths(now);
  if (ours.size() != theirs.size()) return false;
  for (const auto& [queue, length] : ours) {
    const auto other = theirs.find(queue);
    if (other == theirs.end()) return false;
    if (std::max(length, other->second) - std::min(length, other->second) > 1) return false;
  }
  return true;
}

/// The name that one side knows.
const std::string& known(const std::string& base, const std::string& now) {
  return now.empty() ? base : now;
}

template <typename NameOf>
std::vector<CommandSums> sums_by(const std::vector<CommandPair>& pairs, NameOf name_of) {
  std::vector<CommandSums> sums;
  std::map<std::string, std::size_t> places;
  for (const CommandPair& pair : pairs) {
    const std::string& name = name_of(pair);
    if (name.empty()) continue;
    const auto [at, is_new] = places.emplace(name, sums.size());
    if (is_new) sums.push_back({.name = name});
    CommandSums& sum = sums[at->second];
    ++sum.commands;
    sum.base += pair.base->length;
    sum.now += pair.now->length;
  }
  return sums;
}

std::int64_t size_of_change(Picoseconds base, Picoseconds now) {
  return std::abs((now - base).value);
}

}  // namespace

std::optional<CommandDiff> diff_commands(const std::vector<RunCommand>& base,
                                         const std::vector<RunCommand>& now) {
  if (base.empty() || now.empty() || !are_queues_alike(base, now)) return std::nullopt;
  const auto others = by_key(now);
  CommandDiff diff;
  for (const RunCommand& command : base) {
    const auto other = others.find({command.core, command.engine, command.id});
    if (other == others.end()) {
      ++diff.only_base;
      continue;
    }
    if (other->second->kind != command.kind) return std::nullopt;
    diff.pairs.push_back({&command, other->second});
  }
  diff.only_now = now.size() - diff.pairs.size();
  diff.kinds = sums_by(
      diff.pairs, [](const CommandPair& pair) -> const std::string& { return pair.base->kind; });
  diff.groups = sums_by(diff.pairs, [](const CommandPair& pair) -> const std::string& {
    return known(pair.base->group, pair.now->group);
  });
  diff.ops = sums_by(diff.pairs, [](const CommandPair& pair) -> const std::string& {
    return known(pair.base->op, pair.now->op);
  });
  std::stable_sort(diff.kinds.begin(), diff.kinds.end(),
                   [](const auto& a, const auto& b) { return a.base > b.base; });
  std::stable_sort(diff.ops.begin(), diff.ops.end(), [](const auto& a, const auto& b) {
    return size_of_change(a.base, a.now) > size_of_change(b.base, b.now);
  });
  std::stable_sort(diff.pairs.begin(), diff.pairs.end(), [](const auto& a, const auto& b) {
    return size_of_change(a.base->length, a.now->length) >
           size_of_change(b.base->length, b.now->length);
  });
  return diff;
}

}  // namespace tpuscope
