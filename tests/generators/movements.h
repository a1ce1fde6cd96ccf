// Ops that move elements: permutes, views, crops, flips, repetitions, borders, joins, gathers.

#pragma once

#include <optional>
#include <string_view>

#include "tests/generators/drawer.h"

namespace tpuscope::generators {

using MovementDraw = std::optional<Value> (*)(Drawer& drawer, std::string_view type);
/// How an op of the type is drawn; null where it is no movement or view.
MovementDraw movement_draw(std::string_view type);

/// The tensor under another shape: two axes merged, one split, ones put in or dropped.
std::optional<Value> view_of(Drawer& drawer, Value x);
/// A box of it: whole, cropped, with steps, backward.
std::optional<Value> crop_of(Drawer& drawer, Value x);

}  // namespace tpuscope::generators
