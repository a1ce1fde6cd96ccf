// Something that a sweep varies: the width of the memory bus.

#include "profiles/sweep/axis.h"
#include "profiles/sweep/key.h"

namespace tpuscope {
namespace {

TPU_REGISTER(register_sweep_key(
    {.name = "memory",
     .summary = "peak of the memory, in GB/s",
     .apply = [](const std::string& value, Configuration& to) -> Status {
       TPU_TRY(const double number, parse_number(value));
       if (number <= 0) {
         return Error{.code = ErrorCode::kUsage, .message = "no memory moves " + value + " GB/s"};
       }
       to.overrides.emplace_back("ddr.peak_gbps", value);
       return Ok{};
     },
     .value = [](const Configuration&, const Chip& chip,
                 std::int64_t) { return number_text(chip.ddr.peak_gbps); }}));

}  // namespace
}  // namespace tpuscope
