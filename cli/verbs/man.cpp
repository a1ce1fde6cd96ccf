// man: the manual page in roff, made from the tables of the verbs.

#include <fmt/core.h>

#include "cli/flags.h"
#include "cli/verb.h"

namespace tpuscope {
namespace {

/// Text as roff shows it: hyphens that can be copied, no line that starts a request.
std::string roff(std::string_view text) {
  std::string escaped;
  for (const char byte : text) {
    if (byte == '\\') {
      escaped += "\\e";
    } else if (byte == '-') {
      escaped += "\\-";
    } else {
      if ((byte == '.' || byte == '\'') && escaped.empty()) escaped += "\\&";
      escaped += byte;
    }
  }
  return escaped;
}

std::string flag_entry(const Flag& flag) {
  std::string text = ".TP\n.B " + roff(flag.letter.empty() ? "" : std::string(flag.letter) + ", ") +
                     roff(flag.name);
  if (!flag.value.empty()) text += " \\fI" + roff(flag.value) + "\\fR";
  text += "\n" + roff(flag.help);
  if (!flag.fallback.empty()) text += " (default " + roff(flag.fallback) + ")";
  return text + "\n";
}

Result<ExitCode> run_man(const Arguments&, Console& console) {
  std::string page = ".TH TPUSCOPE 1 \"\" \"tpuscope " TPUSCOPE_VERSION
                     "\"\n.SH NAME\ntpuscope \\- simulates neural networks on Sophgo's TPUs\n"
                     ".SH SYNOPSIS\n.B tpuscope\n[\\fIVERB\\fR] [\\fIMODEL\\fR] [\\fIFLAGS\\fR]\n";
  for (const auto& [name, verb] : VerbRegistry::instance().all()) {
    page += fmt::format(".SH {}\n{}.\n", roff(name), roff(verb.summary));
    if (!verb.positional.name.empty()) {
      page +=
          fmt::format(".TP\n.I {}\n{}\n", roff(verb.positional.name), roff(verb.positional.help));
    }
    for (const Flag& flag : flags_of(verb))
      page += flag_entry(flag);
    page += ".PP\nExamples:\n.nf\n";
    for (const std::string_view example : verb.examples)
      page += roff(example) + "\n";
    page += ".fi\n";
  }
  console.out->write(page);
  return ExitCode::kDone;
}

TPU_REGISTER(register_verb({.name = "man",
                            .summary = "prints the manual page",
                            .examples = {"tpuscope man | man -l -", "tpuscope man > tpuscope.1",
                                         "tpuscope man | less"},
                            .run = run_man}));

}  // namespace
}  // namespace tpuscope
