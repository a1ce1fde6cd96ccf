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

/// Gains of each player, one for each pair of an order and its reverse: they are one observation.
class Sample {
 public:
  explicit Sample(const std::vector<std::size_t>& players)
      : players_(players), gains_(players.size()) {}

  Status draw(std::int64_t pairs, std::mt19937_64& random, Worths& worths) {
    std::vector<std::vector<std::size_t>> orders;
    std::vector<Coalition> sets;
    for (std::int64_t i = 0; i < pairs; ++i) {
      shuffle(order_, random);
      orders.push_back(order_);
      orders.emplace_back(order_.rbegin(), order_.rend());
    }
    for_each_step(orders, [&](std::size_t, std::size_t, Coalition, Coalition after) {
      sets.push_back(after);
    });
    TPU_TRY_STATUS(worths.ask(sets));
    const std::size_t drawn = pairs_;
    pairs_ += static_cast<std::size_t>(pairs);
    for (std::vector<double>& each : gains_)
      each.resize(pairs_, 0);
    for_each_step(orders, [&](std::size_t i, std::size_t at, Coalition before, Coalition after) {
      gains_[at][drawn + i / 2] += static_cast<double>(worths.of(after) - worths.of(before)) / 2;
    });
    return Ok{};
  }

  double mean(std::size_t at) const {
    return std::accumulate(gains_[at].begin(), gains_[at].end(), 0.0) / static_cast<double>(pairs_);
  }
  double standard_error(std::size_t at) const {
    const double middle = mean(at);
    double squares = 0;
    for (const double gain : gains_[at])
      squares += (gain - middle) * (gain - middle);
    const auto count = static_cast<double>(pairs_);
    return std::sqrt(squares / (count - 1) / count);
  }
  double largest_error() const {
    double largest = 0;
    for (std::size_t at = 0; at < gains_.size(); ++at)
      largest = std::max(largest, standard_error(at));
    return largest;
  }
  std::size_t pairs() const { return pairs_; }

 private:
  /// visit(order, place among the players, set before, set with the player).
  template <typename Visit>
  void for_each_step(const std::vector<std::vector<std::size_t>>& orders, Visit visit) const {
    for (std::size_t i = 0; i < orders.size(); ++i) {
      Coalition set = 0;
      for (const std::size_t at : orders[i]) {
        const Coalition before = set;
        set |= bit(players_[at]);
        visit(i, at, before, set);
      }
    }
  }

  static std::vector<std::size_t> counted(std::size_t size) {
    std::vector<std::size_t> order(size);
    std::iota(order.begin(), order.end(), std::size_t{0});
    return order;
  }

  const std::vector<std::size_t>& players_;
  std::vector<std::vector<double>> gains_;  ///< per player and pair
  std::vector<std::size_t> order_ = counted(players_.size());
  std::size_t pairs_ = 0;
};

Status sampled(const std::vector<std::size_t>& players, const ShapleyLimits& limits, Worths& worths,
               Coalition all, Shapley& shapley) {
  constexpr std::int64_t kPairsAtOnce = 8;
  const auto most = static_cast<std::size_t>(std::max<std::int64_t>(2, limits.orders / 2));
  const double allowed =
      limits.error * std::abs(static_cast<double>(worths.of(all) - worths.of(0)));
  std::mt19937_64 random(limits.seed);
  Sample sample(players);
  while (sample.pairs() < most && (sample.pairs() == 0 || sample.largest_error() > allowed)) {
    const auto left = static_cast<std::int64_t>(most - sample.pairs());
    TPU_TRY_STATUS(sample.draw(std::min(kPairsAtOnce, left), random, worths));
  }
  for (std::size_t at = 0; at < players.size(); ++at) {
    shapley.shares[players[at]].mean = sample.mean(at);
    shapley.shares[players[at]].standard_error = sample.standard_error(at);
  }
  shapley.is_exact = false;
  shapley.orders = static_cast<std::int64_t>(2 * sample.pairs());
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
                          : sampled(players, limits, worths, bit(changes) - 1, shapley));
  shapley.sets = worths.size();
  return shapley;
}

}  // namespace tpuscope
