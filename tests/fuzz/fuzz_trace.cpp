// Any text is either refused with an error or a trace that keeps the rules of viewers.

#include "profiles/views/trace/trace_check.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tpuscope;
  const auto read = check_trace(as_text(data, size), "fuzz.json");
  TPU_CHECK(read.ok() || !read.error().message.empty(), "refused without a reason");
  return 0;
}
