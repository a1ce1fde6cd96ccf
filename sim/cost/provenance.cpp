// How well known the numbers are that a price follows from.

#include "sim/cost/provenance.h"

#include <algorithm>

#include "base/check.h"
#include "sim/cost/instruction_rules.h"

namespace tpuscope {
namespace {

int weakness(Evidence evidence) {
  switch (evidence) {
    case Evidence::kDocumented:
      return 0;
    case Evidence::kUser:
      return 1;
    case Evidence::kInferred:
      return 2;
    case Evidence::kCalibrated:
      return 3;
    case Evidence::kAssumed:
      return 4;
  }
  unreachable();
}

}  // namespace

std::int64_t part_of(const CommandCost& cost, CostPart part) {
  switch (part) {
    case CostPart::kInitial:
      return cost.initial;
    case CostPart::kUseful:
      return cost.useful;
    case CostPart::kPadding:
      return cost.padding;
    case CostPart::kConflict:
      return cost.conflict;
  }
  unreachable();
}

const CostRule& rule_of(const Command& command) {
  TPU_CHECK(command.rule != 0, "a {} has no price", name_of(command.kind));
  return instruction_rules().at(command.rule - 1U);
}

Standing standing_of(const Chip& chip, const std::vector<std::string_view>& paths) {
  Standing standing;
  for (const std::string_view path : paths) {
    const auto value = std::find_if(chip.values.begin(), chip.values.end(),
                                    [path](const ChipValue& row) { return row.path == path; });
    TPU_CHECK(value != chip.values.end(), "{} has no {}", chip.name, path);
    if (weakness(value->evidence) > weakness(standing.evidence)) {
      standing = {value->evidence, {}};
    }
    if (value->evidence == standing.evidence) standing.values.push_back(path);
  }
  return standing;
}

}  // namespace tpuscope
