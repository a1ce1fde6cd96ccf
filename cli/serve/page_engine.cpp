// Setups as JSON.

#include "cli/serve/page_engine.h"

#include <algorithm>
#include <filesystem>
#include <utility>

#include <fmt/core.h>

#include "base/input_file.h"
#include "base/strict_json.h"
#include "base/text.h"
#include "cli/common_flags.h"
#include "cli/group_flags.h"
#include "cli/network_flags.h"
#include "passes/switch_set.h"

namespace tpuscope {
namespace {

constexpr std::string_view kKind = "tpuscope.page_setup";

/// The flags whose words travel: all that decide a run.
std::vector<Flag> travelling_flags() {
  std::vector<Flag> flags = session_flags();
  flags.push_back(kPassesFlag);
  return flags;
}

/// Whether the help of a flag says that its value may be a file.
bool may_name_file(const Flag& flag) {
  return flag.value.find("FILE") != std::string_view::npos;
}

}  // namespace

Result<PageSetup> page_setup(const Session& session, const Arguments& arguments) {
  const std::vector<Flag> flags = travelling_flags();
  PageSetup setup{.version = TPUSCOPE_VERSION,
                  .source = session.source,
                  .sha256 = session.sha256,
                  .words = words_of(flags, arguments),
                  .network = to_json(session.compiler->imported())};
  for (const Flag& flag : flags) {
    if (!may_name_file(flag)) continue;
    for (const std::string& path : arguments.texts(flag)) {
      std::error_code problem;
      if (std::filesystem::is_directory(path, problem)) {
        return Error{.code = ErrorCode::kUsage,
                     .message = fmt::format(
                         "{} names a folder, which a live page cannot take along", flag.name),
                     .where = sanitised_utf8(path),
                     .hint = "name the file in it"};
      }
      if (!std::filesystem::exists(path, problem)) continue;  // a name of ours, as of a chip
      TPU_TRY(std::string content, read_input(path, kMaxSettingsBytes));
      setup.files[sanitised_utf8(path)] = std::move(content);
    }
  }
  return setup;
}

std::string to_json(const PageSetup& setup) {
  StringSink sink;
  JsonWriter json(sink);
  json.object([&] {
    json.member("kind", kKind);
    json.member("version", setup.version);
    json.member("source", setup.source);
    json.member("sha256", setup.sha256);
    json.member("words", setup.words);
    json.object("files", [&] {
      for (const auto& [path, content] : setup.files)
        json.member(path, content);
    });
    json.member("network", setup.network);
  });
  json.finish();
  return sink.text();
}

Result<PageSetup> parse_page_setup(std::string_view json) {
  TPU_TRY(const nlohmann::ordered_json parsed, parse_json(json, "setup"));
  const JsonReader reader(parsed, "setup");
  TPU_TRY_STATUS(
      reader.expect_keys({"kind", "version", "source", "sha256", "words", "files", "network"}));
  PageSetup setup;
  const auto text = [&](std::string_view key) -> Result<std::string> {
    TPU_TRY(const JsonReader member, reader.at(key));
    return member.text();
  };
  TPU_TRY(const std::string kind, text("kind"));
  if (kind != kKind) return reader.error("is no setup of a page");
  TPU_TRY(setup.version, text("version"));
  if (setup.version != TPUSCOPE_VERSION) {
    return Error{.message = fmt::format("the page is of version {}, its engine of {}",
                                        setup.version, TPUSCOPE_VERSION),
                 .hint = "build the engine and the program from the same sources"};
  }
  TPU_TRY(setup.source, text("source"));
  TPU_TRY(setup.sha256, text("sha256"));
  TPU_TRY(setup.network, text("network"));
  TPU_TRY(const JsonReader words, reader.at("words"));
  TPU_TRY(setup.words, words.texts());
  TPU_TRY(const JsonReader files, reader.at("files"));
  if (!files.json().is_object()) return files.error("is no object of paths and texts");
  for (const auto& [path, content] : files.json().items()) {
    TPU_TRY(const JsonReader file, files.at(path));
    TPU_TRY(setup.files[path], file.text());
  }
  return setup;
}

Result<LiveRuns> runs_of(const PageSetup& setup) {
  std::map<std::string, std::vector<std::string>> values;
  if (setup.words.size() % 2 != 0) return Error{.message = "the setup has a flag without a value"};
  for (std::size_t i = 0; i < setup.words.size(); i += 2)
    values[setup.words[i]].push_back(setup.words[i + 1]);
  Arguments arguments;
  for (const Flag& flag : travelling_flags()) {
    const auto found = values.find(std::string(flag.name));
    if (found == values.end()) continue;
    arguments.set(flag.name, std::move(found->second));
    values.erase(found);
  }
  if (!values.empty()) {
    return Error{.message = fmt::format("the setup has an unknown flag {}", values.begin()->first)};
  }
  TPU_TRY(const SwitchSet switches, chosen_switches(arguments.text(kPassesFlag), arguments));
  TPU_TRY(Configuration configuration, configuration_of(arguments));
  TPU_TRY(Graph graph, graph_from_json(setup.network, setup.source));
  TPU_TRY(Session session,
          session_of(setup.source, std::move(graph), arguments, std::move(configuration)));
  session.sha256 = setup.sha256;
  return LiveRuns(std::move(session), switches);
}

}  // namespace tpuscope
