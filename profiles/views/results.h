// Results of runs, which the writers under profiles/views draw. Each is one file that registers
// itself with register_writer<Results>.

#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/json_writer.h"
#include "base/writer.h"
#include "profiles/report/op_table.h"
#include "profiles/report/report.h"
#include "profiles/whatif/capabilities.h"
#include "profiles/whatif/comparison.h"
#include "profiles/whatif/critical_path.h"

namespace tpuscope {

/// What a page needs to simulate by itself.
struct LivePart {
  /// Writes the members "controls" and "command" that the panel shows of the judged run.
  std::function<void(JsonWriter&)> write_panel{};
  std::string setup{};   ///< what the engine starts from: cli/serve/page_engine.h
  std::string script{};  ///< the engine: its worker's script
  std::string wasm{};    ///< and its WebAssembly
};

/// What writers draw.
struct Results {
  const Profile* before = nullptr;         ///< null when only one configuration was run
  const Profile* after = nullptr;          ///< or the only run; never null
  SwitchStudy study{};                     ///< of what differs between the two; empty for one run
  std::vector<PrecisionRow> precisions{};  ///< the network in other precisions; empty for one run
  /// Sensitivity of the run's time to the numbers of the chip, if requested.
  std::optional<std::vector<Sensitivity>> sensitivities{};
  /// What the compiler could do and does not, if requested.
  std::optional<CapabilityRanking> capabilities{};
  OpQuery query{};                      ///< of the operator table
  std::optional<Picoseconds> budget{};  ///< that the judged run is held against
  bool has_group_table = false;         ///< whether people see a table of the layer groups
  std::optional<LivePart> live{};       ///< of pages: what makes them live, if requested

  /// Whether the judged run keeps the budget; true without one.
  bool is_within_budget() const { return !budget || after->report.summary.makespan <= *budget; }
};

}  // namespace tpuscope
