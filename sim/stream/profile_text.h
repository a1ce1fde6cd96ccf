// What the compiler knew of a captured network: global.profile lists layers with their tensors, and
// after each layer its commands in the order of the streams.

#pragma once

#include <string_view>
#include <vector>

#include "sim/stream/locations.h"

namespace tpuscope {

/// Layers as locations. Ops are called after their kind and number ("Conv2D 18"), since the file
/// has no names. Lines of another form are passed over; a file without layers gives none.
std::vector<LocatedOp> read_profile_layers(std::string_view text);

}  // namespace tpuscope
