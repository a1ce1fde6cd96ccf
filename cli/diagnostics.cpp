// Errors as text and as JSON.

#include "cli/diagnostics.h"

#include <algorithm>

#include "base/text.h"

namespace tpuscope {

std::string_view name_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::kUsage:
      return "usage";
    case ErrorCode::kInvalidInput:
      return "invalid_input";
    case ErrorCode::kUnsupported:
      return "unsupported";
    case ErrorCode::kCannotWrite:
      return "cannot_write";
  }
  unreachable();
}

void write_errors(JsonWriter& json, std::string_view key, const Errors& errors) {
  json.objects(key, errors, [&](const Error& error) {
    json.member("code", name_of(error.code));
    json.member("where", sanitised_utf8(error.where));
    json.member("message", sanitised_utf8(error.message));
    json.member("hint", sanitised_utf8(error.hint));
  });
}

void print_errors(const Errors& errors, const Console& console) {
  const Terminal& terminal = console.err_terminal;
  const std::size_t shown_errors = std::min(errors.size(), kMaxErrors);
  for (std::size_t i = 0; i < shown_errors; ++i) {
    const Error& error = errors[i];
    std::string text = painted("error:", Tone::kWorse, terminal) + " ";
    if (!error.where.empty()) text += shown(error.where, terminal) + ": ";
    text += shown(error.message, terminal) + "\n";
    if (!error.hint.empty()) {
      text += painted("hint:", Tone::kDim, terminal) + " " + shown(error.hint, terminal) + "\n";
    }
    console.complain(text);
  }
  if (errors.size() > shown_errors) {
    console.complain("and " + std::to_string(errors.size() - shown_errors) + " more errors\n");
  }
  if (console.is_json) {
    const auto first = errors.begin();
    const Errors listed(first, first + static_cast<std::ptrdiff_t>(shown_errors));
    JsonWriter json(*console.out);
    json.object([&] { write_errors(json, "errors", listed); });
    json.finish("\n");
  }
}

}  // namespace tpuscope
