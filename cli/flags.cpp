// The parser, built from a verb's table. The only file that includes CLI11, which takes seconds to
// compile.

#include "cli/flags.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <optional>

#include <CLI/CLI.hpp>
#include <fmt/core.h>

#include "base/text.h"
#include "cli/common_flags.h"

namespace tpuscope {
namespace {

Error usage_error_flags(std::string message, std::string hint) {
  return {.code = ErrorCode::kUsage, .message = std::move(message), .hint = std::move(hint)};
}

std::string help_hint(const Verb& verb) {
  return fmt::format("`tpuscope {} --help` shows what it takes", verb.name);
}

Error unknown_flag(const Verb& verb, const std::string& word) {
  const std::string flag = word.substr(0, word.find('='));
  std::vector<std::string> names;
  for (const Flag& known : flags_of(verb))
    names.emplace_back(known.name);
  return usage_error_flags(fmt::format("{} has no flag {}", verb.name, in_quotes(flag)),
                           did_you_mean(flag, names));
}

/// CLI11's sentence in our form: lower case, no full stop.
std::string in_our_form(std::string message) {
  while (!message.empty() && (message.back() == '.' || message.back() == '\n'))
    message.pop_back();
  if (!message.empty() && message[0] >= 'A' && message[0] <= 'Z') {
    message[0] = static_cast<char>(message[0] - 'A' + 'a');
  }
  return message;
}

}  // namespace

std::vector<Flag> flags_of(const Verb& verb) {
  std::vector<Flag> flags;
  if (verb.flags != nullptr) flags = verb.flags();
  flags.insert(flags.end(), common_flags().begin(), common_flags().end());
  return flags;
}

namespace {

/// Options of the parser, one per flag.
std::vector<CLI::Option*> add_options(CLI::App& app, const std::vector<Flag>& flags) {
  std::vector<CLI::Option*> options;
  for (const Flag& flag : flags) {
    std::string names(flag.name);
    if (!flag.letter.empty()) names += "," + std::string(flag.letter);
    CLI::Option* option = flag.value.empty() ? app.add_flag(names) : app.add_option(names);
    option->take_all();
    if (!flag.value.empty()) option->expected(1)->allow_extra_args(false);
    options.push_back(option);
  }
  return options;
}

/// The words that are no flags, or an error for each unknown flag.
Result<std::vector<std::string>> positionals_of(const Verb& verb,
                                                const std::vector<std::string>& words) {
  Errors errors;
  std::vector<std::string> positionals;
  bool only_positionals = false;
  for (const std::string& word : words) {
    if (word == "--" && !only_positionals) {
      only_positionals = true;
    } else if (word.size() > 1 && word[0] == '-' && !only_positionals) {
      errors.push_back(unknown_flag(verb, word));
    } else {
      positionals.push_back(word);
    }
  }
  if (!errors.empty()) return errors;
  return positionals;
}

/// Whether there are as many as the verb takes; none become its fallback.
Result<std::vector<std::string>> counted(const Verb& verb, std::vector<std::string> positionals) {
  const Positional& wanted = verb.positional;
  const std::size_t most = wanted.name.empty() ? 0 : wanted.repeats ? positionals.size() : 1;
  if (positionals.size() > most) {
    return usage_error_flags(
        fmt::format("{} does not take {}", verb.name, in_quotes(positionals[most])),
        help_hint(verb));
  }
  if (positionals.empty() && wanted.is_required) {
    return usage_error_flags(fmt::format("{} needs {}", verb.name, wanted.name), help_hint(verb));
  }
  if (positionals.empty() && !wanted.fallback.empty()) positionals.emplace_back(wanted.fallback);
  return positionals;
}

}  // namespace

Result<Arguments> parse_arguments(const Verb& verb, const std::vector<std::string>& words) {
  CLI::App app;
  app.set_help_flag();
  app.allow_extras();
  const std::vector<Flag> flags = flags_of(verb);
  const std::vector<CLI::Option*> options = add_options(app, flags);
  try {
    app.parse(std::vector<std::string>(words.rbegin(), words.rend()));
  } catch (const CLI::ParseError& error) {
    return usage_error_flags(in_our_form(error.what()), help_hint(verb));
  }

  Arguments arguments;
  for (std::size_t i = 0; i < flags.size(); ++i) {
    if (options[i]->count() > 0) arguments.set(flags[i].name, options[i]->results());
  }
  // Before they are counted: the word after an unknown flag may have been its value.
  TPU_TRY(std::vector<std::string> positionals, positionals_of(verb, app.remaining()));
  if (arguments.has(kHelpFlag)) return arguments;
  TPU_TRY(positionals, counted(verb, std::move(positionals)));
  arguments.set_positionals(std::move(positionals));
  return arguments;
}

Status check_outputs(const Verb& verb, const Arguments& arguments) {
  std::map<std::string, std::string_view> taken;
  for (const Flag& flag : flags_of(verb)) {
    if (!flag.writes || !arguments.has(flag)) continue;
    const std::string path = arguments.text(flag);
    std::error_code problem;
    const std::filesystem::path real = std::filesystem::weakly_canonical(path, problem);
    const std::string place = path == "-" || problem ? path : real.string();
    const auto [at, is_new] = taken.emplace(place, flag.name);
    if (is_new) continue;
    return usage_error_flags(
        fmt::format("{} and {} both write {}", at->second, flag.name,
                    path == "-" ? "to standard output" : in_quotes(sanitised_utf8(path))),
        "name two files");
  }
  return Ok{};
}

}  // namespace tpuscope
