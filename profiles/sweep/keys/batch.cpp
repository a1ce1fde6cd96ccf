// Images that go through the network at once.

#include "passes/planner/option_text.h"
#include "profiles/sweep/key.h"

namespace tpuscope {

TPU_REGISTER(register_sweep_key(
    {.name = "batch",
     .summary = "images at once",
     .apply = [](const std::string& value, Configuration& to) -> Status {
       TPU_TRY(to.batch, parse_whole_number(value, 1));
       return Ok{};
     },
     .value = [](const Configuration& base, const Chip&,
                 std::int64_t batch) { return std::to_string(base.batch.value_or(batch)); }}));

}  // namespace tpuscope
