// serve: a live page of a network for the browser: every change of its panel is simulated.

#include <optional>
#include <utility>

#include "base/text.h"
#include "cli/common_flags.h"
#include "cli/group_flags.h"
#include "cli/network_flags.h"
#include "cli/progress.h"
#include "cli/serve/live_server.h"
#include "cli/serve/live_session.h"

namespace tpuscope {
namespace {

constexpr Flag kPortFlag{.name = "--port",
                         .value = "N",
                         .help = "port on the loopback address; 0: any that is free",
                         .fallback = "8470"};

Result<int> port_of(const Arguments& arguments) {
  constexpr std::int64_t kLastPort = 65535;
  TPU_TRY(const std::int64_t port, arguments.number(kPortFlag));
  if (port <= kLastPort) return static_cast<int>(port);
  return Error{.code = ErrorCode::kUsage,
               .message = std::string(kPortFlag.name) + " is " + std::to_string(port),
               .hint = "ports are numbers up to 65535"};
}

/// A network from bytes that the browser sent, which the command line's flags concern as well.
Result<Session> open_bytes(std::string name, std::string bytes, const Arguments& arguments,
                           const Console& console) {
  TPU_TRY(Configuration configuration, configuration_of(arguments));
  const std::string source = sanitised_utf8(name.empty() ? "model.onnx" : name);
  const NetworkFile file{.path = source, .bytes = std::move(bytes), .folder = {}};
  TPU_TRY(Graph graph, read_network(file, arguments, console));
  return session_of(source, std::move(graph), arguments, std::move(configuration));
}

Result<ExitCode> run_serve(const Arguments& arguments, Console& console) {
  const std::string preset = arguments.text(kPassesFlag);
  TPU_TRY(const SwitchSet switches, chosen_switches(preset, arguments));
  TPU_TRY(const int port, port_of(arguments));
  TPU_TRY(Session session, open_session(arguments, console));
  TPU_TRY_STATUS(require_graph(session, "serve"));
  print_notes(session, console);
  LiveSession live(std::move(session), switches, [&](std::string name, std::string bytes) {
    return open_bytes(std::move(name), std::move(bytes), arguments, console);
  });
  // Before the first run, which may take a while: a taken port is said at once.
  LiveServer server(live, {.port = port});
  TPU_TRY_STATUS(server.bind());
  {
    Progress progress(console);
    progress.expect(kStepsOfRun);
    TPU_TRY_STATUS(live.start(progress.listener()));
  }
  console.print(server.link() + "\n");
  if (console.out_stream != nullptr) TPU_TRY_STATUS(console.out_stream->flush());
  console.say(
      "note: open the link in a browser of this machine; Ctrl+C ends the server. From "
      "elsewhere: ssh -L " +
      std::to_string(server.port()) + ":127.0.0.1:" + std::to_string(server.port()) + " HOST");
  server.serve();
  return ExitCode::kDone;
}

std::vector<Flag> serve_flags() {
  std::vector<Flag> flags = session_flags();
  flags.insert(flags.begin(), {kPortFlag, kPassesFlag});
  return flags;
}

TPU_REGISTER(register_verb(
    {.name = "serve",
     .summary = "opens a live page of a network: what-if questions, answered while you look",
     .examples = {"tpuscope serve model.onnx", "tpuscope serve swin_t --precision int8 --port 0"},
     .positional = {.name = "MODEL", .help = "a file or a built-in network", .is_required = true},
     .flags = serve_flags,
     .run = run_serve}));

}  // namespace
}  // namespace tpuscope
