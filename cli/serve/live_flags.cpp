// Where the engine of live pages is, and what pages need besides.

#include "cli/serve/live_flags.h"

#include <filesystem>
#include <memory>
#include <string>
#include <utility>

#include <fmt/core.h>

#include "base/input_file.h"
#include "base/text.h"
#include "cli/serve/live_runs.h"
#include "cli/serve/page_engine.h"
#include "graph/batch.h"

namespace tpuscope {
namespace {

namespace fs = std::filesystem;

constexpr Flag kLiveFlag{
    .name = "--live",
    .help = "with --html: a page that answers what-if questions offline; needs the engine"};
constexpr Flag kEngineFlag{.name = "--engine",
                           .value = "FOLDER",
                           .help = "where --live finds tpuscope-engine.js and .wasm",
                           .fallback = "beside the program, or as installed"};
/// The flag of the writer of pages.
constexpr Flag kPageFlag{.name = "--html", .value = "FILE"};

constexpr std::string_view kScript = "tpuscope-engine.js";
constexpr std::string_view kWasm = "tpuscope-engine.wasm";

/// Folders in which the engine may be, most likely first.
std::vector<fs::path> engine_folders(const Arguments& arguments) {
  if (arguments.has(kEngineFlag)) return {arguments.text(kEngineFlag)};
  std::error_code problem;
  const fs::path program = fs::read_symlink("/proc/self/exe", problem);
  if (problem) return {};
  const fs::path folder = program.parent_path();
  // Beside the program, in the build folder of preset `wasm` beside the program's own, installed.
  return {folder, folder.parent_path() / "wasm", folder.parent_path() / "share" / "tpuscope"};
}

}  // namespace

std::vector<Flag> live_flags() {
  return {kLiveFlag, kEngineFlag};
}

Result<std::optional<LivePart>> live_engine(const Arguments& arguments) {
  if (!arguments.has(kLiveFlag)) {
    if (!arguments.has(kEngineFlag)) return std::optional<LivePart>();
    return Error{.code = ErrorCode::kUsage,
                 .message = fmt::format("{} is for {}", kEngineFlag.name, kLiveFlag.name)};
  }
  if (!arguments.has(kPageFlag)) {
    return Error{
        .code = ErrorCode::kUsage,
        .message = fmt::format("{} makes a page live, and none is written", kLiveFlag.name),
        .hint = fmt::format("add {} page.html", kPageFlag.name)};
  }
  std::vector<std::string> looked;
  for (const fs::path& folder : engine_folders(arguments)) {
    looked.push_back(sanitised_utf8(folder.string()));
    std::error_code problem;
    if (!fs::exists(folder / kWasm, problem) || !fs::exists(folder / kScript, problem)) continue;
    LivePart part;
    TPU_TRY(part.script, read_input((folder / kScript).string()));
    TPU_TRY(part.wasm, read_input((folder / kWasm).string()));
    return std::optional<LivePart>(std::move(part));
  }
  return Error{.code = ErrorCode::kUsage,
               .message = fmt::format("there is no {} in {}", kWasm, join(looked)),
               .hint =
                   "with emscripten installed, `cmake --preset wasm && cmake --build --preset "
                   "wasm` in the sources builds it; or name its folder with --engine"};
}

Status complete(LivePart& part, const Session& session, const SessionRun& run,
                const Arguments& arguments) {
  TPU_TRY(const PageSetup setup, page_setup(session, arguments));
  part.setup = to_json(setup);
  const std::int64_t batch = batch_of(session.compiler->imported());
  part.write_panel = [&session, &run, batch](JsonWriter& json) {
    write_panel(json, session, run.configuration, *run.chip, batch);
  };
  return Ok{};
}

}  // namespace tpuscope
