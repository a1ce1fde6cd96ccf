// Objects of the program lie in SmallBlocks. Forms for arrays and those that do not throw call
// these; objects with an alignment of their own stay with the general allocator.

#include <cstddef>
#include <new>

#include "base/small_blocks.h"

namespace {

/// As the standard has it: until there is memory, or nobody who could make room.
[[gnu::noinline, gnu::cold]] void* take_at_last(std::size_t bytes) {
  while (true) {
    const std::new_handler handler = std::get_new_handler();
    if (handler == nullptr) throw std::bad_alloc();
    handler();
    if (void* memory = tpuscope::SmallBlocks::take(bytes)) return memory;
  }
}

}  // namespace

void* operator new(std::size_t bytes) {
  void* memory = tpuscope::SmallBlocks::take(bytes);
  return memory != nullptr ? memory : take_at_last(bytes);
}

void operator delete(void* memory) noexcept {
  tpuscope::SmallBlocks::give(memory);
}

void operator delete(void* memory, std::size_t) noexcept {
  tpuscope::SmallBlocks::give(memory);
}
