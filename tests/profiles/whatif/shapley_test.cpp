// Shares of changes that interact.

#include "profiles/whatif/shapley.h"

#include <bit>
#include <numeric>

#include <doctest/doctest.h>

namespace tpuscope::test {
namespace {

constexpr Coalition kA = 1;
constexpr Coalition kB = 2;
constexpr Coalition kC = 4;

/// Worths by a function of one set; counts what was asked.
WorthOf worth_by(std::int64_t (*worth)(Coalition set), std::size_t* asked = nullptr) {
  return [=](const std::vector<Coalition>& sets) -> Result<std::vector<std::int64_t>> {
    std::vector<std::int64_t> worths;
    for (const Coalition set : sets)
      worths.push_back(worth(set));
    if (asked != nullptr) *asked += sets.size();
    return worths;
  };
}

double sum_of(const Shapley& shapley) {
  double sum = 0;
  for (const Shapley::Share& share : shapley.shares)
    sum += share.mean;
  return sum;
}

TEST_CASE(
    "changes that pay only together share their gain equally, and independent ones keep theirs") {
  // A and B give 100 together and nothing alone; C gives 30 whatever the others do.
  const auto worth = [](Coalition set) {
    const std::int64_t pair = (set & (kA | kB)) == (kA | kB) ? 100 : 0;
    return pair + ((set & kC) != 0 ? 30 : 0);
  };
  const Result<Shapley> shapley = shapley_values(3, worth_by(worth));
  REQUIRE(shapley.ok());
  CHECK(shapley->is_exact);
  CHECK(shapley->orders == 3 * 2 * 1);
  CHECK(shapley->shares[0].mean == doctest::Approx(100.0 / 2));
  CHECK(shapley->shares[1].mean == doctest::Approx(100.0 / 2));
  CHECK(shapley->shares[2].mean == doctest::Approx(30));
  CHECK(shapley->shares[2].standard_error == 0);
}

TEST_CASE("the classical glove game: one left glove is worth more than each of two right ones") {
  // A pair needs A and one of B and C. Of the six orders A completes the pair in four, B in one.
  const auto worth = [](Coalition set) -> std::int64_t {
    return (set & kA) != 0 && (set & (kB | kC)) != 0 ? 60 : 0;
  };
  const Result<Shapley> shapley = shapley_values(3, worth_by(worth));
  REQUIRE(shapley.ok());
  CHECK(shapley->shares[0].mean == doctest::Approx(60.0 * 4 / 6));
  CHECK(shapley->shares[1].mean == doctest::Approx(60.0 * 1 / 6));
  CHECK(shapley->shares[2].mean == doctest::Approx(60.0 * 1 / 6));
}

TEST_CASE("changes without any effect leave the game") {
  // Of twelve changes two matter: 2^2 sets are all there is to know.
  const auto worth = [](Coalition set) -> std::int64_t {
    return ((set & kA) != 0 ? 10 : 0) + ((set >> 11U) != 0 ? 5 : 0);
  };
  std::size_t asked = 0;
  const Result<Shapley> shapley = shapley_values(12, worth_by(worth, &asked), {.exact_sets = 4});
  REQUIRE(shapley.ok());
  CHECK(shapley->is_exact);
  CHECK(shapley->orders == 2);
  CHECK(shapley->shares[0].mean == 10);
  CHECK(shapley->shares[5].changes_nothing);
  CHECK(!shapley->shares[11].changes_nothing);
  // None, all, each alone, each left out, and each pair.
  CHECK(asked == 2 + 12 + 12 + 12 * 11 / 2);
}

TEST_CASE("a change that shows only when it is left out of all stays in the game") {
  const auto worth = [](Coalition set) -> std::int64_t { return set == 7 ? 90 : 0; };
  const Result<Shapley> shapley = shapley_values(3, worth_by(worth));
  REQUIRE(shapley.ok());
  for (const Shapley::Share& share : shapley->shares)
    CHECK(share.mean == doctest::Approx(30));
}

TEST_CASE("drawn orders add up to the whole, repeat themselves, and tell their error") {
  // Each change needs the one before it: order is everything.
  const auto worth = [](Coalition set) -> std::int64_t {
    std::int64_t length = 0;
    while (((set >> static_cast<unsigned>(length)) & 1U) != 0)
      ++length;
    return length * length;
  };
  const ShapleyLimits limits{.exact_sets = 1, .orders = 40, .error = 0};
  const Result<Shapley> drawn = shapley_values(6, worth_by(worth), limits);
  const Result<Shapley> again = shapley_values(6, worth_by(worth), limits);
  const Result<Shapley> exact = shapley_values(6, worth_by(worth));
  REQUIRE(drawn.ok());
  REQUIRE(again.ok());
  REQUIRE(exact.ok());
  CHECK(!drawn->is_exact);
  CHECK(drawn->orders == 40);
  CHECK(sum_of(*drawn) == doctest::Approx(36));
  CHECK(sum_of(*exact) == doctest::Approx(36));
  for (std::size_t i = 0; i < 6; ++i) {
    CAPTURE(i);
    CHECK(drawn->shares[i].mean == again->shares[i].mean);
    CHECK(drawn->shares[i].standard_error > 0);
    // Four standard errors: a draw that fails this is a bug, not bad luck.
    CHECK(std::abs(drawn->shares[i].mean - exact->shares[i].mean) <
          4 * drawn->shares[i].standard_error);
  }
}

TEST_CASE("no more orders are drawn once every share is known well enough") {
  // Nearly independent: what a change gives hardly depends on the order.
  const auto calm = [](Coalition set) -> std::int64_t {
    return 100 * std::popcount(set) + (set == 63 ? 1 : 0);
  };
  const auto wild = [](Coalition set) -> std::int64_t { return (set & 7) == 7 ? 600 : 0; };
  const ShapleyLimits limits{.exact_sets = 1, .orders = 64};
  const Result<Shapley> few = shapley_values(6, worth_by(calm), limits);
  const Result<Shapley> many = shapley_values(6, worth_by(wild), limits);
  REQUIRE(few.ok());
  REQUIRE(many.ok());
  CHECK(few->orders == 16);
  CHECK(many->orders == 64);
  for (const Shapley::Share& share : few->shares)
    CHECK(share.standard_error <= 0.05 * 601);
}

TEST_CASE("nothing to share is no game, and errors come through") {
  const Result<Shapley> empty =
      shapley_values(0, worth_by([](Coalition) -> std::int64_t { return 7; }));
  REQUIRE(empty.ok());
  CHECK(empty->shares.empty());
  const WorthOf fails = [](const std::vector<Coalition>&) -> Result<std::vector<std::int64_t>> {
    return Error{.message = "no"};
  };
  CHECK(!shapley_values(2, fails).ok());
}

}  // namespace
}  // namespace tpuscope::test
