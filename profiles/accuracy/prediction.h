// Prediction: what the simulator says about each row of a measured table. Networks are read once
// and rows that would be simulated alike are simulated once, on all cores of this machine.

#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/progress_listener.h"
#include "passes/compile.h"
#include "profiles/accuracy/measurement.h"
#include "profiles/report/verdict.h"

namespace tpuscope {

/// Kinds of commands, of which the last is kFill.
/// Of Command; kSystem is the last.
inline constexpr std::size_t kCommandKinds = static_cast<std::size_t>(CommandKind::kSystem) + 1;

struct ValidationOptions {
  std::vector<std::string> model_folders{};  ///< searched in order, before the built-in networks
  /// Folders of compiled models, see row_source.h: rows that have one are replayed, not planned.
  std::vector<std::string> stream_folders{};
  /// Folder of precision tables (docs/precision.md) for rows of Quality::kMixed: MODEL.json, or for
  /// a row of batch N that has none MODEL.json without the name's ending _bN.
  std::string table_folder{};
  std::vector<std::string> chip_files{};  ///< go before the built-in chips of the same name
  ChipOverrides overrides{};              ///< of every chip
  std::size_t threads = 0;                ///< 0: one per core
  ProgressListener listener{};            ///< of rows that are compiled or simulated
};

/// What was simulated for a row.
struct Outcome {
  Picoseconds time{};
  Picoseconds bound{};  ///< that no schedule beats, see Summary::bound
  Waterfall waterfall{};
  Picoseconds bdc_busy{};  ///< sums over commands of all cores
  Picoseconds gdma_busy{};
  std::int64_t ddr_bytes = 0;  ///< on the bus, both directions
  std::int64_t macs = 0;
  std::size_t commands = 0;
  std::size_t groups = 0;
  /// What the makespan is charged to, by kind of command; launch and idle are no command's.
  std::array<Picoseconds, kCommandKinds> charged{};
};

/// How the error of a row begins where the fault is the program's.
inline constexpr std::string_view kRowBug = "internal error: ";

struct Prediction {
  Measurement measurement{};
  std::string error{};  ///< why there is no outcome; empty when there is one
  std::string table{};  ///< the precision table that was used
  Outcome outcome{};

  bool ok() const { return error.empty(); }
  bool is_bug() const { return error.starts_with(kRowBug); }
  double milliseconds() const { return static_cast<double>(outcome.time.value) * 1e-9; }
  /// predicted / measured
  double ratio() const { return milliseconds() / measurement.milliseconds; }
  /// How many times off, in either direction: at least 1.
  double factor() const { return ratio() < 1 ? 1 / ratio() : ratio(); }
  /// Whether it is evidence about the simulator: it was simulated and is not suspect.
  bool is_counted() const { return ok() && measurement.quality != Quality::kSuspect; }
};

/// Whether the row was measured on this chip, however either writes its name.
bool is_row_of(const Measurement& measurement, const Chip& chip);

/// How a row was run: on the chip file of that name with the row's cores, in its precision and with
/// its switches. `more` overrides values of the chip.
Result<Configuration> configuration_of(const Measurement& measurement,
                                       const ValidationOptions& options,
                                       const ChipOverrides& more = {});

/// What a row is predicted from: a network, or the nets of a language model as often as they run.
struct CompiledRow {
  struct Net {
    Compiled compiled{};
    std::int64_t count = 1;
  };
  std::vector<Net> nets{};
  std::shared_ptr<const LanguageRow> language{};
};

/// Lowers, rewrites and plans rows; equal ones share the outcome. In the order of the rows, with an
/// error in the place of a row that could not be compiled.
std::vector<Result<std::shared_ptr<const CompiledRow>>> compile_rows(
    const std::vector<Measurement>& rows, const ValidationOptions& options);

/// Simulates what was compiled for a chip on one that differs from it in prices only.
Result<Outcome> simulate_compiled(const CompiledRow& compiled, const Chip& chip);

/// Predictions in the order of the rows. A row that fails is a row with an error.
std::vector<Prediction> predict_rows(const std::vector<Measurement>& rows,
                                     const ValidationOptions& options);

}  // namespace tpuscope
