// One op of any registered type, with operands and attributes of odd extents.

#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/generators/drawer.h"

namespace tpuscope::generators {

/// Every registered op that computes or moves something, sorted.
const std::vector<std::string>& drawable_ops();

/// Adds an op of the type, with new operands beside the tensor that the drawer gives. Empty where
/// what was drawn is no such op.
std::optional<Value> draw_op(Drawer& drawer, std::string_view type);

}  // namespace tpuscope::generators
