// Any text is either refused with an error or points of a sweep.

#include "profiles/sweep/points_file.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tpuscope;
  const auto read = parse_points(as_text(data, size), "fuzz.jsonl");
  TPU_CHECK(read.ok() || !read.error().message.empty(), "refused without a reason");
  return 0;
}
