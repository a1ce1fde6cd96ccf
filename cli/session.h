// Session: what the simulating verbs share: a network and a chip are loaded once, and run with any
// choice of switches.

#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/watch.h"
#include "cli/verb.h"
#include "passes/pipeline.h"
#include "passes/planner/options.h"
#include "passes/precision/precision.h"
#include "profiles/report/report.h"
#include "profiles/views/writer.h"

namespace tpuscope {

/// The flags that open_session and write_results read.
std::vector<Flag> simulation_flags();

struct Session {
  std::string source{};                  ///< what the user named
  std::string sha256{};                  ///< of the network's bytes, where a report will tell it
  std::vector<std::string> overrides{};  ///< numbers of the chip that the user changed
  Graph graph{};                         ///< as imported
  Chip chip{};
  PrecisionOptions precision{};
  GroupOptions groups{};  ///< method and limits; switches add the rest
  Watch watch{};          ///< hears of the steps of each run
};

/// What the user wants of the views; the terminal is not part of it.
Result<WriterOptions> writer_options(const Arguments& arguments);

/// The numbers of chips that --set changes.
Result<ChipOverrides> overrides_of(const Arguments& arguments);

/// Flags that precision_options reads.
std::vector<Flag> precision_flags();
/// What the command line says of element types; `float_type` is left to the caller's chip.
Result<PrecisionOptions> precision_options(const Arguments& arguments);

/// A network by file or built-in name, as the command line wants it.
Result<Graph> load_network(const std::string& name, const Arguments& arguments,
                           const Console& console);

/// Numbers of the chip that the command line changes.
Result<ChipOverrides> chip_overrides(const Arguments& arguments);

/// Chip and precision that the command line names, all errors at once; no network yet.
Result<Session> open_machine(const Arguments& arguments);

/// The machine with the network that the command line names first.
Result<Session> open_session(const Arguments& arguments, const Console& console);

/// A run and what the passes did for it.
struct SessionRun {
  Profile profile{};
  PipelineResult passes{};
};

/// Rewrites a copy of the network, lowers its precision and simulates it. `preset` is how the user
/// named the switches.
Result<SessionRun> run_session(const Session& session, const std::vector<std::string>& switches,
                               const std::string& preset);

/// Says so where the schedule of a run breaks rules of the machine: its figures are then wrong.
void tell_violations(const SessionRun& run, const Chip& chip, const Console& console);

/// Writes to `out` what the user asked for, as text or JSON, and every file named by a flag.
Status write_results(const Results& results, const Arguments& arguments, const Console& console);

/// Writes every file named by a flag. True when one of them went to standard output.
Result<bool> write_files(const Results& results, const Arguments& arguments,
                         const Console& console);

/// Puts bytes in a file, or on `out` for "-". `write` fills it; `mark` tells the file as ours.
Status write_file(const std::string& path, std::string_view mark, const Arguments& arguments,
                  const Console& console, const std::function<void(ByteSink&)>& write);

}  // namespace tpuscope
