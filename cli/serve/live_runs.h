// LiveRuns: the runs that a live page asks for, of one network. What configurations have in common
// is kept by the compiler, so that most changes cost a plan and a run.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/json_writer.h"
#include "base/progress_listener.h"
#include "base/result.h"
#include "cli/session.h"
#include "profiles/report/report.h"

namespace tpuscope {

/// What a panel shows of a run, two members of an object: "controls" and "command". `batch`: of the
/// network as it is.
void write_panel(JsonWriter& json, const Session& session, const Configuration& configuration,
                 const Chip& chip, std::int64_t batch);

class LiveRuns {
 public:
  /// The panel's settings change `session.configuration` with these switches.
  LiveRuns(Session session, const SwitchSet& switches);

  /// A run with the settings of the panel, JSON for JSON: {"run", "controls", "command"}.
  Result<std::string> simulate(std::string_view settings, const ProgressListener& listener);

  const Session& session() const { return session_; }
  /// What the network is called.
  std::string title() const { return session_.compiler->imported().name(); }

 private:
  Result<std::string> answer_to(const Configuration& configuration,
                                const ProgressListener& listener);

  Session session_;
  Configuration base_{};
  std::int64_t batch_ = 1;  ///< of the network as it is
};

}  // namespace tpuscope
