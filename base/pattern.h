// Pattern: a regular expression that a user gives. In RE2's syntax, so that matching takes time and
// stack in proportion to the text: std::regex backtracks, and some patterns take hours on one name
// or overflow the stack.

#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace re2 {
class RE2;
}

namespace tpuscope {

class Pattern {
 public:
  enum class Case { kRespect, kIgnore };

  /// Matches everything.
  Pattern() = default;
  /// A usage error names the flag, what is wrong and at which character.
  static Result<Pattern> parse(std::string_view flag, const std::string& text,
                               Case letters = Case::kRespect);

  /// Whether some part of the text matches.
  bool is_in(std::string_view text) const;
  /// As the user wrote it; empty when everything matches.
  const std::string& text() const { return text_; }

 private:
  std::string text_{};
  std::shared_ptr<const re2::RE2> expression_{};  ///< null: matches everything
};

}  // namespace tpuscope
