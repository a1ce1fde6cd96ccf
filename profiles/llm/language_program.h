// The nets of a language model as programs: all of a token or of a prompt in a row, with what the
// runtime and the host take between them, and each net alone.

#pragma once

#include <string>
#include <vector>

#include "profiles/llm/language_profile.h"
#include "profiles/report/report.h"

namespace tpuscope {

enum class LanguagePhase : std::uint8_t { kToken, kPrompt };
/// "decode", "prefill": what runs of program files are called.
std::string_view name_of(LanguagePhase phase);

/// A net as often as a phase runs it in a row.
struct LanguageStep {
  Graph graph{};
  std::int64_t count = 1;
  std::int64_t cache_bytes = 0;   ///< of its layer, which a host may hand over
  std::int64_t copied_bytes = 0;  ///< of a prompt's keys and values, into the cache
};
Result<std::vector<LanguageStep>> language_steps(const LanguageModel& model,
                                                 const LanguageOptions& options,
                                                 LanguagePhase phase);

/// All of a phase as one graph, see join_nets.
Result<Graph> language_program(const LanguageModel& model, const LanguageOptions& options,
                               LanguagePhase phase);

/// What a phase takes beside its nets.
struct BetweenNets {
  Picoseconds launches{};
  Picoseconds host{};
  Picoseconds copies{};  ///< of a prompt's keys and values into the cache
};
BetweenNets between_nets(const LanguageModel& model, const LanguageOptions& options,
                         LanguagePhase phase, const Chip& chip);

/// Four of five boards measure within this factor of a phase's time, in either direction.
double spread_of(const LanguageOptions& options, LanguagePhase phase);

/// The file that `profile` and other verbs take for these programs: runs by phase, each net in a
/// file of its own beside it.
Result<std::string> program_file(const LanguageModel& model, const LanguageOptions& options);

/// The ordinary report of a net or a program of the profile's model.
Result<Profile> profile_of(Graph graph, const LanguageProfile& profile);

}  // namespace tpuscope
