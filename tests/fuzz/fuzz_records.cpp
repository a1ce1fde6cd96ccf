// Any bytes are either refused with an error or records of a capture, which are joined with streams
// of any length; any text is either refused or locations of ops, whole or cut off.

#include "sim/stream/capture.h"
#include "sim/stream/locations.h"
#include "tests/fuzz/fuzz.h"

namespace {

using namespace tpuscope;

void join_with(std::vector<MonitorRecord> records, std::size_t commands) {
  join_records(records, commands);
  for (const MonitorRecord& record : records)
    TPU_CHECK(record.id <= commands, "a record of command {} of {}", record.id, commands);
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = as_text(data, size);
  for (const InstructionSet set : {InstructionSet::kBm1684x, InstructionSet::kBm1688}) {
    const auto cores = read_records(text, set, "fuzz");
    if (!cores.ok()) continue;
    for (const CoreRecords& core : *cores) {
      for (const std::size_t commands : {0U, 3U, 70000U}) {
        join_with(core.bdc, commands);
        join_with(core.gdma, commands);
      }
    }
  }
  if (const auto cut = whole_entries(text)) {
    TPU_CHECK(!whole_entries(*cut), "what is whole is still cut off");
  }
  const auto located = read_locations(text, "fuzz");
  TPU_CHECK(located.ok() || !located.error().message.empty(), "refused without a reason");
  return 0;
}
