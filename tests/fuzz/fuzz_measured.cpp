// Any text is either refused with an error or a table of measured latencies.

#include "profiles/accuracy/measurement.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tpuscope;
  const auto read = parse_measurements(as_text(data, size), "fuzz.csv");
  TPU_CHECK(read.ok() || !read.error().message.empty(), "refused without a reason");
  return 0;
}
