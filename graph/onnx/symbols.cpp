// A recursive descent over SymPy's notation of integers: + - * / // % **, parentheses, and the
// functions that shape inference makes.

#include "graph/onnx/symbols.h"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <vector>

#include <fmt/core.h>

#include "base/text.h"

namespace tpuscope {
namespace {

/// Beyond any extent.
constexpr double kLargest = 0x1p42;
constexpr int kDeepestParentheses = 64;  ///< of parentheses

bool begins_name(char c) {
  return std::isalpha(static_cast<unsigned char>(c)) != 0 || c == '_';
}
bool is_name_part(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '.' || c == ':';
}

/// A value on the way, as SymPy has it: exact also after a division. Empty while a symbol is open,
/// and where there is none (a division by zero, beyond any extent).
using Exact = std::optional<double>;

Exact bounded(double value) {
  return std::abs(value) <= kLargest ? Exact(value) : Exact();
}
Exact exact_quotient(double a, double b) {
  return b == 0 ? Exact() : bounded(a / b);
}
Exact floor_quotient(double a, double b) {
  return b == 0 ? Exact() : bounded(std::floor(a / b));
}
Exact modulo(double a, double b) {
  return b == 0 ? Exact() : bounded(a - b * std::floor(a / b));
}
Exact raised(double a, double b) {
  return b < 0 ? Exact() : bounded(std::pow(a, b));
}

template <typename Function>
Exact joined(const Exact& a, const Exact& b, Function function) {
  return a && b ? function(*a, *b) : Exact();
}

Exact minus(double a, double b) {
  return bounded(a - b);
}

class Expression {
 public:
  Expression(std::string_view text, const std::map<std::string, std::int64_t>& extents)
      : text_(text), extents_(extents) {}

  /// False when the text is no expression.
  bool parse() {
    value_ = sum(0);
    skip_spaces();
    return is_sound_ && at_ == text_.size();
  }
  std::optional<std::int64_t> value() const {
    if (!value_ || *value_ != std::floor(*value_)) return std::nullopt;
    return static_cast<std::int64_t>(*value_);
  }
  const std::set<std::string>& symbols() const { return symbols_; }

 private:
  void skip_spaces() {
    while (at_ < text_.size() && text_[at_] == ' ')
      ++at_;
  }
  bool take(std::string_view token) {
    skip_spaces();
    if (text_.substr(at_, token.size()) != token) return false;
    at_ += token.size();
    return true;
  }

  Exact sum(int depth) {
    Exact left = product(depth);
    for (;;) {
      if (take("+")) {
        left = joined(left, product(depth), [](double a, double b) { return bounded(a + b); });
      } else if (take("-")) {
        left = joined(left, product(depth), minus);
      } else {
        return left;
      }
    }
  }

  Exact product(int depth) {
    Exact left = power(depth);
    for (;;) {
      if (take("//")) {
        left = joined(left, power(depth), floor_quotient);
      } else if (take("/")) {
        left = joined(left, power(depth), exact_quotient);
      } else if (take("%")) {
        left = joined(left, power(depth), modulo);
      } else if (take("*")) {
        left = joined(left, power(depth), [](double a, double b) { return bounded(a * b); });
      } else {
        return left;
      }
    }
  }

  Exact power(int depth) {
    const Exact base = atom(depth);
    return take("**") ? joined(base, atom(depth), raised) : base;
  }

  Exact atom(int depth) {
    skip_spaces();
    if (depth > kDeepestParentheses || at_ >= text_.size()) return fail();
    if (take("-")) {
      return joined(0.0, atom(depth + 1), minus);
    }
    if (take("(")) {
      const Exact term = sum(depth + 1);
      return take(")") ? term : fail();
    }
    const std::size_t begin = at_;
    if (std::isdigit(static_cast<unsigned char>(text_[at_])) != 0) {
      double number = 0;
      for (; at_ < text_.size() && std::isdigit(static_cast<unsigned char>(text_[at_])) != 0; ++at_)
        number = std::min(kLargest, number * 10 + (text_[at_] - '0'));
      return number;
    }
    if (!begins_name(text_[at_])) return fail();
    // SymPy sets spaces around a minus; people who join words by one do not.
    while (at_ < text_.size() && (is_name_part(text_[at_]) || is_hyphen()))
      ++at_;
    const std::string name(text_.substr(begin, at_ - begin));
    if (take("(")) return call(name, depth + 1);
    symbols_.insert(name);
    const auto known = extents_.find(name);
    return known == extents_.end() ? Exact() : bounded(static_cast<double>(known->second));
  }

