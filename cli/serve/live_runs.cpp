// Runs as the pieces of JSON that the page draws.

#include "cli/serve/live_runs.h"

#include <memory>
#include <utility>

#include "cli/serve/live_settings.h"
#include "graph/batch.h"
#include "profiles/views/html/html_data.h"

namespace tpuscope {

void write_panel(JsonWriter& json, const Session& session, const Configuration& configuration,
                 const Chip& chip, std::int64_t batch) {
  json.key("controls");
  write_live_controls(json, configuration, chip, batch);
  json.member("command", live_command(session.source, configuration, session.flags));
}

LiveRuns::LiveRuns(Session session, const SwitchSet& switches)
    : session_(std::move(session)), base_(session_.configuration) {
  choose_switches(base_, switches);
  batch_ = batch_of(session_.compiler->imported());
}

Result<std::string> LiveRuns::simulate(std::string_view settings,
                                       const ProgressListener& listener) {
  TPU_TRY(const LiveSettings wanted, parse_live_settings(settings));
  if (wanted.empty()) return answer_to(base_, listener);
  TPU_TRY(const Configuration configuration, live_configuration(base_, batch_, wanted));
  return answer_to(configuration, listener);
}

Result<std::string> LiveRuns::answer_to(const Configuration& configuration,
                                        const ProgressListener& listener) {
  TPU_TRY(Run run, session_.compiler->run(configuration, listener));
  const std::shared_ptr<const Chip> chip = run.chip;
  const Profile profile =
      make_profile(std::move(run), configuration,
                   {.source = session_.source, .sha256 = session_.sha256, .flags = session_.flags});
  StringSink sink;
  JsonWriter json(sink);
  json.object([&] {
    json.key("run");
    write_html_run(json, profile);
    write_panel(json, session_, configuration, *chip, batch_);
  });
  json.finish();
  return sink.text();
}

}  // namespace tpuscope
