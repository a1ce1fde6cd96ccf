// RE2, and where in a pattern its complaint is about.

#include "base/pattern.h"

#include <algorithm>
#include <re2/re2.h>

#include <fmt/core.h>

#include "base/text.h"

namespace tpuscope {
namespace {

re2::RE2::Options quiet_options(Pattern::Case letters) {
  re2::RE2::Options options;
  options.set_log_errors(false);
  options.set_case_sensitive(letters == Pattern::Case::kRespect);
  return options;
}

/// The first parenthesis without which the complaint is gone. RE2 names the whole pattern.
std::size_t place_of_parenthesis(const std::string& text, const re2::RE2& expression,
                                 char parenthesis) {
  for (std::size_t at = text.find(parenthesis); at != std::string::npos;
       at = text.find(parenthesis, at + 1)) {
    std::string without = text;
    without.insert(at, "\\");
    const re2::RE2 other(without, expression.options());
    if (other.error_code() != expression.error_code()) return at;
  }
  return text.find(parenthesis);
}

/// Offset in bytes of what is wrong.
std::size_t place_of_error(const std::string& text, const re2::RE2& expression) {
  switch (expression.error_code()) {
    case re2::RE2::ErrorMissingParen:
      return place_of_parenthesis(text, expression, '(');
    case re2::RE2::ErrorUnexpectedParen:
      return place_of_parenthesis(text, expression, ')');
    case re2::RE2::ErrorTrailingBackslash:
      return text.size() - 1;
    default:
      return text.find(expression.error_arg());
  }
}

std::string complaint_of(const std::string& text, const re2::RE2& expression) {
  if (!is_utf8(text)) return "it is not UTF-8";
  const std::size_t place = place_of_error(text, expression);
  if (place == std::string::npos) return expression.error();  // too large as a whole
  const bool names_part = expression.error_arg().size() < text.size();
  std::string reason = expression.error();
  if (!names_part) reason = reason.substr(0, reason.find(": "));
  const auto bytes = static_cast<std::ptrdiff_t>(place);
  const auto before = std::count_if(text.begin(), text.begin() + bytes, [](char byte) {
    return (static_cast<unsigned char>(byte) & 0xC0U) != 0x80;
  });
  return fmt::format("{} at character {}", reason, before + 1);
}

}  // namespace

Result<Pattern> Pattern::parse(std::string_view flag, const std::string& text, Case letters) {
  Pattern pattern;
  if (text.empty()) return pattern;
  auto expression = std::make_shared<const re2::RE2>(text, quiet_options(letters));
  if (!expression->ok()) {
    return Error{.code = ErrorCode::kUsage,
                 .message = fmt::format("{} is {}, no regular expression: {}", flag,
                                        in_quotes(text), complaint_of(text, *expression)),
                 .hint = "put a backslash before characters that stand for themselves"};
  }
  pattern.text_ = text;
  pattern.expression_ = std::move(expression);
  return pattern;
}

bool Pattern::is_in(std::string_view text) const {
  if (expression_ == nullptr) return true;
  return re2::RE2::PartialMatch({text.data(), text.size()}, *expression_);
}

}  // namespace tpuscope
