// Forms of a validation: terminal, Markdown, CSV, JSON, HTML. Each is one file in this folder.

#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/byte_sink.h"
#include "base/registry.h"
#include "base/terminal.h"
#include "profiles/accuracy/accuracy.h"

namespace tpuscope {

struct ValidationWriter {
  std::string_view name{};
  std::string_view summary{};
  std::string_view mark{};  ///< text near the start by which files are known as ours
  /// `top`: rows of the table of single measurements; 0: all.
  void (*write)(const Validation& validation, std::size_t top, const Terminal& terminal,
                ByteSink& sink) = nullptr;
};
using ValidationWriterRegistry = Registry<ValidationWriter>;

inline bool register_validation_writer(ValidationWriter writer) {
  return ValidationWriterRegistry::instance().add(writer);
}

// --- pieces that the forms share ---

inline constexpr std::string_view kGainTitle = "What a change gains, good rows";
/// Titles of the figures of an Accuracy, and the figures in the same order: "1.12", "0.98", "83 %".
const std::vector<std::string>& accuracy_titles();
std::vector<std::string> accuracy_texts(const Accuracy& accuracy);
/// "0.98" or "-" where there is none.
std::string rank_text(const std::optional<double>& rank);
/// Milliseconds with three significant digits.
std::string milliseconds_text(double milliseconds);
/// "compute 61 %": what the prediction spends most of its time on.
std::string bound_text(const Outcome& outcome);

}  // namespace tpuscope
