// Terminal: what the place that people read on can show, and pieces of text fitted to it. Library
// code takes them as arguments; only the program reads the environment.

#pragma once

#include <string>
#include <string_view>

#include "base/byte_sink.h"

namespace tpuscope {

struct Terminal {
  std::size_t width = 100;  ///< columns
  bool unicode = false;     ///< false: plain ASCII comes out
  bool colour = false;
  bool cut_names = true;  ///< false: names keep their length whatever the width
};

enum class Tone { kPlain, kHeadline, kBetter, kWorse, kWarning, kDim };

/// The text in the colour of its tone, or as it is where there is no colour.
std::string painted(std::string_view text, Tone tone, const Terminal& terminal);

/// Columns that a text takes: CJK and emoji take two, combining marks and colours none.
std::size_t width_of(std::string_view text);

/// The text without characters beyond ASCII: "u" for µ, "+-" for ±, "~" for a cut, else "?".
std::string in_ascii(std::string_view text);

/// Hands text for people on in the characters that their terminal shows.
class TerminalSink : public ByteSink {
 public:
  TerminalSink(ByteSink& sink, const Terminal& terminal)
      : sink_(sink), is_unicode_(terminal.unicode) {}
  void write(std::string_view bytes) override {
    is_unicode_ ? sink_.write(bytes) : sink_.write(in_ascii(bytes));
  }

 private:
  ByteSink& sink_;
  bool is_unicode_;
};

/// A name as the terminal can show it, on one line: see in_ascii().
std::string shown(std::string_view text, const Terminal& terminal);

/// A name cut in the middle to `width` columns.
std::string fitted(std::string_view name, std::size_t width, const Terminal& terminal);

/// A sentence in lines as wide as the terminal, broken at spaces: the first one continues after
/// `column` columns that are already there, the others are indented by `indent`. Ends with a line
/// break. In one line where names keep their length.
std::string wrapped(std::string_view sentence, std::size_t column, std::size_t indent,
                    const Terminal& terminal);

std::string left_aligned(std::string_view text, std::size_t width);
std::string right_aligned(std::string_view text, std::size_t width);

/// A bar of `share` (0 to 1) of `width` columns, to an eighth of a column where it can be drawn.
std::string bar(double share, std::size_t width, const Terminal& terminal);

}  // namespace tpuscope
