// Element types on the chip, chosen by the built-in rules.

#include "profiles/sweep/key.h"

namespace tpuscope {

TPU_REGISTER(register_sweep_key(
    {.name = "precision",
     .summary = "element types on the chip: f32, f16, bf16, int8",
     .apply = [](const std::string& value, Configuration& to) -> Status {
       TPU_TRY(to.precision.precision, parse_precision(value));
       to.precision.int8 = Int8Choice::kRules;
       return Ok{};
     },
     .value = [](const Configuration& base, const Chip&,
                 std::int64_t) { return std::string(precision_name(base.precision.precision)); }}));

}  // namespace tpuscope
