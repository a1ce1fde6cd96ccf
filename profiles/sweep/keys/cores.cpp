// Cores of the chip that share the work.

#include "passes/planner/option_text.h"
#include "profiles/sweep/key.h"

namespace tpuscope {

TPU_REGISTER(
    register_sweep_key({.name = "cores",
                        .summary = "cores of the chip that are used",
                        .apply = [](const std::string& value, Configuration& to) -> Status {
                          TPU_TRY(to.cores, parse_whole_number(value, 1));
                          return Ok{};
                        },
                        .value = [](const Configuration&, const Chip& chip,
                                    std::int64_t) { return std::to_string(chip.array.cores); }}));

}  // namespace tpuscope
