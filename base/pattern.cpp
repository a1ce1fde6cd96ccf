// RE2, and where in a pattern its complaint is about.

#include "base/pattern.h"

#include <algorithm>
#include <re2/re2.h>
#include <vector>

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

/// The parenthesis that has no other, of which RE2 names the whole pattern: the first that opens,
/// or the last that closes, such that the pattern is valid where it is taken literally.
std::size_t place_of_parenthesis(const std::string& text, const re2::RE2& expression, bool opens) {
  std::vector<std::size_t> places;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == (opens ? '(' : ')')) places.push_back(at);
  }
  if (!opens) std::reverse(places.begin(), places.end());
  for (const std::size_t at : places) {
    std::string escaped = text;
    escaped.insert(at, "\\");
    if (re2::RE2(escaped, expression.options()).ok()) return at;
  }
  return places.back();  // several are without another
}

/// Offset in bytes of what is wrong.
std::size_t place_of_error(const std::string& text, const re2::RE2& expression) {
  switch (expression.error_code()) {
    case re2::RE2::ErrorMissingParen:
      return place_of_parenthesis(text, expression, true);
    case re2::RE2::ErrorUnexpectedParen:
      return place_of_parenthesis(text, expression, false);
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
                 .hint = "put a backslash before characters that are meant literally"};
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
