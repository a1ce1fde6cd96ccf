// SmallBlocks: memory for objects and small vectors, from lists that each thread has for itself. A
// study plans and simulates hundreds of variants on several threads, and a third of its time went
// into the general allocator: its short lists per thread, its locks beyond them, and the joining of
// free neighbours, which are taken apart again at once. Here a block keeps its size for good:
// taking and giving one are a dozen instructions. Threads pass what they have too much of, and at
// their end all, on to the next.
//
// Only the program replaces its operators by these (cli/operator_new.cpp); a module within another
// program may not.

#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstdlib>

namespace tpuscope {

/// Sizes of blocks, by a number each: in units up to `kFine` bytes, then four to each doubling.
struct BlockKinds {
  static constexpr std::size_t kUnit = 16;
  static constexpr std::size_t kFine = 1024;
  static constexpr std::size_t kLargest = 32768;
  static constexpr std::size_t kCount = kFine / kUnit + 4 * 5 + 1;  ///< with number 0, of no block

  /// The kind of the smallest blocks that hold so many bytes, 1 or more.
  static constexpr std::size_t kind_for(std::size_t bytes) {
    if (bytes <= kFine) return (bytes + kUnit - 1) / kUnit;
    const auto shift = static_cast<std::size_t>(std::bit_width(bytes - 1)) - 3;
    return kFine / kUnit + 4 * (shift - 8) + ((bytes - 1) >> shift) - 3;
  }
  static constexpr std::size_t bytes_of(std::size_t kind) {
    if (kind <= kFine / kUnit) return kind * kUnit;
    const std::size_t step = kind - kFine / kUnit - 1;
    return (step % 4 + 5) << (step / 4 + 8);
  }
};

class SmallBlocks {
 public:
  /// Memory for so many bytes, aligned for every object; null when there is none left. From the
  /// general allocator where it is more than a block holds.
  static void* take(std::size_t bytes) {
    if (bytes > BlockKinds::kLargest - kHeader) return take_large(bytes);
    const std::size_t kind = BlockKinds::kind_for(std::max(bytes, sizeof(Free)) + kHeader);
    List& list = lists_[kind];
    if (list.first == nullptr) return take_new(kind);
    Free* block = list.first;
    list.first = block->next;
    --list.count;
    return block;
  }

  /// Gives back what `take` gave, on whatever thread; null does nothing.
  static void give(void* memory) {
    if (memory == nullptr) return;
    const std::size_t kind = kind_of(memory);
    if (kind == kGeneral) return give_large(memory);
    List& list = lists_[kind];
    auto* block = static_cast<Free*>(memory);
    block->next = list.first;
    list.first = block;
    if (++list.count >= most_of(kind)) pass_half_on(kind);
  }

 private:
  friend struct SmallBlocksOfThread;

  /// What is in a block that nobody uses.
  struct Free {
    Free* next = nullptr;
    Free* next_batch = nullptr;  ///< of the first in a batch that was passed on
    std::size_t count = 0;       ///< as above: blocks of the batch
  };
  struct List {
    Free* first = nullptr;
    std::size_t count = 0;
  };
  /// Memory that no block was cut from yet.
  struct Rest {
    std::byte* begin = nullptr;
    std::byte* end = nullptr;
  };

  /// In front of a block: its kind, kGeneral where it is the general allocator's.
  static constexpr std::size_t kHeader = sizeof(std::uint64_t);
  static constexpr std::size_t kGeneral = 0;

  /// Blocks of a kind that a thread keeps.
  static std::size_t most_of(std::size_t kind) {
    static constexpr std::array<std::uint16_t, BlockKinds::kCount> kMost = [] {
      constexpr std::size_t kBytes = std::size_t{1} << 17U;
      std::array<std::uint16_t, BlockKinds::kCount> most{};
      for (std::size_t i = 1; i < most.size(); ++i)
        most[i] = static_cast<std::uint16_t>(kBytes / BlockKinds::bytes_of(i));
      return most;
    }();
    return kMost[kind];
  }
  static std::uint64_t& header_of(void* memory) {
    return *(static_cast<std::uint64_t*>(memory) - 1);
  }
  static std::size_t kind_of(void* memory) { return header_of(memory); }

  static void* take_new(std::size_t kind);
  static void* take_large(std::size_t bytes);
  static void give_large(void* memory);
  static void pass_half_on(std::size_t kind);
  static void pass_all_on();

  static thread_local constinit std::array<List, BlockKinds::kCount> lists_;
  static thread_local constinit Rest rest_;
};

}  // namespace tpuscope
