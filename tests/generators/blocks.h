// Blocks as networks have them: convolutions of every stride, border, dilation and group, pooling,
// products, attention in the forms of exporters, norms, and tensors that leave in unusual ways.

#pragma once

#include <optional>
#include <string_view>

#include "tests/generators/drawer.h"

namespace tpuscope::generators {

/// Conv or ConvTranspose of a tensor with 1 to 3 spatial axes.
std::optional<Value> convolution(Drawer& drawer, Value x, std::string_view type);
/// MaxPool or AveragePool.
std::optional<Value> pool(Drawer& drawer, Value x, std::string_view type);
/// MatMul with a weight or another tensor, over matrices or with heads between their axes.
std::optional<Value> product(Drawer& drawer, Value x);

/// Convolution, bias or norm, activation, perhaps a branch that joins again.
void convolution_block(Drawer& drawer);
/// Queries, keys, values; with or without heads, mask, scale, windows, one product for all three.
void attention_block(Drawer& drawer);
/// Norm, product, activation, product, and what was before added.
void feed_forward_block(Drawer& drawer);
/// Views and crops that only leave the network, of results and of inputs; results that share
/// memory.
void leaving_block(Drawer& drawer);

}  // namespace tpuscope::generators
