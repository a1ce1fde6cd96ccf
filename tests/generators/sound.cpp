// The road of one run with every check: see sound.h.

#include "tests/generators/sound.h"

#include <algorithm>
#include <cctype>
#include <exception>
#include <memory>

#include <fmt/core.h>

#include "profiles/report/excess.h"
#include "profiles/report/report.h"
#include "sim/verify/schedule_check.h"
#include "tests/generators/formats.h"
#include "tests/generators/networks.h"

namespace tpuscope::generators {
namespace {

constexpr std::string_view kConfigurationMark = "# run: ";
/// Of a run: more take seconds and find what fewer do.
constexpr std::int64_t kMostCommands = 250'000;
constexpr std::int64_t kMostFigure = std::int64_t{1} << 62;

Soundness broken(std::string text) {
  return {Soundness::Kind::kBroken, std::move(text)};
}

/// A refusal says that something is not modelled or too large; all else is a fault of ours, since
/// the network is valid.
template <typename T>
Soundness verdict_of(const Result<T>& failed, std::string_view step) {
  std::string text = std::string(step) + ": " + failed.error().message;
  const bool is_refusal = failed.error().code == ErrorCode::kUnsupported;
  return {is_refusal ? Soundness::Kind::kRefused : Soundness::Kind::kBroken, std::move(text)};
}

bool is_figure(std::int64_t value) {
  return value >= 0 && value <= kMostFigure;
}

/// The first figure of a command that cannot be one; null when all can.
const char* wrong_figure(const Command& command) {
  const std::pair<const char*, std::int64_t> figures[] = {
      {"initial cycles", command.cost.initial}, {"useful cycles", command.cost.useful},
      {"padding cycles", command.cost.padding}, {"conflict cycles", command.cost.conflict},
      {"cycles", command.cost.total()},         {"bytes", command.bytes},
      {"bytes read", command.ddr_read},         {"bytes written", command.ddr_write},
      {"useful ops", command.useful_ops},       {"issued ops", command.issued_ops}};
  for (const auto& [name, value] : figures) {
    if (!is_figure(value)) return name;
  }
  return nullptr;
}

std::string problem_of_figures(const Profile& profile) {
  for (const Command& command : profile.simulation.program.commands) {
    if (const char* figure = wrong_figure(command))
      return fmt::format("a command has wrong {}", figure);
    if (command.useful_ops > command.issued_ops)
      return fmt::format("{} useful ops of {} issued", command.useful_ops, command.issued_ops);
  }
  const Timeline& timeline = profile.simulation.timeline;
  for (std::size_t i = 0; i < timeline.start.size(); ++i) {
    const bool is_ordered = timeline.start[i].value >= 0 && timeline.start[i] <= timeline.end[i] &&
                            timeline.end[i] <= timeline.makespan;
    if (!is_ordered) return "a command is outside of the run";
  }
  if (!is_figure(timeline.makespan.value)) return "a makespan that is none";
  const Bounds& bounds = profile.simulation.bounds;
  if (!is_figure(bounds.ddr_bytes) || !is_figure(bounds.macs) || bounds.time().value < 0)
    return "a bound that is none";
  if (profile.report.waterfall.total() != timeline.makespan)
    return fmt::format("the waterfall adds up to {} ps of {}",
                       profile.report.waterfall.total().value, timeline.makespan.value);
  const Excess excess = excess_of(profile.report.summary);
  if (excess.times > 0 && !excess.is_explained(bounds.time()))
    return fmt::format("takes {:.1f} x its bound for no reason", excess.times);
  return "";
}

Soundness judged(const Graph& network, const Configuration& asked, Depth depth) {
  Configuration configuration = asked;
  configuration.groups.max_commands = kMostCommands;
  const std::string text = to_text(network);
  Result<Graph> read = parse_graph(text, "drawn");
  if (!read.ok()) return broken("its text does not read back: " + read.error().message);
  if (to_text(*read) != text) return broken("its text reads back as another network");
  Compiler compiler(*std::move(read));
  const auto chip = compiler.chip(configuration);
  if (!chip.ok()) return verdict_of(chip, "the chip");
  const NetworkKey key = network_key(configuration, **chip);
  Result<Network> rewritten =
      rewrite(compiler.imported(), key.precision, {.switches = key.passes, .verify_each = true});
  if (!rewritten.ok()) return verdict_of(rewritten, "rewriting");
  if (!rewritten->passes.reached_fixed_point) return broken("the passes come to no rest");
  const Result<Run> run =
      compiler.run(std::make_shared<const Network>(*std::move(rewritten)), configuration);
  if (!run.ok()) return verdict_of(run, "running");
  const Simulation& simulation = run->simulation;
  const Errors violations =
      check_schedule(run->network->graph, *run->chip, simulation.program, simulation.timeline);
  if (!violations.empty()) return broken("violated: " + violations.front().message);
  const Profile profile = make_profile(*run, configuration, {.model = "drawn"});
  std::string problem = problem_of_figures(profile);
  if (problem.empty() && depth == Depth::kFormats) problem = problem_of_formats(profile);
  return problem.empty() ? Soundness{} : broken(problem);
}

}  // namespace

Soundness sound(const Graph& network, const Configuration& configuration, Depth depth) {
  try {
    return judged(network, configuration, depth);
  } catch (const std::exception& failure) {
    return broken(std::string("internal error: ") + failure.what());
  }
}

std::string case_text(const Graph& network, const Configuration& configuration) {
  return std::string(kConfigurationMark) + configuration_text(configuration) + "\n" +
         to_text(network);
}

Result<DrawnCase> parse_case(std::string_view text) {
  const std::size_t mark = text.find(kConfigurationMark);
  if (mark == std::string_view::npos) return Error{.message = "there is no line with \"# run:\""};
  const std::string_view line = text.substr(mark + kConfigurationMark.size());
  DrawnCase found;
  TPU_TRY(found.configuration, parse_configuration(line.substr(0, line.find('\n'))));
  TPU_TRY(found.network, parse_graph(text, "case"));
  return found;
}

Soundness sound_case(std::string_view text) {
  const Result<DrawnCase> found = parse_case(text);
  if (!found.ok()) return broken("no case: " + found.error().message);
  return sound(found->network, found->configuration);
}

bool is_large(const Graph& network) {
  constexpr std::int64_t kLarge = std::int64_t{1} << 24;
  std::int64_t elements = 0;
  for (const OpId op : network.ops()) {
    for (const Tensor& result : network[op].results) {
      elements += std::min(result.type.elements(), kLarge);
      if (elements > kLarge) return true;
    }
  }
  return false;
}

DrawnCase draw_case(Choices& choices) {
  // The configuration first, so that it stays while the network's choices are made fewer.
  DrawnCase drawn;
  drawn.configuration = draw_configuration(choices);
  drawn.network = draw_network(choices);
  return drawn;
}

std::string kind_of_finding(const std::string& text) {
  std::string kind;
  int depth = 0;
  std::string word;
  const auto finish_word = [&] {
    // Names of drawn tensors are a letter with a number, as are addresses.
    const bool is_name = word.find_first_of("_0123456789") != std::string::npos || word.size() == 1;
    if (!is_name) kind += word;
    word.clear();
  };
  for (const char c : text) {
    if (c == '(') ++depth;
    if (depth == 0) {
      const bool is_word = std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
      if (is_word) {
        word += c;
      } else {
        finish_word();
        kind += c;
      }
    }
    if (c == ')' && depth > 0) --depth;
  }
  finish_word();
  return kind;
}

}  // namespace tpuscope::generators
