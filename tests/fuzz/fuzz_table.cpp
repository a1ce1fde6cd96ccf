// Any text is either refused with an error or a precision table.

#include "passes/precision/precision_table.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tpuscope;
  const auto read = parse_precision_table(as_text(data, size), "fuzz.json");
  TPU_CHECK(read.ok() || !read.error().message.empty(), "refused without a reason");
  return 0;
}
