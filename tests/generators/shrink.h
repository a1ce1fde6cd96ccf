// Makes a failing case smaller while it still fails: first its choices, then the network itself.

#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "graph/graph.h"
#include "tests/generators/sound.h"

namespace tpuscope::generators {

/// `fails` says whether the case that a list of choices draws still fails in the same way; it is
/// called `max_tries` times at most.
std::vector<std::uint32_t> shrunk(
    std::vector<std::uint32_t> choices,
    const std::function<bool(const std::vector<std::uint32_t>&)>& fails, int max_tries);

/// Outputs go, results become inputs, settings of the configuration go back to what they are
/// without being set. Works for any network, drawn or not.
DrawnCase reduced(DrawnCase found, const std::function<bool(const DrawnCase&)>& fails,
                  int max_tries);

}  // namespace tpuscope::generators
