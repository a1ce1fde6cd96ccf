// The engine of pages as WebAssembly: what its worker (engine_worker.js) calls. Only emscripten
// compiles this file.

#include <emscripten.h>
#include <exception>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <string_view>

#include "base/json_writer.h"
#include "cli/diagnostics.h"
#include "cli/serve/page_engine.h"

// NOLINTBEGIN
EM_JS(void, tell_progress, (const char* what, double done, double total),
      { postMessage({progress : {what : UTF8ToString(what), done : done, total : total}}); });
// NOLINTEND

namespace tpuscope {
namespace {

std::optional<LiveRuns>& runs() {
  static std::optional<LiveRuns> of_page;
  return of_page;
}

/// Keeps the text until the next call, since the worker copies it.
const char* kept(std::string text) {
  static std::string last;
  last = std::move(text);
  return last.c_str();
}

std::string errors_json(const Errors& errors) {
  StringSink sink;
  JsonWriter json(sink);
  json.object([&] { write_errors(json, "errors", errors); });
  json.finish();
  return sink.text();
}

/// Puts the files of a setup where its words say, in the memory that emscripten has for files.
Status place_files(const PageSetup& setup) {
  for (const auto& [path, content] : setup.files) {
    const std::filesystem::path place(path);
    std::error_code problem;
    if (place.has_parent_path()) std::filesystem::create_directories(place.parent_path(), problem);
    std::ofstream file(place, std::ios::binary);
    file.write(content.data(), static_cast<std::streamsize>(content.size()));
    if (!file.flush()) return Error{.message = "the file cannot be placed", .where = path};
  }
  return Ok{};
}

Result<std::string> start(std::string_view json) {
  TPU_TRY(const PageSetup setup, parse_page_setup(json));
  TPU_TRY_STATUS(place_files(setup));
  TPU_TRY(LiveRuns of_page, runs_of(setup));
  runs().emplace(std::move(of_page));
  return std::string("{\"started\":true}");
}

template <typename Work>
const char* answer(Work work) {
  try {
    const Result<std::string> text = work();
    return kept(text.ok() ? *text : errors_json(text.errors()));
  } catch (const std::exception& bug) {
    return kept(errors_json({{.message = std::string("internal error: ") + bug.what()}}));
  }
}

}  // namespace
}  // namespace tpuscope

extern "C" {

/// Takes the setup of a page, JSON; answers {"started": true} or {"errors"}.
EMSCRIPTEN_KEEPALIVE const char* tpuscope_start(const char* setup) {
  return tpuscope::answer([&] { return tpuscope::start(setup); });
}

/// A run with the settings of the panel, as LiveRuns::simulate; or {"errors"}.
EMSCRIPTEN_KEEPALIVE const char* tpuscope_simulate(const char* settings) {
  return tpuscope::answer([&]() -> tpuscope::Result<std::string> {
    if (!tpuscope::runs()) return tpuscope::Error{.message = "the engine has no network yet"};
    return tpuscope::runs()->simulate(
        settings, [](std::string_view what, std::size_t done, std::size_t total) {
          tell_progress(std::string(what).c_str(), static_cast<double>(done),
                        static_cast<double>(total));
        });
  });
}
}
