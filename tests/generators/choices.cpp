// Draws from an engine or a list: see choices.h.

#include "tests/generators/choices.h"

namespace tpuscope::generators {

Choices Choices::from_seed(std::uint64_t seed) {
  Choices choices;
  choices.is_endless_ = true;
  choices.engine_.seed(seed);
  return choices;
}

Choices Choices::from_list(std::vector<std::uint32_t> numbers) {
  Choices choices;
  choices.given_ = std::move(numbers);
  return choices;
}

Choices Choices::from_bytes(std::span<const std::uint8_t> bytes) {
  std::vector<std::uint32_t> numbers;
  for (std::size_t i = 0; i + 1 < bytes.size(); i += 2)
    numbers.push_back(static_cast<std::uint32_t>(bytes[i] | (bytes[i + 1] << 8U)));
  return from_list(std::move(numbers));
}

std::int64_t Choices::between(std::int64_t low, std::int64_t high) {
  if (high <= low) return low;
  // Not std::uniform_int_distribution: its numbers differ between libraries.
  const auto count = static_cast<std::uint64_t>(high - low + 1);
  std::uint64_t number = 0;
  if (is_endless_) {
    number = engine_();
  } else if (taken_.size() < given_.size()) {
    number = given_[taken_.size()];
  }
  number %= count;
  taken_.push_back(static_cast<std::uint32_t>(number));
  return low + static_cast<std::int64_t>(number);
}

}  // namespace tpuscope::generators
