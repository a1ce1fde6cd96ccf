// Runs the program into memory, as its server for agents does.

#include "python/native/ask.h"

#include <exception>

#include "cli/program.h"

namespace tpuscope::python {

Answer ask(const std::vector<std::string>& words, const std::vector<std::string>& forms,
           const ProgressListener& listener) {
  Answer answer;
  for (const std::string& form : forms)
    answer.forms.emplace(form, "");
  StringSink out;
  StringSink err;
  Console console{.out = &out, .err = &err, .listener = listener, .forms = &answer.forms};
  console.run = &answer.run;
  console.out_terminal.unicode = console.err_terminal.unicode = true;
  try {
    const Result<ExitCode> result = run_words(words, console);
    answer.code = result.ok() ? *result : exit_code_of(result.error().code);
    if (!result.ok()) answer.errors = result.errors();
  } catch (const std::exception& failure) {
    answer.code = ExitCode::kInternalError;
    report_bug(failure.what(), words, err);
    answer.errors = {{.message = err.text()}};
  }
  answer.text = out.text();
  answer.messages = err.text();
  return answer;
}

}  // namespace tpuscope::python
