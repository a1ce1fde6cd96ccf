// The road after the readers: a network as text under a line that says how it runs. What reads as
// such is rewritten, planned, simulated, verified and written in every format. The mutator changes
// ops, extents and attributes of networks that read, and bytes of those that do not.

#include <algorithm>
#include <cstring>

#include "tests/fuzz/fuzz.h"
#include "tests/generators/mutate.h"
#include "tests/generators/sound.h"

extern "C" {
/// libFuzzer's own mutator; there is none where the stored corpus is replayed.
__attribute__((weak)) std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size,
                                                   std::size_t max_size);
std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t max_size,
                                    unsigned int seed);
}

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tpuscope;
  const auto read = generators::parse_case(as_text(data, size));
  if (!read.ok() || !verify(read->network).ok()) return 0;
  if (generators::is_large(read->network)) return 0;
  const generators::Soundness verdict =
      generators::sound(read->network, read->configuration, generators::Depth::kFormats);
  TPU_CHECK(verdict.kind != generators::Soundness::Kind::kBroken, "{}", verdict.text);
  return 0;
}

std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t max_size,
                                    unsigned int seed) {
  using namespace tpuscope;
  generators::Choices choices = generators::Choices::from_seed(seed);
  const auto read = generators::parse_case(as_text(data, size));
  if (!read.ok() || !verify(read->network).ok() || choices.chance(5)) {
    return LLVMFuzzerMutate == nullptr ? size : LLVMFuzzerMutate(data, size, max_size);
  }
  Configuration configuration = read->configuration;
  if (choices.chance(20)) configuration = generators::draw_configuration(choices);
  const std::string text =
      generators::case_text(generators::mutated(read->network, choices), configuration);
  if (text.size() > max_size) return size;
  std::memcpy(data, text.data(), text.size());
  return text.size();
}
