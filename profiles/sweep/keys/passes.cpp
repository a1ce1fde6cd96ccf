// Switches of the compiler, all of them at once.

#include "profiles/sweep/key.h"

namespace tpuscope {

TPU_REGISTER(register_sweep_key(
    {.name = "passes",
     .summary = "a preset, with switches added or taken away: baseline+sink_permute",
     .apply = [](const std::string& value, Configuration& to) -> Status {
       TPU_TRY(const SwitchSet switches, parse_switches(value));
       choose_switches(to, switches);
       return Ok{};
     },
     .value = [](const Configuration& base, const Chip&,
                 std::int64_t) { return specification_of(base.switches); },
     .stage = SweepKeyStage::kFirst}));

}  // namespace tpuscope
