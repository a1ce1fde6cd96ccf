// sound: does a network run as it must, or get a clear refusal? What the tests, scripts/soak and a
// fuzz target ask of every drawn network.

#pragma once

#include <string>
#include <vector>

#include "graph/graph.h"
#include "tests/generators/configuration.h"

namespace tpuscope::generators {

struct Verdict {
  enum class Kind : std::uint8_t { kSound, kRefused, kBroken };
  Kind kind = Kind::kSound;
  std::string text{};  ///< of a refusal or of what is broken
};

/// The way of `check` and `profile` from a network to its report. Broken is:
/// - the text form that does not read back, a pass that leaves no valid graph;
/// - an error that is no refusal, an internal error;
/// - a bound above the time or the bytes, a schedule that the verifier objects to;
/// - a figure that is negative or above 2^62, parts that do not add up to their whole.
Verdict sound(const Graph& network, const Configuration& configuration);

/// A network with its configuration as they are stored: a comment with the latter, then the text
/// form.
std::string case_text(const Graph& network, const Configuration& configuration);
/// Runs sound() on what case_text wrote; comments may stand above the configuration's line.
Verdict sound_case(std::string_view text);

/// The network and the configuration that the choices draw.
struct DrawnCase {
  Graph network{};
  Configuration configuration{};
};
DrawnCase draw_case(Choices& choices);

/// What is broken without its numbers and names, so that equal kinds of findings have one key.
std::string kind_of_finding(const std::string& text);

}  // namespace tpuscope::generators
