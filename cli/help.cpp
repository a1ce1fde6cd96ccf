// Layout of the help texts.

#include "cli/help.h"

#include <algorithm>

#include <fmt/core.h>

#include "base/terminal.h"
#include "cli/flags.h"

namespace tpuscope {
namespace {

constexpr std::string_view kCompiler =
#if defined(__clang__)
    "Clang " __clang_version__;
#else
    "GCC " __VERSION__;
#endif

/// "  -o, --output FILE".
std::string flag_usage(const Flag& flag) {
  std::string text = flag.letter.empty() ? "  " : fmt::format("  {}, ", flag.letter);
  text += flag.name;
  if (!flag.value.empty()) text += fmt::format(" {}", flag.value);
  return text;
}

std::string flag_help(const Flag& flag) {
  std::string text(flag.help);
  if (!flag.fallback.empty()) text += fmt::format(" (default {})", flag.fallback);
  if (flag.repeats) text += "; may be repeated";
  return text;
}

}  // namespace

std::string program_help() {
  std::string text =
      "tpuscope: simulates neural networks on Sophgo's TPUs, and shows where the time goes.\n"
      "\n"
      "  tpuscope swin_t                              the demo: a built-in Swin Transformer\n"
      "  tpuscope model.onnx                          latency in each precision, what bounds it, "
      "what "
      "the passes give\n"
      "  tpuscope model.onnx --budget 5ms             is it fast enough? exit status 1 where not\n"
      "  tpuscope profile model.onnx --html page.html one configuration by itself, as a page\n"
      "\n"
      "Verbs:\n";
  std::size_t width = 0;
  for (const auto& [name, verb] : VerbRegistry::instance().all())
    width = std::max(width, name.size());
  for (const auto& [name, verb] : VerbRegistry::instance().all())
    text += fmt::format("  {}  {}\n", left_aligned(name, width), verb.summary);
  return text +
         "\n`tpuscope VERB --help` explains one; a model alone means `compare`; --version tells "
         "the version.\n";
}

std::string verb_help(const Verb& verb, const Terminal& terminal) {
  std::string text = fmt::format("tpuscope {}: {}\n\n", verb.name, verb.summary);
  for (const std::string_view example : verb.examples)
    text += fmt::format("  {}\n", example);
  const std::vector<Flag> flags = flags_of(verb);
  std::size_t width = verb.positional.name.size() + 2;
  for (const Flag& flag : flags)
    width = std::max(width, flag_usage(flag).size());
  // Beside the flags where there is room for words, else below each of them.
  constexpr std::size_t kLeastRoom = 40;
  constexpr std::size_t kIndent = 8;
  const bool is_beside = !terminal.cut_names || width + 2 + kLeastRoom <= terminal.width;
  const std::size_t column = is_beside ? width + 2 : kIndent;
  const auto entry = [&](const std::string& usage, const std::string& help) {
    const std::string begin =
        is_beside ? left_aligned(usage, column) : usage + "\n" + std::string(column, ' ');
    return begin + wrapped(help, column, column, terminal);
  };
  text += "\n";
  if (!verb.positional.name.empty()) {
    std::string help(verb.positional.help);
    if (!verb.positional.fallback.empty()) {
      help += fmt::format(" (default {})", verb.positional.fallback);
    }
    text += entry("  " + std::string(verb.positional.name), help);
  }
  for (const Flag& flag : flags)
    text += entry(flag_usage(flag), flag_help(flag));
  return text;
}

std::string version_text() {
  return fmt::format("tpuscope {} ({})\n", TPUSCOPE_VERSION, kCompiler);
}

}  // namespace tpuscope
