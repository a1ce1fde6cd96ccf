// Finding: something that costs a run time, with what its end would save, computed from the run.

#pragma once

#include <string>
#include <vector>

#include "base/units.h"
#include "graph/graph.h"

namespace tpuscope {

struct Finding {
  std::string rule{};     ///< which rule found it, see rule.h
  std::string message{};  ///< a sentence without a full stop
  std::string remedy{};   ///< what to try
  /// At most so much shorter would the run be: charges that the cause alone accounts for.
  Picoseconds gain{};
  std::vector<OpId> ops{};  ///< that it is about, most blame first; empty: the whole run
};

}  // namespace tpuscope
