// Blocks hold what they are asked for, apart from each other, on whatever thread they are given.

#include "base/small_blocks.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <set>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

namespace tpuscope {
namespace {

TEST_CASE("a kind is that of the smallest blocks that hold so many bytes") {
  for (std::size_t bytes = 1; bytes <= BlockKinds::kLargest; ++bytes) {
    const std::size_t kind = BlockKinds::kind_for(bytes);
    REQUIRE(kind < BlockKinds::kCount);
    REQUIRE(BlockKinds::bytes_of(kind) >= bytes);
    REQUIRE(BlockKinds::bytes_of(kind - 1) < bytes);
  }
  CHECK(BlockKinds::kind_for(BlockKinds::kLargest) == BlockKinds::kCount - 1);
}

struct Taken {
  unsigned char* memory = nullptr;
  std::size_t bytes = 0;
  unsigned char mark = 0;
};

/// Blocks of many sizes, each filled with a mark of its own.
std::vector<Taken> taken() {
  std::vector<Taken> blocks;
  std::size_t bytes = 0;
  for (std::size_t i = 0; i < 3000; ++i) {
    auto* memory = static_cast<unsigned char*>(SmallBlocks::take(bytes));
    REQUIRE(memory != nullptr);
    CHECK(reinterpret_cast<std::uintptr_t>(memory) % alignof(std::max_align_t) == 0);
    blocks.push_back({memory, bytes, static_cast<unsigned char>(i)});
    std::memset(memory, blocks.back().mark, bytes);
    bytes = (bytes * 7 + 13) % 40000;
  }
  return blocks;
}

void give_all(const std::vector<Taken>& blocks) {
  for (const Taken& block : blocks)
    SmallBlocks::give(block.memory);
}

bool are_whole(const std::vector<Taken>& blocks) {
  return std::all_of(blocks.begin(), blocks.end(), [](const Taken& block) {
    return std::all_of(block.memory, block.memory + block.bytes,
                       [&](unsigned char byte) { return byte == block.mark; });
  });
}

TEST_CASE("blocks do not overlap, whatever was given back before") {
  SmallBlocks::give(nullptr);
  give_all(taken());
  const std::vector<Taken> first = taken();
  const std::vector<Taken> second = taken();
  CHECK(are_whole(first));
  CHECK(are_whole(second));
  give_all(first);
  CHECK(are_whole(second));
  give_all(second);
}

TEST_CASE("what other threads gave is taken again") {
  std::vector<Taken> made;
  std::thread maker([&] { made = taken(); });
  maker.join();
  CHECK(are_whole(made));
  std::thread giver([&] { give_all(made); });
  giver.join();
  std::set<const unsigned char*> known;
  for (const Taken& block : made)
    known.insert(block.memory);
  const std::vector<Taken> again = taken();
  CHECK(are_whole(again));
  CHECK(std::any_of(again.begin(), again.end(),
                    [&](const Taken& block) { return known.contains(block.memory); }));
  give_all(again);
}

TEST_CASE("more than there can be is refused") {
  CHECK(SmallBlocks::take(SIZE_MAX) == nullptr);
  CHECK(SmallBlocks::take(SIZE_MAX - 8) == nullptr);
}

}  // namespace
}  // namespace tpuscope
