// Measurement: one row of a table of latencies that were measured on boards, what predictions are
// held against.

#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "graph/dtype.h"

namespace tpuscope {

/// What a row of the table is worth as evidence.
enum class Quality : std::uint8_t {
  kGood,     ///< what ran on the board is known
  kMixed,    ///< some layers stayed in float; which ones is known in part
  kSuspect,  ///< shown, never counted
};
/// "good", "mixed_precision", "suspect", as tables spell it.
std::string_view name_of(Quality quality);

struct LanguageRow;

struct Measurement {
  std::string model{};  ///< file of the network, or a built-in one
  std::string chip{};   ///< lower case, as chip files are called
  std::int64_t cores = 1;
  DType precision = DType::kF32;
  std::int64_t batch = 0;   ///< outermost extent of the first input; 0: unknown
  std::string pipeline{};   ///< "baseline", "optimized" or "default"
  int compiler = 0;         ///< year of the vendor's compiler; 0: the newest
  double milliseconds = 0;  ///< of one run of the whole batch
  std::string note{};       ///< which layers stay in float, and other circumstances
  std::string source{};     ///< who measured it
  Quality quality = Quality::kGood;
  std::size_t line = 0;  ///< of the row in its file, the header being 1
  /// Of a language model, see language_rows.h; null for networks.
  std::shared_ptr<const LanguageRow> language{};

  /// The preset of switches that the row's compiler of `compiler` had: a production compiler has
  /// all of its year.
  std::string preset() const { return pipeline == "default" ? "optimized" : pipeline; }
};

/// Reads a table, of networks or of language models (language_rows.h). Columns, in any order:
/// `model_file`, `chip`, `precision` and `ms_per_batch` must be there; `cores` (1), `batch`,
/// `pipeline` (default), `compiler` (its year, else the newest), `quality` (good),
/// `quantisation_notes` and `source` may be; others are ignored. Errors name the row; a table
/// without rows is one.
Result<std::vector<Measurement>> parse_measurements(std::string_view csv, const std::string& where);
Result<std::vector<Measurement>> load_measurements(const std::string& path);

/// "resnet50  bm1684x  1 core  int8  optimized": what identifies a row.
std::string label_of(const Measurement& measurement);

/// The network's name without folder and extension.
std::string model_name(const Measurement& measurement);

}  // namespace tpuscope
