// What a page that simulates by itself starts from: the network in the JSON form of graphs, the
// words of the command line that decide its runs, and the files that these name. A program writes
// it in the page, and the engine in the page, which is the same code compiled for browsers, reads
// it there.

#pragma once

#include <map>
#include <string>
#include <string_view>

#include "base/result.h"
#include "cli/serve/live_runs.h"
#include "cli/verb.h"

namespace tpuscope {

struct PageSetup {
  std::string version{};             ///< of the program; the engine's is the same
  std::string source{};              ///< how the user named the network
  std::string sha256{};              ///< of its file
  std::vector<std::string> words{};  ///< flags and their values
  std::map<std::string, std::string, std::less<>> files{};  ///< content by the names in `words`
  std::string network{};  ///< JSON form of the graph as it was imported
};

/// What the page of a session with these switches starts from. A usage error where a flag names
/// what cannot travel: a folder.
Result<PageSetup> page_setup(const Session& session, const Arguments& arguments);

/// The same as text, and back; errors of another version, kind or form.
std::string to_json(const PageSetup& setup);
Result<PageSetup> parse_page_setup(std::string_view json);

/// The runs of a page. Files of the setup have to be where its words say.
Result<LiveRuns> runs_of(const PageSetup& setup);

}  // namespace tpuscope
