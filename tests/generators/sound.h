// sound: does a network run as it must, or get a clear refusal? What the tests, scripts/soak and a
// fuzz target ask of every drawn network.

#pragma once

#include <string>
#include <vector>

#include "graph/graph.h"
#include "tests/generators/configuration.h"

namespace tpuscope::generators {

struct Soundness {
  enum class Kind : std::uint8_t { kSound, kRefused, kBroken };
  Kind kind = Kind::kSound;
  std::string text{};  ///< of a refusal or of what is broken
};

/// What is looked at of a run.
enum class Depth : std::uint8_t {
  kFigures,  ///< its commands, times and report
  kFormats,  ///< also every format in which it and its network are written
};

/// The way of `check` and `profile` from a network to its report. Broken is:
/// - the text form that does not read back, a pass that leaves no valid graph;
/// - an error that is no refusal, an internal error;
/// - a bound above the time or the bytes, a schedule that the verifier objects to;
/// - a figure that is negative or above 2^62, parts that do not add up to their whole;
/// - a time beyond the launch and six times the bound of which the report names no cause.
Soundness sound(const Graph& network, const Configuration& configuration,
                Depth depth = Depth::kFigures);

/// A network with its configuration as they are stored: a comment with the latter, then the text
/// form.
std::string case_text(const Graph& network, const Configuration& configuration);

struct DrawnCase {
  Graph network{};
  Configuration configuration{};
};
/// The network and the configuration that the choices draw.
DrawnCase draw_case(Choices& choices);
/// What case_text wrote; comments may stand above the configuration's line.
Result<DrawnCase> parse_case(std::string_view text);
/// Runs sound() on what case_text wrote.
Soundness sound_case(std::string_view text);

/// Whether a run takes more than a test has time for: tensors of more than 2^24 elements together.
bool is_large(const Graph& network);

/// What is broken without its numbers and names, so that equal kinds of findings have one key.
std::string kind_of_finding(const std::string& text);

}  // namespace tpuscope::generators
