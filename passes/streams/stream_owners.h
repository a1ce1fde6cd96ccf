// Whose work each command of a compiled model is, and whose results it reads.

#pragma once

#include <vector>

#include "passes/streams/stream_ops.h"
#include "sim/stream/locations.h"
#include "sim/verify/stream_check.h"

namespace tpuscope {

/// Owners are the entries of `located`: slices of ops on a core. An owner's sources are those that
/// make a slice of a tensor which meets the one that it reads, of ops without commands their
/// sources, and slices of the same op or of one of its kind with an operand in common: they keep
/// tables and constants for each other.
StreamOwners owners_of(const std::vector<LocatedOp>& located, const std::vector<IdsBefore>& subnets,
                       const DecodedStream& stream);

}  // namespace tpuscope
