// Runs as the pieces of JSON that the page draws.

#include "cli/serve/live_session.h"

#include <utility>

#include "base/json_writer.h"
#include "cli/serve/live_settings.h"
#include "graph/batch.h"
#include "profiles/views/html/html_data.h"
#include "profiles/views/html/live_page.h"

namespace tpuscope {

LiveSession::LiveSession(Session session, SwitchSet switches, Opener opener)
    : session_(std::move(session)), switches_(switches), opener_(std::move(opener)) {}

Status LiveSession::start(const ProgressListener& listener) {
  base_ = session_.configuration;
  choose_switches(base_, switches_);
  batch_ = batch_of(session_.compiler->imported());
  TPU_TRY(first_, answer_to(base_, listener));
  return Ok{};
}

Result<std::string> LiveSession::answer_to(const Configuration& configuration,
                                           const ProgressListener& listener) {
  TPU_TRY(Run run, session_.compiler->run(configuration, listener));
  const std::shared_ptr<const Chip> chip = run.chip;
  const Profile profile =
      make_profile(std::move(run), configuration,
                   {.source = session_.source, .sha256 = session_.sha256, .flags = session_.flags});
  title_ = profile.report.identity.model;
  StringSink sink;
  JsonWriter json(sink);
  json.object([&] {
    json.key("run");
    write_html_run(json, profile);
    json.key("controls");
    write_live_controls(json, configuration, *chip, batch_);
    json.member("command", live_command(session_.source, configuration, session_.flags));
  });
  json.finish();
  return sink.text();
}

Result<std::string> LiveSession::page() {
  return live_page(title_ + ", live");
}

Result<std::string> LiveSession::simulate(std::string_view settings,
                                          const ProgressListener& listener) {
  TPU_TRY(const LiveSettings wanted, parse_live_settings(settings));
  if (wanted.empty()) return first_;
  TPU_TRY(const Configuration configuration, live_configuration(base_, batch_, wanted));
  return answer_to(configuration, listener);
}

Status LiveSession::open(std::string name, std::string bytes) {
  TPU_TRY(Session session, opener_(std::move(name), std::move(bytes)));
  LiveSession opened(std::move(session), switches_, opener_);
  TPU_TRY_STATUS(opened.start({}));
  session_ = std::move(opened.session_);
  base_ = std::move(opened.base_);
  batch_ = opened.batch_;
  title_ = std::move(opened.title_);
  first_ = std::move(opened.first_);
  return Ok{};
}

}  // namespace tpuscope