  bool is_hyphen() const {
    return text_[at_] == '-' && at_ + 1 < text_.size() && begins_name(text_[at_ + 1]);
  }

  Exact call(const std::string& name, int depth) {
    std::vector<Exact> arguments = {sum(depth)};
    while (take(","))
      arguments.push_back(sum(depth));
    if (!take(")")) return fail();
    const std::string lower = lower_case(name);
    if (lower == "max" || lower == "min") {
      return folded(arguments, [&](double a, double b) {
        return Exact(lower == "max" ? std::max(a, b) : std::min(a, b));
      });
    }
    if (arguments.size() == 2 && lower == "mod") return folded(arguments, modulo);
    if (arguments.size() == 2 && lower == "floordiv") return folded(arguments, floor_quotient);
    if (arguments.size() == 1 && arguments[0] && lower == "floor") return std::floor(*arguments[0]);
    if (arguments.size() == 1 && arguments[0] && lower.starts_with("ceil")) {
      return std::ceil(*arguments[0]);
    }
    const bool is_known = lower == "floor" || lower.starts_with("ceil");
    return arguments.size() == 1 && is_known ? Exact() : fail();
  }

  template <typename Function>
  static Exact folded(const std::vector<Exact>& arguments, Function function) {
    Exact result = arguments.front();
    for (std::size_t i = 1; i < arguments.size(); ++i)
      result = joined(result, arguments[i], function);
    return result;
  }

  Exact fail() {
    is_sound_ = false;
    return {};
  }

  std::string_view text_;
  const std::map<std::string, std::int64_t>& extents_;
  std::size_t at_ = 0;
  Exact value_{};
  bool is_sound_ = true;
  std::set<std::string> symbols_{};
};

/// The extent of an expression with symbol `symbol` at `value`.
std::optional<std::int64_t> at(const std::string& text, std::map<std::string, std::int64_t> extents,
                               const std::string& symbol, std::int64_t value) {
  extents[symbol] = value;
  Expression expression(text, extents);
  return expression.parse() ? expression.value() : std::nullopt;
}

}  // namespace

std::optional<std::int64_t> Symbols::value_of(const std::string& text) const {
  if (const auto known = extents_.find(text); known != extents_.end()) return known->second;
  Expression expression(text, extents_);
  return expression.parse() ? expression.value() : std::nullopt;
}

Status Symbols::settle(const std::string& text, std::int64_t extent) {
  const std::optional<std::int64_t> known = value_of(text);
  if (known && *known != extent) {
    return Error{.message = fmt::format("{} is {} and {}", in_quotes(text), *known, extent)};
  }
  if (known) return Ok{};
  const std::set<std::string> open = open_in(text);
  if (open.size() == 1 && *open.begin() != text) {
    const std::string& symbol = *open.begin();
    const std::optional<std::int64_t> base = at(text, extents_, symbol, 0);
    const std::optional<std::int64_t> next = at(text, extents_, symbol, 1);
    const std::int64_t slope = base && next ? *next - *base : 0;
    const std::int64_t guess = slope == 0 ? 0 : (extent - base.value_or(0)) / slope;
    if (at(text, extents_, symbol, guess) != extent) {
      return Error{.message = fmt::format("no {} makes {} {}", symbol, in_quotes(text), extent)};
    }
    set(symbol, guess);
  }
  set(text, extent);
  return Ok{};
}

std::set<std::string> Symbols::open_in(const std::string& text) const {
  if (has(text)) return {};
  std::set<std::string> open = symbols_in(text);
  std::erase_if(open, [&](const std::string& symbol) { return has(symbol); });
  return open;
}

std::set<std::string> symbols_in(const std::string& text) {
  const std::map<std::string, std::int64_t> none;
  Expression expression(text, none);
  if (expression.parse() && !expression.symbols().empty()) return expression.symbols();
  return {text};
}

}  // namespace tpuscope
