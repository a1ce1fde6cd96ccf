// Where blocks come from when a thread has none, and where those go that it has too many of.

#include "base/small_blocks.h"

#include <cstdint>
#include <mutex>
#include <new>

namespace tpuscope {
namespace {

constexpr std::size_t kChunkBytes = std::size_t{1} << 18U;

/// Batches that threads passed on, per kind, and the rests of chunks whose threads have ended.
template <typename Free, std::size_t kinds>
struct Depot {
  std::mutex mutex{};
  std::array<Free*, kinds> batches{};
  Free* rests = nullptr;  ///< `count`: bytes
};

}  // namespace

thread_local constinit std::array<SmallBlocks::List, BlockKinds::kCount> SmallBlocks::lists_{};
thread_local constinit SmallBlocks::Rest SmallBlocks::rest_{};

/// Passes on what a thread has, at its end; and the depot, which only SmallBlocks may look at.
struct SmallBlocksOfThread {
  SmallBlocksOfThread() = default;
  SmallBlocksOfThread(const SmallBlocksOfThread&) = delete;
  SmallBlocksOfThread& operator=(const SmallBlocksOfThread&) = delete;
  ~SmallBlocksOfThread() { SmallBlocks::pass_all_on(); }
  void touch() const {}

  static constinit Depot<SmallBlocks::Free, BlockKinds::kCount> depot;

  static void add(std::size_t kind, SmallBlocks::List batch) {
    batch.first->count = batch.count;
    const std::lock_guard lock(depot.mutex);
    batch.first->next_batch = depot.batches[kind];
    depot.batches[kind] = batch.first;
  }
  static SmallBlocks::List find(std::size_t kind) {
    const std::lock_guard lock(depot.mutex);
    SmallBlocks::Free* first = depot.batches[kind];
    if (first == nullptr) return {};
    depot.batches[kind] = first->next_batch;
    return {first, first->count};
  }
  static void add(SmallBlocks::Rest rest) {
    // The last block reaches as far as the header of the next one would be.
    const std::ptrdiff_t least = SmallBlocks::kHeader + sizeof(SmallBlocks::Free);
    if (rest.end - rest.begin < least) return;
    auto* first = new (rest.begin + SmallBlocks::kHeader) SmallBlocks::Free;
    first->count = static_cast<std::size_t>(rest.end - rest.begin);
    const std::lock_guard lock(depot.mutex);
    first->next_batch = depot.rests;
    depot.rests = first;
  }
  /// Of a thread that has ended, or a chunk of its own.
  static SmallBlocks::Rest find_rest() {
    {
      const std::lock_guard lock(depot.mutex);
      if (SmallBlocks::Free* first = depot.rests; first != nullptr) {
        depot.rests = first->next_batch;
        auto* begin = reinterpret_cast<std::byte*>(first) - SmallBlocks::kHeader;
        return {begin, begin + first->count};
      }
    }
    auto* chunk = static_cast<std::byte*>(std::malloc(kChunkBytes));
    return {chunk, chunk == nullptr ? nullptr : chunk + kChunkBytes};
  }
};

constinit Depot<SmallBlocks::Free, BlockKinds::kCount> SmallBlocksOfThread::depot{};

void* SmallBlocks::take_new(std::size_t kind) {
  static thread_local const SmallBlocksOfThread kAtEnd;
  kAtEnd.touch();
  if (const List batch = SmallBlocksOfThread::find(kind); batch.first != nullptr) {
    lists_[kind] = {batch.first->next, batch.count - 1};
    return batch.first;
  }
  // Headers lie 8 bytes before what is aligned to 16.
  const std::size_t bytes = BlockKinds::bytes_of(kind);
  while (rest_.end - rest_.begin < static_cast<std::ptrdiff_t>(bytes + BlockKinds::kUnit)) {
    const Rest next = SmallBlocksOfThread::find_rest();
    if (next.begin == nullptr) return nullptr;
    rest_ = next;
  }
  void* memory = rest_.begin + BlockKinds::kUnit;
  header_of(memory) = kind;
  rest_.begin += bytes;
  return memory;
}

void* SmallBlocks::take_large(std::size_t bytes) {
  if (bytes > SIZE_MAX - BlockKinds::kUnit) return nullptr;
  auto* all = static_cast<std::byte*>(std::malloc(bytes + BlockKinds::kUnit));
  if (all == nullptr) return nullptr;
  void* memory = all + BlockKinds::kUnit;
  header_of(memory) = kGeneral;
  return memory;
}

void SmallBlocks::give_large(void* memory) {
  std::free(static_cast<std::byte*>(memory) - BlockKinds::kUnit);
}

void SmallBlocks::pass_half_on(std::size_t kind) {
  List& list = lists_[kind];
  const List passed{list.first, list.count / 2};
  Free* last = list.first;
  for (std::size_t i = 1; i < passed.count; ++i)
    last = last->next;
  list = {last->next, list.count - passed.count};
  last->next = nullptr;
  SmallBlocksOfThread::add(kind, passed);
}

void SmallBlocks::pass_all_on() {
  for (std::size_t kind = 1; kind < BlockKinds::kCount; ++kind) {
    if (lists_[kind].first != nullptr) SmallBlocksOfThread::add(kind, lists_[kind]);
    lists_[kind] = {};
  }
  SmallBlocksOfThread::add(rest_);
  rest_ = {};
}

}  // namespace tpuscope
