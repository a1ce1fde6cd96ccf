// Finding: something that costs a run time, and how much of it, computed from the run as it is.

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
  /// Charges that the cause accounts for. No bound of what its end would save: something else may
  /// take the time then, or neighbours may run faster too.
  Picoseconds cost{};
  std::vector<OpId> ops{};  ///< that it is about, most blame first; empty: the whole run
};

}  // namespace tpuscope
