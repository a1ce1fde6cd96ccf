// Session: what the simulating verbs share: how the command line says that networks run, a network,
// and the compiler that takes it there.

#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/progress_listener.h"
#include "cli/verb.h"
#include "cli/writers.h"
#include "passes/compile.h"
#include "profiles/report/report.h"
#include "profiles/views/results.h"

namespace tpuscope {

/// The flags that say which network runs, and how.
std::vector<Flag> session_flags();
/// The flags that open_session, op_query and write_results<Results> read.
std::vector<Flag> simulation_flags();

struct Session {
  std::string source{};           ///< what the user named
  std::string sha256{};           ///< of the network's bytes, where a report has it
  Configuration configuration{};  ///< switches are chosen per run
  std::shared_ptr<Compiler> compiler{};
  ProgressListener listener{};       ///< called for the steps of each run
  std::vector<std::string> notes{};  ///< what the user should know of how the network is taken
  std::vector<std::string> flags{};  ///< as in Identity
};

/// Keeps a value or collects the errors instead.
template <typename T>
void keep_or_collect(Result<T> result, T& target, Errors& errors) {
  if (result.ok()) {
    target = *std::move(result);
  } else {
    errors.insert(errors.end(), result.errors().begin(), result.errors().end());
  }
}

/// What the command line says of the operator table.
Result<OpQuery> op_query(const Arguments& arguments);

/// The numbers of chips that --set changes.
Result<ChipOverrides> overrides_of(const Arguments& arguments);

/// Flags that precision_options reads.
std::vector<Flag> precision_flags();
/// What the command line says of element types.
Result<PrecisionOptions> precision_options(const Arguments& arguments);

/// What the command line says of how to run a network, but for switches; all errors at once.
Result<Configuration> configuration_of(const Arguments& arguments);
/// Chooses the precision of a quantised network, which is its own unless the user names another
/// one; returns notes about it. An error where the user chose the file's own
/// precision and it has none.
Result<std::vector<std::string>> settle_precision(const Graph& graph, const Arguments& arguments,
                                                  Configuration& configuration);
/// A model that was compiled elsewhere, or a capture of one, with the configuration's chip set to
/// its own unless the user names one. Flags of what a compiler decides are errors.
Result<std::shared_ptr<Compiler>> open_compiled(const std::string& source,
                                                const Arguments& arguments,
                                                Configuration& configuration);

/// An error for what looks like a compiler's output and has no commands that could run: its plan, a
/// model of another family or one that was damaged from its first bytes on.
Status refuse_plan(const std::string& path);

/// The words that ask for packed weights.
std::vector<std::string> packing_words(const PrecisionOptions& options);

/// The words of the command line that decide a run besides model, chip, precision and passes, in
/// the order of the flags' tables. The precision of a quantised file is among them.
std::vector<std::string> deciding_flags(const Arguments& arguments,
                                        const Configuration& configuration);

/// The network that the command line names first, and how to run it; all errors of the command line
/// at once.
Result<Session> open_session(const Arguments& arguments, const Console& console);

/// A network that is at hand already, as open_session takes one from a file; without a digest.
Result<Session> session_of(const std::string& source, Graph graph, const Arguments& arguments,
                           Configuration configuration);

/// An error where the session's network is compiled already: `what` asks what a compiler could do.
Status require_graph(const Session& session, std::string_view what);

/// Says the session's notes, one line each.
void print_notes(const Session& session, const Console& console);

/// A run and the configuration that it was made with.
struct SessionRun {
  Configuration configuration{};
  std::shared_ptr<const Chip> chip{};
  Profile profile{};
};

/// Compiles and simulates the session's network with these switches. `preset` is how the user named
/// them.
Result<SessionRun> run_session(const Session& session, const SwitchSet& switches,
                               const std::string& preset);

/// Says how far groups of another compiler could be taken, where the command line gave such.
void print_group_note(const SessionRun& run, const Console& console);

/// Says so where the schedule of a run breaks rules of the machine: its figures are then wrong.
void print_violations(const SessionRun& run, const Console& console);

}  // namespace tpuscope
