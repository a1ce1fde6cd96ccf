// LiveSession: a network that is simulated again whenever the panel of its page changes. What
// configurations have in common is kept by the compiler, so that most changes cost a plan and a
// run.

#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "cli/serve/live_engine.h"
#include "cli/session.h"

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
  /// A run as the page takes it: {"run", "controls", "command"}.
  Result<std::string> answer_to(const Configuration& configuration,
                                const ProgressListener& listener);

  Session session_;
  SwitchSet switches_;
  Opener opener_;
  Configuration base_{};
  std::int64_t batch_ = 1;  ///< of the network as it is
  std::string title_{};
  std::string first_{};  ///< the answer for the base
};

}  // namespace tpuscope
