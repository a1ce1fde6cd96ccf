// What `explain` shows, as text for people and as JSON for programs.

#pragma once

#include <string>

#include "base/json_writer.h"
#include "base/terminal.h"
#include "base/writer.h"
#include "profiles/whatif/capabilities.h"
#include "profiles/whatif/explanation.h"

namespace tpuscope {

std::string explanation_text(const Explanation& explanation, const Report& report,
                             const Terminal& terminal);
std::string overview_text(const Overview& overview, const Profile& profile,
                          const Terminal& terminal);
std::string capabilities_text(const CapabilityRanking& ranking, const Report& report,
                              const Terminal& terminal);

/// What the writers of `explain --capabilities` draw.
struct RankedCapabilities {
  const CapabilityRanking* ranking = nullptr;  ///< never null
  const Report* report = nullptr;              ///< of the run as it is; never null
};
/// The ranking as Markdown tables, without what was run.
void write_capability_markdown(const CapabilityRanking& ranking, ByteSink& sink);
/// The ranking as one object.
void write_json(JsonWriter& json, const CapabilityRanking& ranking);
/// The ranking's tables alone, without what was run.
std::string capability_tables(const CapabilityRanking& ranking, const Terminal& terminal);
/// What was run and "capabilities", as members of an object.
void write_members(JsonWriter& json, const CapabilityRanking& ranking, const Report& report);

/// The numbers of the chip that a run of this length follows most, as a table.
std::string sensitivities_text(const std::vector<Sensitivity>& rows, Picoseconds makespan,
                               const Terminal& terminal);

/// One object with a `kind` of "tpuscope.explanation", what was run and one of "explanation",
/// "overview" and "capabilities".
std::string explanation_json(const Explanation& explanation, const Report& report);
std::string overview_json(const Overview& overview, const Profile& profile);
std::string capabilities_json(const CapabilityRanking& ranking, const Report& report);

}  // namespace tpuscope
