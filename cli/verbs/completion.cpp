// completion: what a shell needs to complete verbs, flags and their values, made from the tables.

#include <map>

#include <fmt/core.h>

#include "base/text.h"
#include "cli/completion_words.h"
#include "cli/flags.h"
#include "cli/verb.h"

namespace tpuscope {
namespace {

/// In single quotes, for any of the three shells.
std::string shell_quoted(std::string_view text) {
  std::string result = "'";
  for (const char byte : text)
    result += byte == '\'' ? std::string("'\\''") : std::string(1, byte);
  return result + "'";
}

/// Flags with values, by name and by letter: the same in all verbs but for whether they may be
/// files.
std::map<std::string, ValueWords> valued_flags() {
  std::map<std::string, ValueWords> flags;
  for (const auto& [name, verb] : VerbRegistry::instance().all()) {
    for (const Flag& flag : flags_of(verb)) {
      if (flag.value.empty()) continue;
      ValueWords words = words_of(flag);
      for (const std::string_view spelling : {flag.name, flag.letter}) {
        if (spelling.empty()) continue;
        const auto [found, is_new] = flags.try_emplace(std::string(spelling), words);
        found->second.takes_files = found->second.takes_files || words.takes_files;
      }
    }
  }
  return flags;
}

std::string assignments(const ValueWords& words) {
  return fmt::format("candidates={} files={} goes_on={} list={}",
                     shell_quoted(join(words.words, " ")), words.takes_files ? "1" : "''",
                     words.goes_on ? "1" : "''", words.is_list ? "1" : "''");
}

/// Functions that bash and zsh share: what a flag's value, a verb's flags and its arguments are.
std::string shared_functions() {
  std::string text = "_tpuscope_value() {\n  case $1 in\n";
  for (const auto& [name, words] : valued_flags())
    text += fmt::format("    {}) {} ;;\n", name, assignments(words));
  text += "    *) return 1 ;;\n  esac\n}\n_tpuscope_flags() {\n  case $1 in\n";
  for (const auto& [name, verb] : VerbRegistry::instance().all()) {
    std::vector<std::string> flags;
    for (const Flag& flag : flags_of(verb))
      flags.emplace_back(flag.name);
    text += fmt::format("    {}) candidates={} ;;\n", name, shell_quoted(join(flags, " ")));
  }
  // A network alone is compared.
  text +=
      "    -*|'') candidates='--help --version' ;;\n    *) _tpuscope_flags compare ;;\n  "
      "esac\n}\n_tpuscope_argument() {\n  case $1 in\n";
  for (const auto& [name, verb] : VerbRegistry::instance().all())
    text += fmt::format("    {}) {} ;;\n", name, assignments(words_of(verb)));
  return text + "    *) candidates='' files=1 goes_on='' list='' ;;\n  esac\n}\n";
}

/// Verbs, and networks, which mean `compare`.
std::string first_words() {
  std::vector<std::string> words = VerbRegistry::instance().names();
  const std::vector<std::string> models = words_of(*VerbRegistry::instance().find("compare")).words;
  words.insert(words.end(), models.begin(), models.end());
  return shell_quoted(join(words, " "));
}

std::string bash_script() {
  return shared_functions() +
         "_tpuscope() {\n"
         "  local candidates='' files='' goes_on='' list='' before=''\n"
         "  local current=${COMP_WORDS[COMP_CWORD]} flag=''\n"
         "  [[ $COMP_CWORD -gt 1 ]] && flag=${COMP_WORDS[COMP_CWORD-1]}\n"
         // The line is broken at "=" as well.
         "  if [[ $current == = ]]; then\n"
         "    current=''\n"
         "  elif [[ $flag == = ]]; then\n"
         "    flag=${COMP_WORDS[COMP_CWORD-2]}\n"
         "  fi\n"
         "  COMPREPLY=()\n"
         "  if [[ -n $flag ]] && _tpuscope_value \"$flag\"; then\n"
         "    :\n"
         "  elif [[ $current == -* ]]; then\n"
         "    _tpuscope_flags \"${COMP_WORDS[1]}\"\n"
         "  elif [[ $COMP_CWORD -eq 1 ]]; then\n"
         "    candidates=" +
         first_words() +
         " files=1\n"
         "  else\n"
         "    _tpuscope_argument \"${COMP_WORDS[1]}\"\n"
         "  fi\n"
         "  if [[ -n $list && $current == *,* ]]; then\n"
         "    before=${current%,*},\n"
         "    current=${current##*,}\n"
         "  fi\n"
         "  COMPREPLY=($(compgen -P \"$before\" -W \"$candidates\" -- \"$current\"))\n"
         "  [[ -n $goes_on || -n $list ]] && compopt -o nospace 2>/dev/null\n"
         "  if [[ -n $files && ( $COMP_CWORD -gt 1 || ${#COMPREPLY[@]} -eq 0 ) ]]; then\n"
         "    local IFS=$'\\n'\n"
         "    COMPREPLY+=($(compgen -f -- \"$current\"))\n"
         "    compopt -o filenames 2>/dev/null\n"
         "  fi\n"
         "  return 0\n"
         "}\n"
         "complete -F _tpuscope tpuscope\n";
}

std::string zsh_script() {
  return "#compdef tpuscope\n" + shared_functions() +
         "_tpuscope() {\n"
         "  local candidates='' files='' goes_on='' list=''\n"
         "  local current=$words[CURRENT] flag=''\n"
         "  (( CURRENT > 2 )) && flag=$words[CURRENT-1]\n"
         "  if [[ $current == --*=* ]]; then\n"
         "    flag=${current%%=*}\n"
         "    compset -P '--*='\n"
         "    current=${current#*=}\n"
         "  fi\n"
         "  if [[ -n $flag ]] && _tpuscope_value $flag; then\n"
         "    [[ -n $list ]] && compset -P '*,'\n"
         "  elif [[ $current == -* ]]; then\n"
         "    _tpuscope_flags $words[2]\n"
         "  elif (( CURRENT == 2 )); then\n"
         "    candidates=" +
         first_words() +
         " files=1\n"
         "  else\n"
         "    _tpuscope_argument $words[2]\n"
         "  fi\n"
         "  if [[ -n $goes_on || -n $list ]]; then\n"
         "    compadd -S '' -- ${=candidates}\n"
         "  else\n"
         "    compadd -- ${=candidates}\n"
         "  fi\n"
         "  [[ -n $files ]] && _files\n"
         "  return 0\n"
         "}\n"
         "if [[ $funcstack[1] == _tpuscope ]]; then\n"
         "  _tpuscope \"$@\"\n"
         "else\n"
         "  compdef _tpuscope tpuscope\n"
         "fi\n";
}

/// Words as fish reads them, which takes ">" for a redirection.
std::string fish_list(const std::vector<std::string>& words) {
  std::string text;
  for (const char byte : join(words, " "))
    text += byte == '>' ? std::string("\\>") : std::string(1, byte);
  return text;
}

/// What fish offers for one value.
std::string fish_words(const ValueWords& words) {
  const std::string files = words.takes_files ? " -F" : " -f";
  if (words.words.empty()) return files;
  if (!words.is_list) return files + " -a " + shell_quoted(fish_list(words.words));
  return files + " -a " +
         shell_quoted("(__fish_complete_list , 'printf \"%s\\n\" " + fish_list(words.words) + "')");
}

std::string fish_script() {
  std::string text = "complete -c tpuscope -f\n";
  const std::string first = " -n __fish_use_subcommand";
  for (const auto& [name, verb] : VerbRegistry::instance().all()) {
    text += fmt::format("complete -c tpuscope{} -a {} -d {}\n", first, name,
                        shell_quoted(verb.summary));
    const std::string seen =
        fmt::format("complete -c tpuscope -n '__fish_seen_subcommand_from {}'", name);
    text += seen + fish_words(words_of(verb)) + "\n";
    for (const Flag& flag : flags_of(verb)) {
      text += fmt::format("{} -l {}", seen, flag.name.substr(2));
      if (!flag.letter.empty()) text += fmt::format(" -s {}", flag.letter.substr(1));
      if (!flag.value.empty()) text += " -r" + fish_words(words_of(flag));
      text += " -d " + shell_quoted(flag.help) + "\n";
    }
  }
  return text + "complete -c tpuscope" + first +
         fish_words(words_of(*VerbRegistry::instance().find("compare"))) + "\n";
}

struct Shell {
  std::string_view name{};
  std::string (*script)() = nullptr;
};
constexpr Shell kShells[] = {{"bash", bash_script}, {"zsh", zsh_script}, {"fish", fish_script}};

std::vector<std::string> shell_names() {
  std::vector<std::string> names;
  for (const Shell& shell : kShells)
    names.emplace_back(shell.name);
  return names;
}

Result<ExitCode> run_completion(const Arguments& arguments, Console& console) {
  const std::string& wanted = arguments.positionals().at(0);
  for (const Shell& shell : kShells) {
    if (shell.name != wanted) continue;
    console.out->write(shell.script());
    return ExitCode::kDone;
  }
  return Error{.code = ErrorCode::kUsage,
               .message = "there is no completion for " + in_quotes(wanted),
               .hint = did_you_mean(wanted, shell_names())};
}

TPU_REGISTER(register_verb(
    {.name = "completion",
     .summary = "prints completion of verbs, flags and their values for a shell",
     .examples = {"source <(tpuscope completion bash)", "tpuscope completion zsh > _tpuscope",
                  "tpuscope completion fish > ~/.config/fish/completions/tpuscope.fish",
                  "tpuscope completion bash > /etc/bash_completion.d/tpuscope"},
     .positional =
         {.name = "SHELL", .help = "bash, zsh or fish", .is_required = true, .words = shell_names},
     .run = run_completion}));

}  // namespace
}  // namespace tpuscope
