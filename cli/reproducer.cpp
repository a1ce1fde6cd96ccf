// What is left behind after an internal error, so that its report can be acted on.

#include <filesystem>
#include <unistd.h>

#include <fmt/core.h>

#include "base/output_file.h"
#include "base/text.h"
#include "cli/help.h"
#include "cli/program.h"
#include "cli/verb.h"
#include "graph/frontend.h"

namespace tpuscope {
namespace {

/// The networks among the words, as text: files may be gone when the report is read. Reading may be
/// what fails, so nothing that it throws gets out.
std::string networks_text(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) {
    if (word.empty() || word[0] == '-' || VerbRegistry::instance().find(word) != nullptr) continue;
    try {
      const Result<Graph> graph = load_graph(word);
      if (graph.ok()) text += "# " + word + "\n" + to_text(*graph) + "\n";
    } catch (const std::exception& failure) {
      text += fmt::format("# {}: {}\n", word, failure.what());
    }
  }
  return text;
}

}  // namespace

std::string write_reproducer(const std::vector<std::string>& words, const std::string& message) {
  std::error_code failed;
  const std::filesystem::path folder = std::filesystem::temp_directory_path(failed);
  if (failed) return "";
  const std::string path = (folder / fmt::format("tpuscope-failure-{}.txt", getpid())).string();
  const auto file = OutputFile::create(path, {.force = true});
  if (!file.ok()) return "";
  std::string text = "# " + version_text() + "# " + message + "\n# tpuscope";
  for (const std::string& word : words)
    text += " " + in_quotes(word);
  (*file)->write(text + "\n" + networks_text(words));
  return (*file)->commit().ok() ? path : "";
}

}  // namespace tpuscope
