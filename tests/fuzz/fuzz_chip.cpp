// Any text is either refused with an error or a chip that is written as JSON which reads back to
// the same JSON.

#include "sim/chip/chip.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tpuscope;
  const Result<Chip> chip = parse_chip(as_text(data, size), "fuzz.json");
  if (!chip.ok()) return 0;
  const std::string written = to_json(*chip);
  const Result<Chip> again = parse_chip(written, "written.json");
  TPU_CHECK(again.ok(), "does not read back: {}\n{}", again.error().message, written);
  TPU_CHECK(to_json(*again) == written, "reads back differently:\n{}", written);
  return 0;
}
