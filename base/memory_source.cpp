// Sources in memory.

#include <cstddef>
#include <cstdint>
#include <string>

#include "base/byte_source.h"

namespace tpuscope {

Error MemorySource::cut_short() {
  return {.message = "the file ends before what it announces",
          .hint = "it may be a part of a download"};
}

Result<std::string> MemorySource::read(std::uint64_t offset, std::size_t size) {
  if (offset > bytes_.size() || size > bytes_.size() - offset) return cut_short();
  return std::string(bytes_.substr(static_cast<std::size_t>(offset), size));
}

}  // namespace tpuscope
