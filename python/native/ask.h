// A question to the program within this process: the words of a command line, and what it answers.

#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/progress_listener.h"
#include "cli/exit_codes.h"
#include "cli/session.h"

namespace tpuscope::python {

struct Answer {
  ExitCode code = ExitCode::kDone;
  std::string text{};      ///< what people would read
  std::string messages{};  ///< what was said about the work
  Errors errors{};         ///< empty unless it failed
  std::map<std::string, std::string> forms{};
  std::shared_ptr<const SessionRun> run{};  ///< of `profile`
};

/// Runs the words after the program's name. `forms`: in which the results are wanted besides text;
/// those that the verb has none of stay empty.
Answer ask(const std::vector<std::string>& words, const std::vector<std::string>& forms,
           const ProgressListener& listener);

}  // namespace tpuscope::python
