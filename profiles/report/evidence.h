// Evidence: how much of a run's time rests on numbers that are documented, and how much on numbers
// that are only assumed.

#pragma once

#include <string>
#include <vector>

#include "profiles/report/blame.h"
#include "sim/cost/provenance.h"

namespace tpuscope {

/// Time whose weakest number has this evidence.
struct EvidenceRow {
  Evidence evidence = Evidence::kDocumented;
  Picoseconds time{};
  std::vector<std::string> values{};  ///< those numbers, the one with the most time first
};

/// One row per evidence that occurs, from strong to weak. The times add up to the makespan: each
/// charge is shared out among the parts of its command's cost, waiting rests on the latency between
/// engines, the launch on its overhead.
std::vector<EvidenceRow> evidence_of(const std::vector<Charge>& charges, const Program& program,
                                     const Chip& chip);

/// The same for the charges of each op by its index, of `ops`; they add up to what the op is
/// charged.
std::vector<std::vector<EvidenceRow>> evidence_by_op(const std::vector<Charge>& charges,
                                                     const Program& program, const Chip& chip,
                                                     std::size_t ops);

}  // namespace tpuscope
