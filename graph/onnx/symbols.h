// Symbols: extents that a file leaves open and that somebody settles by name. Exporters write
// expressions as SymPy prints them ("past + sequence", "2*s0", "(s1 - 1)//16 + 1"); a text that is
// no such expression is one symbol as a whole ("Dim 0").

#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "base/result.h"

namespace tpuscope {

class Symbols {
 public:
  /// Gives a symbol its extent.
  void set(const std::string& symbol, std::int64_t extent) { extents_[symbol] = extent; }
  bool has(const std::string& symbol) const { return extents_.contains(symbol); }

  /// The extent that an expression evaluates to; empty while one of its symbols is open. A text
  /// that was set as a whole has that extent.
  std::optional<std::int64_t> value_of(const std::string& text) const;

  /// Takes `extent` as the value of an expression. Where it has one open symbol, in which it is
  /// linear, that is settled too. An error when the expression has another value or none can be
  /// found.
  Status settle(const std::string& text, std::int64_t extent);

  /// The open symbols of an expression.
  std::set<std::string> open_in(const std::string& text) const;

 private:
  std::map<std::string, std::int64_t> extents_{};
};

/// All symbols of an expression.
std::set<std::string> symbols_in(const std::string& text);

}  // namespace tpuscope
