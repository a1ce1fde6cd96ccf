// Answers from the field table.

#include "sim/chip/chip_parameters.h"

#include <algorithm>
#include <string>

#include "base/check.h"
#include "sim/chip/chip_fields.h"

namespace tpuscope {

bool is_whole_number(std::string_view path) {
  const auto field = std::find_if(chip_fields().begin(), chip_fields().end(),
                                  [&](const ChipField& row) { return path_of(row) == path; });
  TPU_CHECK(field != chip_fields().end(), "a chip has no {}", path);
  return is_whole(*field);
}

}  // namespace tpuscope
