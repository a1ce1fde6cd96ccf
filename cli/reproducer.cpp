// The file written after an internal error, so that its report can be acted on.

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <unistd.h>

#include <fmt/core.h>

#include "base/text.h"
#include "cli/help.h"
#include "cli/program.h"
#include "cli/verb.h"
#include "graph/frontend.h"

namespace tpuscope {
namespace {

/// The network without values of weights, which are their owner's. Single numbers stay: rewrites
/// depend on them (an exponent, a scale), and they reveal nothing.
Graph without_values(Graph graph) {
  for (const OpId op : graph.ops()) {
    const auto& data = graph[op].data;
    if (data != nullptr && data->elements() > 1) graph.set_data(op, nullptr);
  }
  return graph;
}

/// The networks among the words, as text: files may be gone when the report is read. Reading may be
/// what fails, so nothing that it throws gets out.
std::string networks_text(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) {
    if (word.empty() || word[0] == '-' || VerbRegistry::instance().find(word) != nullptr) continue;
    try {
      const Result<Graph> graph = load_graph(word);
      if (graph.ok()) text += "# " + word + "\n" + to_text(without_values(*graph)) + "\n";
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
  std::string text = "# " + version_text() + "# " + message + "\n# tpuscope";
  for (const std::string& word : words)
    text += " " + in_quotes(word);
  text += "\n" + networks_text(words);
  // The folder is everybody's: a name that can be foreseen may be somebody's link by now.
  constexpr std::string_view kEnding = ".txt";
  std::string path = (folder / fmt::format("tpuscope-failure-XXXXXX{}", kEnding)).string();
  const int descriptor = mkstemps(path.data(), static_cast<int>(kEnding.size()));
  if (descriptor < 0) return "";
  std::FILE* file = fdopen(descriptor, "wb");
  if (file == nullptr) return "";
  const bool is_written = std::fwrite(text.data(), 1, text.size(), file) == text.size();
  return std::fclose(file) == 0 && is_written ? path : "";
}

void report_bug(const std::string& message, const std::vector<std::string>& words, ByteSink& err) {
  const std::string file = write_reproducer(words, message);
  err.write(
      fmt::format("internal error: {}\n{}hint: this is a bug in tpuscope; please report it{}\n",
                  message, version_text(), file.empty() ? "" : " with " + file));
}

}  // namespace tpuscope
