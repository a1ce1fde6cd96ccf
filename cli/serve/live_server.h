// LiveServer: a LiveEngine over HTTP for the browser of the same user. It listens on the loopback
// address alone, answers only who knows the random token of its link, and refuses what other sites
// could make a browser send: foreign hosts, foreign origins, bodies beyond its limits.

#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/result.h"
#include "cli/serve/live_engine.h"

namespace tpuscope {

struct LiveServerOptions {
  std::string host = "127.0.0.1";
  int port = 0;                             ///< 0: any that is free
  std::size_t settings_limit = 64U << 10U;  ///< bytes of a panel's settings
  std::size_t model_limit = 512U << 20U;    ///< bytes of a model
};

class LiveServer {
 public:
  LiveServer(LiveEngine& engine, const LiveServerOptions& options);
  ~LiveServer();
  LiveServer(const LiveServer&) = delete;
  LiveServer& operator=(const LiveServer&) = delete;

  /// Takes the port; an error when another program has it.
  Status bind();
  /// The link for the browser, once bound.
  std::string link() const;
  int port() const;
  const std::string& token() const;
  /// Answers until stop() is called, from another thread.
  void serve();
  /// Ends serve(), which has been called or is about to be.
  void stop();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace tpuscope
