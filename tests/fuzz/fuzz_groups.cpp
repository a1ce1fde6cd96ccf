// Any text is either refused with an error or a file of layer groups.

#include "passes/planner/group_cache.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tpuscope;
  const auto read = parse_group_cache(as_text(data, size), "fuzz.json");
  TPU_CHECK(read.ok() || !read.error().message.empty(), "refused without a reason");
  return 0;
}
