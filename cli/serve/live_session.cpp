// The page and its first answer, and what is opened in their place.

#include "cli/serve/live_session.h"

#include <utility>

#include "cli/serve/live_settings.h"
#include "profiles/views/html/live_page.h"

namespace tpuscope {
namespace {

/// Settings that change nothing.
constexpr std::string_view kNoSettings = R"({"settings": {}})";

}  // namespace

LiveSession::LiveSession(Session session, SwitchSet switches, Opener opener)
    : runs_(std::move(session), switches), switches_(switches), opener_(std::move(opener)) {}

Status LiveSession::start(const ProgressListener& listener) {
  TPU_TRY(first_, runs_.simulate(kNoSettings, listener));
  return Ok{};
}

Result<std::string> LiveSession::page() {
  return live_page(runs_.title() + ", live");
}

Result<std::string> LiveSession::simulate(std::string_view settings,
                                          const ProgressListener& listener) {
  // A panel that is reset waits for nothing.
  const Result<LiveSettings> wanted = parse_live_settings(settings);
  if (wanted.ok() && wanted->empty()) return first_;
  return runs_.simulate(settings, listener);
}

Status LiveSession::open(std::string name, std::string bytes) {
  TPU_TRY(Session session, opener_(std::move(name), std::move(bytes)));
  LiveRuns runs(std::move(session), switches_);
  TPU_TRY(std::string first, runs.simulate(kNoSettings, {}));
  runs_ = std::move(runs);
  first_ = std::move(first);
  return Ok{};
}

}  // namespace tpuscope
