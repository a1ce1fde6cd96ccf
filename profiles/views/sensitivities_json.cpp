// The one place where fields of a sensitivity have their names.

#include "profiles/views/sensitivities_json.h"

namespace tpuscope {

nlohmann::ordered_json sensitivities_json(const std::vector<Sensitivity>& rows) {
  nlohmann::ordered_json json = nlohmann::ordered_json::array();
  for (const Sensitivity& row : rows) {
    json.push_back({{"value", row.path},
                    {"is", row.value},
                    {"raised", row.raised},
                    {"raised_time_ps", row.when_raised.value},
                    {"lowered", row.lowered},
                    {"lowered_time_ps", row.when_lowered.value},
                    {"elasticity", row.elasticity}});
  }
  return json;
}

}  // namespace tpuscope
