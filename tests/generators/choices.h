// Choices: the numbers that a generator draws. They come from a seed, or from a list, so that a
// graph can be drawn again, made smaller by making its list smaller, and drawn by a fuzzer that
// changes the list.

#pragma once

#include <cstdint>
#include <random>
#include <span>
#include <vector>

namespace tpuscope::generators {

class Choices {
 public:
  /// Never ends.
  static Choices from_seed(std::uint64_t seed);
  /// The numbers of an earlier run; after the last one every draw gives its lowest value.
  static Choices from_list(std::vector<std::uint32_t> numbers);
  /// Two bytes a number, so that a fuzzer's bytes are choices.
  static Choices from_bytes(std::span<const std::uint8_t> bytes);

  /// low to high. Small numbers are small networks: generators put the plain case at `low`.
  std::int64_t between(std::int64_t low, std::int64_t high);
  /// True in so many of a hundred draws; false is the plain case.
  bool chance(std::int64_t percent) { return between(0, 99) >= 100 - percent; }
  template <typename T>
  T one_of(const std::vector<T>& list) {
    return list[static_cast<std::size_t>(between(0, static_cast<std::int64_t>(list.size()) - 1))];
  }

  /// What was drawn: from_list of it draws the same.
  const std::vector<std::uint32_t>& taken() const { return taken_; }

 private:
  Choices() = default;

  bool is_endless_ = false;
  std::mt19937_64 engine_{};
  std::vector<std::uint32_t> given_{};
  std::vector<std::uint32_t> taken_{};
};

}  // namespace tpuscope::generators
