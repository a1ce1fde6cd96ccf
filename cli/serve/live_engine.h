// What answers a live page: a page, and a simulation for what its panel says. The page knows
// nothing else of it, so that what answers may be this process, another one or the page itself.

#pragma once

#include <string>
#include <string_view>

#include "base/progress_listener.h"
#include "base/result.h"

namespace tpuscope {

class LiveEngine {
 public:
  LiveEngine() = default;
  LiveEngine(const LiveEngine&) = delete;
  LiveEngine& operator=(const LiveEngine&) = delete;
  virtual ~LiveEngine() = default;

  /// The page as HTML.
  virtual Result<std::string> page() = 0;
  /// A run with the settings of the panel, JSON for JSON. Called once at a time.
  virtual Result<std::string> simulate(std::string_view settings,
                                       const ProgressListener& listener) = 0;
  /// Takes the bytes of a model in place of the one that is open; `name` is its file's. Afterwards
  /// page() is about it; after an error about the one before. Not called while simulate() runs.
  virtual Status open(std::string name, std::string bytes) = 0;
};

}  // namespace tpuscope
