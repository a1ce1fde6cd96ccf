// Attention in the terms that all its operators share, ONNX's own and those of com.microsoft: heads
// are split off, rotated, compared, weighted and joined again by ops of ours. Operators differ in
// how they pack operands, masks and caches; that is their own translations' business.

#pragma once

#include <optional>

#include "graph/onnx/node.h"

namespace tpuscope {

/// [batch, length, heads * size] as [batch, heads, length, size].
Result<Value> split_heads(OnnxNode& node, Value x, std::int64_t heads);
/// The way back.
Result<Value> join_heads(OnnxNode& node, Value x);

/// `past` and `new_part` joined along axis 2 (the length); itself where there is no past.
Result<Value> behind_past(OnnxNode& node, std::optional<Value> past, Value new_part);

/// The box of `x` from `start` on with `extent` indices along one axis.
Result<Value> slice_of_axis(OnnxNode& node, Value x, std::size_t axis, std::int64_t start,
                            std::int64_t extent);

/// Query, key and value as [batch, heads, length, size]. Keys and values may have fewer heads, each
/// for several neighbours of the query's.
struct AttentionForm {
  Value query{};
  Value key{};
  Value value{};
  double scale = 1;             ///< of the scores
  double softcap = 0;           ///< scores become softcap * tanh(score / softcap); 0: they stay
  bool causal = false;          ///< a token sees the keys up to its own place, which counts from
                                ///< the end: the last token sees all keys
  std::int64_t window = -1;     ///< only the last `window` of those; -1: all
  std::optional<Value> bias{};  ///< added to the scores, broadcast to [batch, heads, length, keys]
};

/// softmax(scale * query * key^T + masks) * value, as [batch, heads, length, size of value].
Result<Value> attention(OnnxNode& node, const AttentionForm& form);

/// A bias for attention(): 0 where the mask (bool, or an integer that is not 0) keeps a key,
/// `filter` elsewhere. The mask's shape broadcasts to [batch, heads, length, keys].
Result<Value> bias_of_mask(OnnxNode& node, Value mask, DType dtype, double filter);

/// Rotary embedding of [batch, heads, length, size] by angles whose cosines and sines broadcast to
/// [batch, heads, length, rotated / 2]. Only the first `rotated` elements turn, in pairs of
/// neighbours (`interleaved`) or of an element of the first half with one of the second.
Result<Value> rotated(OnnxNode& node, Value x, Value cosine, Value sine, bool interleaved);

}  // namespace tpuscope
