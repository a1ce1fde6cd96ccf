// Expressions of open extents: what follows from their symbols, and what settles a symbol.

#include <doctest/doctest.h>

#include "graph/onnx/symbols.h"

namespace tpuscope {
namespace {

Symbols with(const std::map<std::string, std::int64_t>& extents) {
  Symbols symbols;
  for (const auto& [symbol, extent] : extents)
    symbols.set(symbol, extent);
  return symbols;
}

TEST_CASE("an expression follows from its symbols, as SymPy computes it") {
  const Symbols symbols = with({{"a", 7}, {"past", 100}, {"s0", 33}});
  CHECK(symbols.value_of("past + a") == 107);
  CHECK(symbols.value_of("2*a - 1") == 13);
  CHECK(symbols.value_of("(s0 - 1)//16 + 1") == 3);
  CHECK(symbols.value_of("floor(s0/2 - 1/2) + 1") == 17);  // 16.5 - 0.5, plus 1
  CHECK(symbols.value_of("ceiling(s0/16)") == 3);
  CHECK(symbols.value_of("Max(1, a, 5)") == 7);
  CHECK(symbols.value_of("Mod(a, 4) + a % 3") == 4);
  CHECK(symbols.value_of("a**2") == 49);
  CHECK(symbols.value_of("-a + 10") == 3);
}

TEST_CASE("an expression with an open symbol, a remainder or a division by zero has no extent") {
  const Symbols symbols = with({{"a", 7}, {"zero", 0}});
  CHECK_FALSE(symbols.value_of("a + b"));
  CHECK_FALSE(symbols.value_of("a/2"));
  CHECK_FALSE(symbols.value_of("a//zero"));
  CHECK_FALSE(symbols.value_of("a**99"));
}

TEST_CASE("the symbols of an expression are its names; another text is one symbol") {
  using Names = std::set<std::string>;
  CHECK(symbols_in("past + sequence") == Names{"past", "sequence"});
  CHECK(symbols_in("Max(1, s0)//2") == Names{"s0"});
  CHECK(symbols_in("batch-size") == Names{"batch-size"});
  CHECK(symbols_in("Dim 0") == Names{"Dim 0"});
  CHECK(symbols_in("a +") == Names{"a +"});
  CHECK(symbols_in("unk__624") == Names{"unk__624"});
  CHECK(symbols_in("DynamicDimension.0") == Names{"DynamicDimension.0"});
}

TEST_CASE("the extent of an expression settles its one open symbol") {
  Symbols symbols = with({{"past", 100}});
  REQUIRE(symbols.settle("past + 2*sequence", 128).ok());
  CHECK(symbols.value_of("sequence") == 14);  // (128 - 100) / 2
  CHECK(symbols.settle("sequence", 14).ok());
  CHECK_FALSE(symbols.settle("sequence", 15).ok());
}

TEST_CASE("an extent that no symbol gives is refused") {
  Symbols symbols;
  CHECK_FALSE(symbols.settle("2*batch", 1).ok());
  CHECK(symbols.settle("batch*heads", 12).ok());  // two symbols: the text has the extent
  CHECK(symbols.value_of("batch*heads") == 12);
  CHECK(symbols.open_in("batch*heads").empty());
  CHECK(symbols.open_in("batch + 1") == std::set<std::string>{"batch"});
}

TEST_CASE("parentheses without end do not exhaust the stack") {
  Symbols symbols;
  CHECK_FALSE(symbols.value_of(std::string(100'000, '(')));
  CHECK_FALSE(symbols.value_of(std::string(100'000, '-')));
}

}  // namespace
}  // namespace tpuscope
