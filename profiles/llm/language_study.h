// What else there is to know of a language model on a chip: how it goes with the context, with
// other types, cores and chips, and what would help most. All of it by simulation.

#pragma once

#include <string>
#include <vector>

#include "profiles/llm/language_profile.h"

namespace tpuscope {

/// One context of the curve.
struct ContextPoint {
  std::int64_t context = 0;
  Picoseconds token{};
  Picoseconds first_token{};     ///< of a prompt that fills the context
  bool is_extrapolated = false;  ///< the first token: by what half and a quarter of it take
  LanguageFootprint footprint{};
  bool fits = true;
};
struct ContextCurve {
  std::vector<ContextPoint> points{};
  /// From this context on a token reads more of the cache than of weights; 0: never before 2^24.
  std::int64_t cache_overtakes = 0;
};
Result<ContextCurve> context_curve(const LanguageModel& model, const LanguageOptions& options);

/// Another way to run the same model.
struct LanguageVariant {
  std::string name{};
  bool is_own = false;  ///< the profile's own
  std::string error{};  ///< why it cannot run; empty: it can
  Picoseconds token{};
  Picoseconds first_token{};
  std::int64_t footprint = 0;
};
/// Types, group sizes, precisions of the head, cores and chips.
std::vector<LanguageVariant> language_variants(const LanguageModel& model,
                                               const LanguageOptions& options);

/// Tokens of a step that are decoded together, as guesses that are checked or as several prompts.
struct RowsPoint {
  std::int64_t rows = 1;
  Picoseconds step{};
};
Result<std::vector<RowsPoint>> rows_per_step(const LanguageModel& model,
                                             const LanguageOptions& options);

/// The single change that makes a token fastest, as a sentence; empty where none helps.
std::string most_helpful(const LanguageProfile& profile);

/// A profile with what was asked for besides.
struct LanguageStudy {
  LanguageProfile profile{};
  std::optional<ContextCurve> curve{};
  std::vector<LanguageVariant> variants{};
  std::vector<RowsPoint> rows{};
  std::string advice{};
};

}  // namespace tpuscope
