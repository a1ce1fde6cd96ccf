// Dispatch from words to verbs. A command line that starts with a flag or a network means
// `compare`; without a word there is the program's help.

#include "cli/program.h"

#include <algorithm>
#include <filesystem>

#include <fmt/core.h>

#include "base/text.h"
#include "cli/common_flags.h"
#include "cli/diagnostics.h"
#include "cli/flags.h"
#include "cli/help.h"
#include "graph/frontend.h"

namespace tpuscope {
namespace {

constexpr std::string_view kDefaultVerb = "compare";

bool has_verb(const std::string& name) {
  return VerbRegistry::instance().find(name) != nullptr;
}

bool looks_like_network(const std::string& word) {
  const std::vector<std::string> builtin = builtin_names();
  std::error_code ignored;
  return word.find_first_of("./") != std::string::npos ||
         std::find(builtin.begin(), builtin.end(), word) != builtin.end() ||
         std::filesystem::exists(word, ignored);
}

Error unknown_verb(const std::string& word) {
  std::vector<std::string> names = VerbRegistry::instance().names();
  const std::vector<std::string> builtin = builtin_names();
  names.insert(names.end(), builtin.begin(), builtin.end());
  return {.code = ErrorCode::kUsage,
          .message = fmt::format("{} is no verb and no network", in_quotes(word)),
          .hint = did_you_mean(word, names)};
}

/// A call: the verb and the words that are for it.
struct Call {
  const Verb* verb = nullptr;  ///< null: the program's own help or version
  std::vector<std::string> words{};
  bool wants_version = false;
};

Result<Call> call_of(std::vector<std::string> words) {
  if (!words.empty() && words[0] == "help") {
    words.erase(words.begin());
    if (words.empty()) return Call{};
    words.insert(words.begin() + 1, std::string(kHelpFlag.name));
  }
  if (words.empty()) return Call{};
  if (words.size() == 1 && words[0] == "--version") return Call{.wants_version = true};
  if (words.size() == 1 && (words[0] == kHelpFlag.name || words[0] == kHelpFlag.letter)) {
    return Call{};
  }
  std::string verb(kDefaultVerb);
  if (!words.empty() && words[0].substr(0, 1) != "-") {
    if (has_verb(words[0])) {
      verb = words[0];
      words.erase(words.begin());
    } else if (!looks_like_network(words[0])) {
      return unknown_verb(words[0]);
    }
  }
  return Call{.verb = VerbRegistry::instance().find(verb), .words = std::move(words)};
}

Status apply_common_flags(const Arguments& arguments, Console& console) {
  console.is_quiet = arguments.has(kQuietFlag);
  const std::string colour = arguments.text(kColorFlag);
  if (colour != "auto" && colour != "always" && colour != "never") {
    return Error{.code = ErrorCode::kUsage,
                 .message = fmt::format("{} is {}", kColorFlag.name, in_quotes(colour)),
                 .hint = did_you_mean(colour, {"auto", "always", "never"})};
  }
  for (Terminal* terminal : {&console.out_terminal, &console.err_terminal}) {
    if (colour != "auto") terminal->colour = colour == "always";
    if (arguments.has(kAsciiFlag)) terminal->unicode = false;
    if (arguments.has(kWideFlag)) terminal->cut_names = false;
  }
  return Ok{};
}

}  // namespace

Result<ExitCode> run_words(const std::vector<std::string>& words, Console& console) {
  TPU_TRY(const Call call, call_of(words));
  if (call.verb == nullptr) {
    console.print(call.wants_version ? version_text() : program_help());
    return ExitCode::kDone;
  }
  TPU_TRY(const Arguments arguments, parse_arguments(*call.verb, call.words));
  TPU_TRY_STATUS(apply_common_flags(arguments, console));
  if (arguments.has(kHelpFlag)) {
    console.print(verb_help(*call.verb, console.out_terminal));
    return ExitCode::kDone;
  }
  TPU_TRY_STATUS(check_outputs(*call.verb, arguments));
  return call.verb->run(arguments, console);
}

ExitCode run_program(const std::vector<std::string>& words, Console& console) {
  // Known before parsing, so that errors of the command line are JSON as well.
  console.is_json = std::find(words.begin(), words.end(), kJsonFlag.name) != words.end();
  const Result<ExitCode> result = run_words(words, console);
  if (result.ok()) return *result;
  print_errors(result.errors(), console);
  return exit_code_of(result.error().code);
}

bool register_verb(Verb verb) {
  return VerbRegistry::instance().add(std::move(verb));
}

}  // namespace tpuscope
