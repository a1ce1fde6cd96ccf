// Rows of tables of language models: a model by its hyper-parameters, how it ran, and what was
// measured of it, a token and the first token. Each of the two is a row like those of networks.

#pragma once

#include <string>
#include <vector>

#include "base/csv.h"
#include "profiles/accuracy/prediction.h"
#include "profiles/llm/language_program.h"

namespace tpuscope {

/// What a row was measured of.
struct LanguageRow {
  LanguageModel model{};
  LanguageOptions options{};
  LanguagePhase phase = LanguagePhase::kToken;
};

/// Whether the table is one of language models: it says how many tokens per second there were.
bool has_language_rows(const CsvTable& table);

/// Two rows for each of the table, the token's and, where it was measured, the first token's.
/// Columns are those of tests/measured/README.md. Errors name the line and the column.
Result<std::vector<Measurement>> language_measurements(const CsvTable& table,
                                                       const std::string& where);

/// "w4bf16" of a language model, else the precision.
std::string type_name(const Measurement& measurement);

/// "C++" or "Python", the program that ran a language model, else the preset of passes.
std::string way_name(const Measurement& measurement);

/// The nets of the row's phase, compiled.
Result<CompiledRow> compile_language_row(const Measurement& row, const ValidationOptions& options);

/// What the phase takes besides its nets is added by the chip's own numbers.
void add_between_nets(const LanguageRow& row, const Chip& chip, Outcome& outcome);

/// Whether what was measured lies in the interval that `llm` shows beside the prediction.
bool is_within_interval(const Prediction& row);

}  // namespace tpuscope
