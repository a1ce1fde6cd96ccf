// man: the manual page in roff, made from the tables of the verbs.

#include <string>
#include <string_view>
#include <vector>

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

struct Row {
  std::string_view name{};
  std::string_view text{};
};

/// A section of terms and what they mean.
std::string section(std::string_view title, const std::vector<Row>& rows) {
  std::string text = fmt::format(".SH {}\n", title);
  for (const Row& row : rows)
    text += fmt::format(".TP\n.B {}\n{}\n", roff(row.name), roff(row.text));
  return text;
}

std::string description() {
  return ".SH DESCRIPTION\n"
         "Compiles a neural network as the vendor\\(aqs compiler does, runs its commands on a "
         "model "
         "of the chip, and shows where the time goes, what bounds it and what would help. No chip "
         "is needed.\n.PP\n"
         "A network is an ONNX file, a text or JSON file of tpuscope, the name of a built\\-in one "
         "(tpuscope list models), or a compiled model of the vendor. A network alone means "
         "compare: "
         "latency in each precision and what the optimisations give.\n.PP\n"
         "Results go to standard output, everything else to standard error; a file named \\- is "
         "standard output.\n";
}

std::string sections_behind() {
  return section("EXIT STATUS",
                 {{"0", "done"},
                  {"1",
                   "it ran, and the answer is no: a check found problems, a --fail-on holds, "
                   "a --budget is not kept"},
                  {"2", "usage"},
                  {"3", "input that cannot be read"},
                  {"4", "input that asks for what is not modelled"},
                  {"5", "output that could not be written"},
                  {"70", "a bug in tpuscope"}}) +
         section("ENVIRONMENT",
                 {{"LC_ALL, LC_CTYPE, LANG",
                   "the first that is set decides by its UTF-8 whether "
                   "output has characters beyond ASCII; see --ascii"},
                  {"NO_COLOR", "no colours, unless --color always"},
                  {"CLICOLOR_FORCE, FORCE_COLOR", "colours even where output is no terminal"},
                  {"TERM", "no colours where it is dumb"},
                  {"TMPDIR", "the folder of the file that is left after a bug"}}) +
         section("FILES",
                 {{"*.onnx, *.tpu, *.json", "networks; weights may lie in files beside them"},
                  {"*.bmodel", "compiled models of the vendor"},
                  {"chip files",
                   "the numbers of a machine as JSON: tpuscope list chip NAME "
                   "--chip-template FILE writes one to edit"},
                  {"tpuscope-failure-*.txt",
                   "in the temporary folder: what is needed to repeat a "
                   "bug, without the values of weights"}});
}

std::string examples() {
  std::string text = ".SH EXAMPLES\n.nf\n";
  text += roff("tpuscope swin_t") + "\n" + roff("tpuscope model.onnx --budget 5ms") + "\n";
  for (const auto& [name, verb] : VerbRegistry::instance().all()) {
    if (!verb.examples.empty()) text += roff(verb.examples.front()) + "\n";
  }
  return text + ".fi\n";
}

std::string see_also() {
  return ".SH SEE ALSO\n.BR bash (1),\n.BR fish (1),\n.BR zsh (1),\nwhose completion is made by "
         "tpuscope completion; the terms of all outputs: tpuscope list terms; traces open in "
         "ui.perfetto.dev\n";
}

std::string command_text(const Verb& verb) {
  std::string text = fmt::format(".SS {}\n{}.\n", roff(verb.name), roff(verb.summary));
  if (!verb.positional.name.empty()) {
    text += fmt::format(".TP\n.I {}\n{}\n", roff(verb.positional.name), roff(verb.positional.help));
  }
  for (const Flag& flag : flags_of(verb))
    text += flag_entry(flag);
  text += ".PP\nExamples:\n.nf\n";
  for (const std::string_view example : verb.examples)
    text += roff(example) + "\n";
  return text + ".fi\n";
}

Result<ExitCode> run_man(const Arguments&, Console& console) {
  std::string page = ".TH TPUSCOPE 1 \"\" \"tpuscope " TPUSCOPE_VERSION
                     "\"\n.SH NAME\ntpuscope \\- simulates neural networks on Sophgo's TPUs\n"
                     ".SH SYNOPSIS\n.B tpuscope\n[\\fIVERB\\fR] [\\fIMODEL\\fR] [\\fIFLAGS\\fR]\n" +
                     description() + ".SH COMMANDS\n";
  for (const auto& [name, verb] : VerbRegistry::instance().all())
    page += command_text(verb);
  console.out->write(page + sections_behind() + examples() + see_also());
  return ExitCode::kDone;
}

TPU_REGISTER(register_verb({.name = "man",
                            .summary = "prints the manual page",
                            .examples = {"tpuscope man | man -l -", "tpuscope man > tpuscope.1",
                                         "tpuscope man | less"},
                            .run = run_man}));

}  // namespace
}  // namespace tpuscope
