// Element types on the chip, chosen by the built-in rules.

#include "profiles/sweep/key.h"

namespace tpuscope {

TPU_REGISTER(register_sweep_key(
    {.name = "precision",
     .summary = "element types on the chip: f32, f16, bf16, int8; w4f16 and the like",
     .apply = [](const std::string& value, Configuration& to) -> Status {
       TPU_TRY(const TypeChoice choice, parse_type_choice(value));
       to.precision.precision = choice.precision;
       to.precision.weights.bits = choice.weight_bits;
       to.precision.weights.is_as_stored = false;
       to.precision.int8 = Int8Choice::kRules;
       return Ok{};
     },
     .value =
         [](const Configuration& base, const Chip&, std::int64_t) {
           return type_choice_name({base.precision.precision, base.precision.weights.bits});
         }}));

}  // namespace tpuscope
