// Exact by the weights of sets, or sampled by orders: see shapley.h.

#include "profiles/whatif/shapley.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>
#include <random>

#include "base/check.h"

namespace tpuscope {
namespace {

/// Sets with their worth, each computed once.
class Worths {
 public:
  explicit Worths(const WorthOf& worth) : worth_(worth) {}

  Status ask(const std::vector<Coalition>& sets) {
    std::vector<Coalition> news;
    for (const Coalition set : sets) {
      if (known_.emplace(set, 0).second) news.push_back(set);
    }
    if (news.empty()) return Ok{};
    TPU_TRY(const std::vector<std::int64_t> answers, worth_(news));
    for (std::size_t i = 0; i < news.size(); ++i)
      known_[news[i]] = answers[i];
    return Ok{};
  }
  std::int64_t of(Coalition set) const { return known_.at(set); }
  std::size_t size() const { return known_.size(); }

 private:
  const WorthOf& worth_;
  std::map<Coalition, std::int64_t> known_{};
};

Coalition bit(std::size_t change) {
  return Coalition{1} << change;
}

/// Changes that make a difference somewhere one would look first.
Result<std::vector<std::size_t>> effective(std::size_t changes, Worths& worths) {
  const Coalition all = bit(changes) - 1;
  std::vector<Coalition> sets = {0, all};
  for (std::size_t i = 0; i < changes; ++i) {
    sets.push_back(bit(i));
    sets.push_back(all & ~bit(i));
    for (std::size_t j = 0; j < i; ++j)
      sets.push_back(bit(i) | bit(j));
  }
  TPU_TRY_STATUS(worths.ask(sets));
  std::vector<std::size_t> players;
  for (std::size_t i = 0; i < changes; ++i) {
    bool differs = worths.of(bit(i)) != worths.of(0) || worths.of(all & ~bit(i)) != worths.of(all);
    for (std::size_t j = 0; j < changes; ++j)
      differs = differs || (i != j && worths.of(bit(i) | bit(j)) != worths.of(bit(j)));
    if (differs) players.push_back(i);
  }
  return players;
}

/// The set of players whose bits are set in `chosen`.
Coalition set_of(const std::vector<std::size_t>& players, Coalition chosen) {
  Coalition set = 0;
  for (std::size_t i = 0; i < players.size(); ++i) {
    if ((chosen & bit(i)) != 0) set |= bit(players[i]);
  }
  return set;
}

std::int64_t factorial(std::size_t n) {
  std::int64_t product = 1;
  for (std::size_t i = 2; i <= n; ++i) {
    if (product > std::numeric_limits<std::int64_t>::max() / static_cast<std::int64_t>(i)) {
      return std::numeric_limits<std::int64_t>::max();
    }
    product *= static_cast<std::int64_t>(i);
  }
  return product;
}

/// A set of size s without the player weighs s! (n - 1 - s)! / n!: the part of all orders in which
/// exactly this set comes before the player.
Status exact(const std::vector<std::size_t>& players, Worths& worths, Shapley& shapley) {
  const std::size_t n = players.size();
  std::vector<Coalition> sets;
  for (Coalition chosen = 0; chosen < bit(n); ++chosen)
    sets.push_back(set_of(players, chosen));
  TPU_TRY_STATUS(worths.ask(sets));
  // 1 / (n * choose(n - 1, s)), by size.
  std::vector<double> weight(n);
  double choose = 1;
  for (std::size_t size = 0; size < n; ++size) {
    weight[size] = 1 / (static_cast<double>(n) * choose);
    choose = choose * static_cast<double>(n - 1 - size) / static_cast<double>(size + 1);
  }
  for (std::size_t i = 0; i < n; ++i) {
    for (Coalition chosen = 0; chosen < bit(n); ++chosen) {
      if ((chosen & bit(i)) != 0) continue;
      const auto size = static_cast<std::size_t>(std::popcount(chosen));
      shapley.shares[players[i]].mean +=
          weight[size] *
          static_cast<double>(worths.of(sets[chosen | bit(i)]) - worths.of(sets[chosen]));
    }
  }
  shapley.orders = factorial(n);
  return Ok{};
}

/// The same on every machine, which std::shuffle is not.
void shuffle(std::vector<std::size_t>& order, std::mt19937_64& random) {
  for (std::size_t i = order.size(); i > 1; --i)
    std::swap(order[i - 1], order[random() % i]);
}

Status sampled(const std::vector<std::size_t>& players, const ShapleyLimits& limits, Worths& worths,
               Shapley& shapley) {
  std::mt19937_64 random(limits.seed);
  std::vector<std::vector<std::size_t>> orders;
  std::vector<std::size_t> order = players;
  for (std::int64_t i = 0; i < std::max<std::int64_t>(2, limits.orders / 2); ++i) {
    shuffle(order, random);
    orders.push_back(order);
    orders.emplace_back(order.rbegin(), order.rend());
  }
  std::vector<Coalition> sets;
  for (const auto& each : orders) {
    Coalition set = 0;
    for (const std::size_t player : each)
      sets.push_back(set |= bit(player));
  }
  TPU_TRY_STATUS(worths.ask(sets));
  // An order and its reverse are one observation.
  const std::size_t pairs = orders.size() / 2;
  std::map<std::size_t, std::vector<double>> gains;
  for (const std::size_t player : players)
    gains[player].assign(pairs, 0);
  for (std::size_t i = 0; i < orders.size(); ++i) {
    Coalition set = 0;
    for (const std::size_t player : orders[i]) {
      const std::int64_t before = worths.of(set);
      set |= bit(player);
      gains[player][i / 2] += static_cast<double>(worths.of(set) - before) / 2;
    }
  }
  for (const auto& [player, each] : gains) {
    const auto count = static_cast<double>(pairs);
    const double mean = std::accumulate(each.begin(), each.end(), 0.0) / count;
    double squares = 0;
    for (const double gain : each)
      squares += (gain - mean) * (gain - mean);
    shapley.shares[player].mean = mean;
    shapley.shares[player].standard_error = std::sqrt(squares / (count - 1) / count);
  }
  shapley.is_exact = false;
  shapley.orders = static_cast<std::int64_t>(orders.size());
  return Ok{};
}

}  // namespace

Result<Shapley> shapley_values(std::size_t changes, const WorthOf& worth,
                               const ShapleyLimits& limits) {
  TPU_CHECK(changes < 64, "{} changes are more than a set holds", changes);
  Shapley shapley;
  shapley.shares.resize(changes);
  Worths worths(worth);
  TPU_TRY(const std::vector<std::size_t> players, effective(changes, worths));
  for (std::size_t i = 0; i < changes; ++i) {
    shapley.shares[i].changes_nothing =
        std::find(players.begin(), players.end(), i) == players.end();
  }
  const bool is_small = players.size() < 63 && bit(players.size()) <= limits.exact_sets;
  TPU_TRY_STATUS(is_small ? exact(players, worths, shapley)
                          : sampled(players, limits, worths, shapley));
  shapley.sets = worths.size();
  return shapley;
}

}  // namespace tpuscope
