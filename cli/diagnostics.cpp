// Errors as text and as JSON.

#include "cli/diagnostics.h"

#include <algorithm>

#include <nlohmann/json.hpp>

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

nlohmann::ordered_json json_of(const Error& error) {
  return {{"code", name_of(error.code)},
          {"where", sanitised_utf8(error.where)},
          {"message", sanitised_utf8(error.message)},
          {"hint", sanitised_utf8(error.hint)}};
}

void print_errors(const Errors& errors, const Console& console) {
  const Terminal& terminal = console.err_terminal;
  const std::size_t shown_errors = std::min(errors.size(), kMaxErrors);
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (std::size_t i = 0; i < shown_errors; ++i) {
    const Error& error = errors[i];
    std::string text = painted("error:", Tone::kWorse, terminal) + " ";
    if (!error.where.empty()) text += shown(error.where, terminal) + ": ";
    text += shown(error.message, terminal) + "\n";
    if (!error.hint.empty()) {
      text += painted("hint:", Tone::kDim, terminal) + " " + shown(error.hint, terminal) + "\n";
    }
    console.err->write(text);
    list.push_back(json_of(error));
  }
  if (errors.size() > shown_errors) {
    console.err->write("and " + std::to_string(errors.size() - shown_errors) + " more errors\n");
  }
  if (console.is_json) {
    console.out->write(nlohmann::ordered_json{{"errors", std::move(list)}}.dump() + "\n");
  }
}

}  // namespace tpuscope
