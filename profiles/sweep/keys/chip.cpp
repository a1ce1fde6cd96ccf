// The machine as a whole.

#include "profiles/sweep/key.h"

namespace tpuscope {

TPU_REGISTER(register_sweep_key(
    {.name = "chip",
     .summary = "a built-in chip or a chip file",
     .apply = [](const std::string& value, Configuration& to) -> Status {
       to.chip = value;
       return Ok{};
     },
     .value = [](const Configuration& base, const Chip&, std::int64_t) { return base.chip; }}));

}  // namespace tpuscope
