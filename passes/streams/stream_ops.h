// Which op and which group each command of a stream belongs to.

#pragma once

#include <vector>

#include "passes/streams/compiled_network.h"
#include "sim/stream/locations.h"

namespace tpuscope {

/// Graph, places and groups from the compiler's locations. Loads go to the op that reads what they
/// bring, stores to the op that made it, as in programs that are planned here. `subnets` holds, for
/// each sub-net that locations may name, the ids before it by core and engine.
using IdsBefore = std::vector<std::array<std::uint32_t, kEngineCount>>;
Status name_by_locations(const std::vector<LocatedOp>& located, const BmodelStage& stage,
                         const std::vector<IdsBefore>& subnets, CompiledNetwork& network);

/// The same where a file has no locations: an op begins with each convolution, product or window,
/// and is called after the address of its result; what follows belongs to it. One group.
Status name_by_commands(const BmodelStage& stage, CompiledNetwork& network);

}  // namespace tpuscope
