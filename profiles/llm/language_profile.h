// LanguageProfile: how long a language model takes to its first token and for each further one, and
// what that time consists of. A token is a program of several nets; equal ones are simulated once.

#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/units.h"
#include "graph/language/language_nets.h"
#include "passes/compile.h"

namespace tpuscope {

/// What drives the device, see Chip::overhead.
enum class HostPreset : std::uint8_t { kCpp, kPython };
std::string_view name_of(HostPreset host);
/// "cpp", "python"; a usage error otherwise.
Result<HostPreset> parse_host(std::string_view name);

/// "w4bf16", "w8f16", "bf16": bits of weights and the type of everything else.
Result<LanguageTypes> parse_language_precision(std::string_view name);
std::string language_precision_name(const LanguageTypes& types);
/// "f16", "bf16", "w4", "w8", and the whole names: bits of the head's weights.
Result<std::int64_t> parse_head_precision(std::string_view name);

struct LanguageOptions {
  std::string chip = "bm1684x";
  ChipOverrides overrides{};
  std::optional<std::int64_t> cores{};
  LanguageTypes types{};
  std::int64_t context = 512;  ///< tokens that the cache holds
  std::int64_t prefill = 512;  ///< tokens of the prompt
  HostPreset host = HostPreset::kCpp;
  /// A vision tower whose results stand for tokens of the prompt; null: text alone.
  std::shared_ptr<const Graph> vision{};
};

/// As a net of the model is compiled: in half precision, also where it begins and ends.
Configuration configuration_of(const LanguageOptions& options);

/// What time is spent on.
enum class LanguageCause : std::uint8_t {
  kWeights,    ///< waiting for weights, scales and rows of blocks' products
  kProducts,   ///< products and what unpacks their weights
  kCache,      ///< waiting for keys, values and masks
  kAttention,  ///< arithmetic of attention
  kSmall,      ///< norms, activations, sums, rotations
  kHead,       ///< all of the head
  kEmbedding,  ///< all of the embedding
  kVision,     ///< all of the vision tower
  kCopies,     ///< of a prompt's keys and values into the cache
  kLaunches,   ///< between nets in the queue
  kHost,       ///< what the program on the host adds
};
inline constexpr std::size_t kLanguageCauses = 11;
std::string_view key_of(LanguageCause cause);
std::string_view title_of(LanguageCause cause);

using CauseTimes = std::array<Picoseconds, kLanguageCauses>;

/// A net as often as the program runs it.
struct NetFigures {
  std::string name{};
  std::int64_t count = 1;
  Picoseconds time{};           ///< of one, from its first command to its last
  std::int64_t read_bytes = 0;  ///< payload that one loads, or copies within DDR
  std::int64_t written_bytes = 0;
  Picoseconds bdc_busy{};
  Picoseconds gdma_busy{};
  std::size_t commands = 0;
  CauseTimes causes{};  ///< of one; they add up to its time

  Picoseconds total() const { return {time.value * count}; }
};

/// A run of the program: a prompt or a token.
struct PhaseFigures {
  std::vector<NetFigures> nets{};
  CauseTimes causes{};  ///< of the phase; they add up to `time`
  Picoseconds time{};
  Picoseconds low{};  ///< within which 80 % of measured runs lie
  Picoseconds high{};
};

/// Bytes in DDR.
struct LanguageFootprint {
  std::int64_t weights = 0;  ///< with embedding and head
  std::int64_t cache = 0;    ///< keys and values of the whole context
  std::int64_t activations = 0;
  std::int64_t runtime = 0;
  std::int64_t capacity = 0;  ///< of the board

  std::int64_t model() const { return weights + cache; }
  std::int64_t total() const { return model() + activations + runtime; }
};

struct LanguageProfile {
  std::string source{};
  LanguageModel model{};
  LanguageOptions options{};
  std::int64_t cores = 1;
  PhaseFigures decode{};
  PhaseFigures prefill{};
  LanguageFootprint footprint{};
  std::int64_t largest_context = 0;  ///< that fits the board
  std::vector<std::string> notes{};

  double tokens_per_second() const;
};

/// The footprint of the configuration at a context.
LanguageFootprint footprint_of(const LanguageModel& model, const LanguageOptions& options,
                               const Chip& chip);
/// The longest context whose footprint fits the board; 0: none.
std::int64_t largest_context(const LanguageModel& model, const LanguageOptions& options,
                             const Chip& chip);

/// Simulates the nets of the model. Errors: a context that does not fit, a group that does not
/// divide, a chip without half precision.
Result<LanguageProfile> profile_language(const LanguageModel& model,
                                         const LanguageOptions& options);

/// What one net takes besides its commands; `cache` bytes are handed to it.
struct NetOverhead {
  Picoseconds launch{};
  Picoseconds host{};
};
NetOverhead overhead_of(const Chip& chip, HostPreset host, std::int64_t cache);
/// The prompt's keys and values of a layer, as two copies within DDR.
Picoseconds copies_of(const Chip& chip, const LanguageModel& model, std::int64_t tokens);

/// The nets of a token and of a prompt, each once.
Result<std::vector<Graph>> language_nets(const LanguageModel& model,
                                         const LanguageOptions& options);

/// One token and a prompt, without causes: what curves and tables ask for.
struct LanguageTimes {
  Picoseconds token{};
  Picoseconds first_token{};
};
/// `rows`: tokens that a step decodes at once.
Result<Picoseconds> token_time(const LanguageModel& model, const LanguageOptions& options,
                               std::int64_t rows = 1);
Result<Picoseconds> first_token_time(const LanguageModel& model, const LanguageOptions& options);

}  // namespace tpuscope
