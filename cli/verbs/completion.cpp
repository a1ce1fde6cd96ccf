// completion: what a shell needs to complete verbs, flags and their words, made from the tables.

#include <fmt/core.h>

#include "base/text.h"
#include "cli/flags.h"
#include "cli/verb.h"

namespace tpuscope {
namespace {

/// The flags of every verb as branches of a case statement.
std::string branches() {
  std::string text;
  for (const auto& [name, verb] : VerbRegistry::instance().all()) {
    std::vector<std::string> words;
    for (const Flag& flag : flags_of(verb))
      words.emplace_back(flag.name);
    text += fmt::format("    {}) words=\"{}\" ;;\n", name, join(words, " "));
  }
  return text;
}

std::string bash_script() {
  return "_tpuscope() {\n"
         "  local words current=${COMP_WORDS[COMP_CWORD]}\n"
         "  COMPREPLY=()\n"
         "  if [[ $COMP_CWORD -eq 1 && $current != -* ]]; then\n"
         "    COMPREPLY=($(compgen -W \"" +
         join(VerbRegistry::instance().names(), " ") +
         "\" -- \"$current\"))\n"
         "    return\n"
         "  fi\n"
         "  [[ $current == -* ]] || return\n"
         "  case ${COMP_WORDS[1]} in\n" +
         branches() +
         "    *) words=\"--help --version\" ;;\n"
         "  esac\n"
         "  COMPREPLY=($(compgen -W \"$words\" -- \"$current\"))\n"
         "}\n"
         "complete -o default -F _tpuscope tpuscope\n";
}

Result<ExitCode> run_completion(const Arguments& arguments, Console& console) {
  const std::string& shell = arguments.positionals().at(0);
  if (shell != "bash" && shell != "zsh") {
    return Error{.code = ErrorCode::kUsage,
                 .message = "there is no completion for " + in_quotes(shell),
                 .hint = did_you_mean(shell, {"bash", "zsh"})};
  }
  // zsh loads a file that opens with this tag, and runs bash's completions after bashcompinit.
  if (shell == "zsh")
    console.out->write("#compdef tpuscope\nautoload -U +X bashcompinit && bashcompinit\n");
  console.out->write(bash_script());
  return ExitCode::kDone;
}

TPU_REGISTER(register_verb(
    {.name = "completion",
     .summary = "prints completion of verbs and flags for a shell",
     .examples = {"source <(tpuscope completion bash)", "tpuscope completion zsh > _tpuscope",
                  "tpuscope completion bash > /etc/bash_completion.d/tpuscope"},
     .positional = {.name = "SHELL", .help = "bash or zsh", .is_required = true},
     .run = run_completion}));

}  // namespace
}  // namespace tpuscope
