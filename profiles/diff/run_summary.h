// RunSummary: what can be compared of a run, whether it was simulated (a JSON report) or measured
// on a board (a folder of tables that the vendor's tpu_profile wrote).

#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/units.h"
#include "profiles/diff/command_diff.h"

namespace tpuscope {

/// One operator, or one layer of a capture. Times are charged, so that they add up with the idle
/// time to the makespan.
struct RunOp {
  std::string name{};
  std::string type{};
  std::vector<std::string> origin{};  ///< nodes of the source; empty for captures
  Picoseconds time{};
  Picoseconds bdc{};
  Picoseconds gdma{};
};

/// When one command ran; which operator it worked for.
struct RunSpan {
  Engine engine = Engine::kBdc;
  std::int64_t core = 0;
  std::int64_t op = -1;  ///< in RunSummary::ops; -1: none
  Picoseconds start{};
  Picoseconds end{};
};

struct RunSummary {
  std::string source{};  ///< the file or folder
  bool is_measured = false;
  /// What must be equal for a fair comparison: model, batch, chip, ... with their values.
  std::vector<std::pair<std::string, std::string>> facts{};
  /// Figures by their name in the JSON report: "time_ps", "ddr_read_bytes", ...
  std::vector<std::pair<std::string, std::int64_t>> metrics{};
  /// Those that are no whole numbers, and counts that the report implies: "images_per_second".
  std::vector<std::pair<std::string, double>> rates{};
  /// Steps of the waterfall with picoseconds; empty for captures.
  std::vector<std::pair<std::string, std::int64_t>> waterfall{};
  std::vector<RunOp> ops{};            ///< in the order of the network
  std::vector<RunCommand> commands{};  ///< of compiled models and captures
  std::vector<RunSpan> spans{};        ///< in issue order; empty for tables of a board

  /// A metric's value, or null.
  const std::int64_t* metric(std::string_view name) const;
  /// What --fail-on judges: a metric, a rate, a step of the waterfall as "issue_ps", or a figure by
  /// the name that sweeps give it (`list metrics`), as "ddr_bytes"; none where the run has it not.
  std::optional<double> judged(std::string_view name) const;
  /// The run without its launch, which tables of a board do not have.
  RunSummary without_launch() const;
};

/// Reads a JSON report, a folder with detail.csv or layer.csv, a compiled model or a capture. A
/// report of a comparison holds two runs: "FILE#before" and "FILE#after", of which FILE alone means
/// the latter; "FOLDER#simulated" is what the streams of a capture are priced, "FILE#NET:STAGE" one
/// net of several in a compiled model.
Result<RunSummary> read_run(const std::string& path);

/// A compiled model, run on its chip, or the capture of one, with measured times. Their commands
/// are called alike where both have names or both have none. With `simulated` the streams of a
/// capture are priced, so that its measured times can be set beside them. `net_choice` as for
/// load_compiled.
Result<RunSummary> read_compiled(const std::string& path, bool simulated = false,
                                 const std::string& net_choice = "");

/// A report from JSON text; `where` names it in errors.
Result<RunSummary> read_report(std::string_view json, const std::string& where,
                               bool before = false);

/// The tables of `tpu_profile --format csv` (detail.csv, with summary.csv beside it) or of
/// `--format layer` (layer.csv). Columns are found by name.
Result<RunSummary> read_capture(const std::string& folder);

}  // namespace tpuscope
