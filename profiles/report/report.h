// Report: everything that views show of one run, as one typed value. Built once; terminal, JSON,
// trace and later views only render it, so that they cannot disagree.

#pragma once

#include <array>
#include <map>
#include <string>
#include <vector>

#include "graph/graph.h"
#include "graph/local_rule.h"
#include "passes/compile.h"
#include "profiles/report/evidence.h"
#include "profiles/report/finding.h"
#include "profiles/report/metrics.h"
#include "profiles/report/waterfall.h"

namespace tpuscope {

/// What was run: enough to repeat it.
struct Identity {
  std::string model{};       ///< what the run is called; the graph's name when empty
  std::string source{};      ///< how the user named it: a file or a built-in network
  std::string sha256{};      ///< of the file's bytes; empty when no report is written
  bool is_measured = false;  ///< by a board: its lengths of commands are replayed
  DType precision = DType::kF32;
  std::string chip{};
  std::string preset{};                  ///< as the user chose it: "optimized", "+name,-name"
  SwitchSet switches{};                  ///< that were on
  std::vector<std::string> overrides{};  ///< numbers of the chip that the user changed, KEY=VALUE
  /// What else of the command line decides the run, as its words: "--dim", "sequence=128". Extents
  /// and branches that the file leaves open, rewrites of import left out, types, limits of groups.
  std::vector<std::string> flags{};
  std::int64_t batch = 1;  ///< outermost extent of the first input
};

/// What one pass did over all its rounds.
struct PassSummary {
  std::string name{};
  bool changed = false;
  std::int64_t runs = 0;
  std::map<std::string, std::int64_t> counters{};
};

/// One operator of the simulated graph. Times are as in Summary, restricted to its commands.
struct OpRow {
  OpId op{};
  std::string name{};
  std::string type{};
  std::uint32_t group = kNone;
  std::vector<std::string> origin{};
  std::string made_by{};
  std::string shape{};    ///< type of the first result
  Waterfall waterfall{};  ///< what it is charged, by cause
  Picoseconds bdc_busy{};
  Picoseconds gdma_busy{};
  Picoseconds hidden{};             ///< transfer time overlapped with any compute
  std::int64_t transfer_bytes = 0;  ///< payload of its transfers
  std::int64_t ddr_bytes = 0;       ///< on the bus
  std::int64_t useful_ops = 0;
  std::int64_t issued_ops = 0;
  std::size_t commands = 0;
  std::vector<EvidenceRow> evidence{};  ///< what its attributed time rests on, strong to weak

  /// Time charged to the op; the blames of all ops, launch and idle add up to the makespan.
  Picoseconds blame() const { return waterfall.total(); }
};

/// A layer group, or an op alone as a group of one.
struct GroupRow {
  std::uint32_t index = 0;
  std::vector<OpId> ops{};
  GroupType type{};
  std::array<std::int64_t, 5> secs{1, 1, 1, 1, 1};  ///< slices along n, c, d, h, w
  std::int64_t slice_count = 1;
  std::size_t rows = 1;
  std::int64_t peak_local_bytes = 0;  ///< highest address in use, per lane
  Picoseconds estimate{};             ///< what the search expected
  Picoseconds blame{};                ///< what the group is charged
  /// Of the decisions, the one that ends it; kNone where nothing follows.
  std::uint32_t end = kNone;
};

/// "no_local_form", "does_not_fit", "costs_more", "limit": as reports print it.
std::string_view name_of(GroupDecision::Kind kind);

/// Why an op is outside of a group, see GroupDecision.
struct DecisionRow {
  OpId op{};
  GroupDecision::Kind kind{};
  std::string rule{};
  std::string text{};
  std::int64_t bytes = 0;
  Picoseconds cost{};
};

/// Sums of the passes that ran, in the order of the switches.
std::vector<PassSummary> pass_summaries(const PipelineResult& result);

struct Report {
  Identity identity{};
  Summary summary{};
  Waterfall waterfall{};
  std::vector<OpRow> ops{};  ///< with commands only; most blame first, equal ones by id
  std::vector<PassSummary> passes{};
  std::vector<GroupRow> groups{};        ///< in running order
  std::vector<DecisionRow> decisions{};  ///< in the order of their ops
  std::vector<Finding> findings{};       ///< largest cost first
  std::vector<EvidenceRow> evidence{};   ///< strong to weak; adds up to the makespan
};

/// One run with all that views draw it from. The graph is the simulated one.
struct Profile {
  Graph graph{};
  Simulation simulation{};
  std::vector<Charge> charges{};
  Report report{};
};

/// The profile of a run that was made with this configuration. Of `identity`, source, sha256,
/// preset and flags are used where they are given; a run is called what its file is.
Profile make_profile(Run run, const Configuration& configuration, Identity identity);

/// Computes charges and report. `identity.batch` is read from the graph.
Profile make_profile(Graph graph, Simulation simulation, const Chip& chip, Identity identity,
                     std::vector<PassSummary> passes);

}  // namespace tpuscope
