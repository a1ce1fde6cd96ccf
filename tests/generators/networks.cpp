// What a network is made of: see networks.h.

#include "tests/generators/networks.h"

#include "tests/generators/blocks.h"
#include "tests/generators/drawer.h"
#include "tests/generators/single_ops.h"

namespace tpuscope::generators {
namespace {

void draw_step(Drawer& drawer, std::int64_t block_percent) {
  if (!drawer.chance(block_percent)) {
    draw_op(drawer, drawer.one_of(drawable_ops()));
    return;
  }
  switch (drawer.between(0, 4)) {
    case 0:
      leaving_block(drawer);
      break;
    case 1:
      feed_forward_block(drawer);
      break;
    case 2:
      attention_block(drawer);
      break;
    default:
      convolution_block(drawer);
  }
}

}  // namespace

Graph draw_network(Choices& choices) {
  enum class Kind { kSingle, kIndependent, kChain };
  const Kind kind =
      choices.one_of<Kind>({Kind::kSingle, Kind::kIndependent, Kind::kChain, Kind::kChain});
  Style style;
  style.max_elements = choices.one_of<std::int64_t>({1 << 6, 1 << 10, 1 << 13, 1 << 17});
  style.allows_empty = choices.chance(5);
  std::int64_t steps = 1;
  if (kind == Kind::kIndependent) {
    style.fresh_percent = 100;
    steps = choices.between(2, 10);
  } else if (kind == Kind::kChain) {
    style.fresh_percent = choices.one_of<std::int64_t>({5, 15, 40});
    steps = choices.between(2, 10);
  }
  const std::int64_t block_percent = kind == Kind::kChain ? 45 : 10;
  Drawer drawer(choices, style);
  for (std::int64_t i = 0; i < steps; ++i)
    draw_step(drawer, block_percent);
  return drawer.finish();
}

}  // namespace tpuscope::generators
