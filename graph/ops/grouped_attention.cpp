// GroupedAttention: softmax(scale * q k^T + mask) v, where several query heads share a key and
// value head. q [1,m,H,d], k and v [1,n,Hk,d], mask [1,1,m,p+n]; optionally the keys and values of
// earlier tokens, [1,p,Hk,d], which come first and stay where they are: a cache that is read in
// place. The result is [1,m,H*d].

#include "graph/ops/grouped_attention.h"

#include <algorithm>
#include <cmath>

#include <fmt/core.h>

#include "base/text.h"
#include "graph/onnx/emission.h"

namespace tpuscope {

AttentionExtents attention_extents(const OpView& op) {
  const Shape& q = op.input(0).shape;
  const Shape& k = op.input(1).shape;
  AttentionExtents extents{
      .queries = q[1], .new_keys = k[1], .heads = q[2], .kv_heads = k[2], .width = q[3]};
  if (op.has_input(4)) extents.past_keys = op.input(4).shape[1];
  return extents;
}

namespace {

Result<std::vector<TensorType>> infer_attention(const OpView& op) {
  const TensorType& q = op.input(0);
  const TensorType& k = op.input(1);
  if (q.rank() != 4 || k.rank() != 4 || q.shape[0] != 1) {
    return Error{.message = fmt::format("q and k are {} and {}, [1,tokens,heads,d] is needed",
                                        type_text(q), type_text(k))};
  }
  if (op.inputs.size() == 5) return Error{.message = "keys of a cache need its values"};
  const std::int64_t past = op.has_input(4) ? op.input(4).shape.at(1) : 0;
  const Shape cache{1, past, k.shape[2], q.shape[3]};
  const Shape fresh{1, k.shape[1], k.shape[2], q.shape[3]};
  const Shape mask{1, 1, q.shape[1], past + k.shape[1]};
  const std::vector<const Shape*> wanted{&q.shape, &fresh, &fresh, &mask, &cache, &cache};
  for (std::size_t i = 1; i < op.inputs.size(); ++i) {
    if (op.input(i).shape == *wanted[i]) continue;
    return Error{.message = fmt::format("operand {} is {}, {} is needed", i, type_text(op.input(i)),
                                        list_text(*wanted[i]))};
  }
  if (k.shape[2] == 0 || q.shape[2] % k.shape[2] != 0) {
    return Error{
        .message = fmt::format("{} query heads cannot share {} key heads", q.shape[2], k.shape[2])};
  }
  return std::vector<TensorType>{{q.dtype, {1, q.shape[1], q.shape[2] * q.shape[3]}}};
}

/// Keys or values, of the cache or new.
double element_at(const AttentionExtents& extents, const HostTensor& fresh, const HostTensor* cache,
                  std::int64_t key, std::int64_t head, std::int64_t i) {
  const bool is_past = key < extents.past_keys;
  const std::int64_t row = is_past ? key : key - extents.past_keys;
  return (is_past ? *cache : fresh)[(row * extents.kv_heads + head) * extents.width + i];
}

Result<std::vector<HostTensor>> evaluate_attention(const OpView& op,
                                                   std::span<const HostTensor> inputs) {
  const AttentionExtents extents = attention_extents(op);
  const HostTensor* past_k = inputs.size() > 4 ? &inputs[4] : nullptr;
  const HostTensor* past_v = inputs.size() > 4 ? &inputs[5] : nullptr;
  const double scale = op.attrs().number("scale");
  HostTensor y = HostTensor::zeros(op.result());
  std::vector<double> scores(static_cast<std::size_t>(extents.keys()));
  for (std::int64_t row = 0; row < extents.queries * extents.heads; ++row) {
    const std::int64_t head = row % extents.heads / extents.group();
    for (std::int64_t key = 0; key < extents.keys(); ++key) {
      double sum = 0;
      for (std::int64_t i = 0; i < extents.width; ++i) {
        sum += inputs[0][row * extents.width + i] *
               element_at(extents, inputs[1], past_k, key, head, i);
      }
      scores[static_cast<std::size_t>(key)] =
          scale * sum + inputs[3][row / extents.heads * extents.keys() + key];
    }
    const double largest = *std::max_element(scores.begin(), scores.end());
    double total = 0;
    for (double& score : scores)
      total += score = std::exp(score - largest);
    for (std::int64_t i = 0; i < extents.width; ++i) {
      double sum = 0;
      for (std::int64_t key = 0; key < extents.keys(); ++key) {
        sum += scores[static_cast<std::size_t>(key)] *
               element_at(extents, inputs[2], past_v, key, head, i);
      }
      y[row * extents.width + i] = sum / total;
    }
  }
  return std::vector<HostTensor>{std::move(y)};
}

Work work_attention(const OpView& op) {
  const AttentionExtents extents = attention_extents(op);
  const WorkStep scores{.unit = WorkUnit::kMatMul,
                        .n = extents.heads,
                        .c = extents.queries,
                        .w = extents.keys(),
                        .reduce = extents.width,
                        .transposed = true};
  const WorkStep sums{.unit = WorkUnit::kMatMul,
                      .n = extents.heads,
                      .c = extents.queries,
                      .w = extents.width,
                      .reduce = extents.keys()};
  return {scores, sums};
}

/// Heads of the result's columns need their queries, the key heads that they share, and the mask's
/// rows.
Region input_region_attention(const OpView& op, std::size_t operand, const Region& result) {
  const AttentionExtents extents = attention_extents(op);
  Region region = whole(op.input(operand).shape);
  const Range heads{result[2].begin / extents.width,
                    (result[2].end + extents.width - 1) / extents.width};
  if (operand == 0) {
    region[1] = result[1];
    region[2] = heads;
  } else if (operand == 3) {
    region[2] = result[1];
  } else {
    const std::int64_t group = extents.group();
    region[2] = {heads.begin / group, (heads.end + group - 1) / group};
  }
  return region;
}

TPU_REGISTER(
    register_op({.name = "GroupedAttention",
                 .summary = "attention over a cache: q, k, v, mask, earlier keys, earlier values",
                 .operands = {4, 6},
                 .attributes = {{"scale", 1.0, "of the products of queries and keys"}},
                 .layout = LayoutRule::kFixed,
                 .infer = infer_attention,
                 .evaluate = evaluate_attention,
                 .work = work_attention,
                 .input_region = input_region_attention}));

/// [1,keys,Hk,d] as [1,H,keys,d], each head as often as query heads share it.
std::string emitted_heads(OnnxEmission& out, std::size_t fresh, std::size_t cache) {
  const AttentionExtents extents = attention_extents(out.view());
  std::string heads = out.input(fresh);
  if (out.has_input(cache)) {
    heads = out.add("Concat", {out.input(cache), heads}, {{"axis", std::int64_t{1}}});
  }
  heads = out.add("Transpose", {heads}, {{"perm", IntList{0, 2, 1, 3}}});
  if (extents.group() == 1) return heads;
  heads = out.add("Unsqueeze", {heads, out.integers({2})});
  heads = out.add(
      "Expand",
      {heads, out.integers({1, extents.kv_heads, extents.group(), extents.keys(), extents.width})});
  return out.add("Reshape",
                 {heads, out.integers({1, extents.heads, extents.keys(), extents.width})});
}

Status emit_attention(OnnxEmission& out) {
  const AttentionExtents extents = attention_extents(out.view());
  const std::string q = out.add("Transpose", {out.input(0)}, {{"perm", IntList{0, 2, 1, 3}}});
  const std::string k =
      out.add("Transpose", {emitted_heads(out, 1, 4)}, {{"perm", IntList{0, 1, 3, 2}}});
  const std::string scores =
      out.add("Mul", {out.add("MatMul", {q, k}), out.scalar(out.attrs().number("scale"))});
  const std::string shares =
      out.add("Softmax", {out.add("Add", {scores, out.input(3)})}, {{"axis", std::int64_t{-1}}});
  const std::string sums =
      out.add("Transpose", {out.add("MatMul", {shares, emitted_heads(out, 2, 5)})},
              {{"perm", IntList{0, 2, 1, 3}}});
  return out.finish("Reshape",
                    {sums, out.integers({1, extents.queries, extents.heads * extents.width})});
}

TPU_REGISTER(register_onnx_emission("GroupedAttention", emit_attention));

}  // namespace
}  // namespace tpuscope
