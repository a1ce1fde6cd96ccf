// LiveSession: a network that is simulated again whenever the panel of its page changes, for the
// server of `tpuscope serve`.

#pragma once

#include <functional>
#include <string>

#include "cli/serve/live_engine.h"
#include "cli/serve/live_runs.h"

namespace tpuscope {

class LiveSession : public LiveEngine {
 public:
  /// Reads a model that was dropped on the page: as on the command line, but for its bytes.
  using Opener = std::function<Result<Session>(std::string name, std::string bytes)>;

  LiveSession(Session session, SwitchSet switches, Opener opener);

  /// The first run, which the page shows.
  Status start(const ProgressListener& listener);

  Result<std::string> page() override;
  Result<std::string> simulate(std::string_view settings,
                               const ProgressListener& listener) override;
  Status open(std::string name, std::string bytes) override;

 private:
  LiveRuns runs_;
  SwitchSet switches_;
  Opener opener_;
  std::string first_{};  ///< the answer without settings
};

}  // namespace tpuscope
