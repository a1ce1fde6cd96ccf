// hdim_is_batch: a batched MatMul reads both operands with the batch axis between the matrix axes,
// so that the permutes before it go and one is left on its result.
//
// Why: attention computes heads as a batch, [windows, heads, tokens, depth], while the products
// before it leave [windows, tokens, heads, depth]. The matrix unit can stride over heads as it
// reads, and in that layout tokens (49), not heads (3), are spread over the 64 lanes: the scores of
// a Swin window then need 20 KiB per lane instead of 304, and fit.
//
// How: look for a MatMul of rank 4 whose operands both come from permutes {0,2,1,3} (or {0,2,3,1},
// which also swaps the matrix axes and toggles that side's transpose flag). Read the permutes'
// operands, set hdim_is_batch, and put P{0,2,1,3} on the result. Rank 3 is rank 4 with a leading
// axis of 1: {1,0,2} and {1,2,0}. A constant operand is permuted at compile time.
// Not when
//   - the operands are f32: that product has no such form on the chip;
//   - an operand comes from something else than such a permute, or that permute has other users and
//     would stay;
//   - heads are broadcast: the unit strides over those of both operands. Images may be: each of
//   them
//     is a product of its own, and one without images is read again for each;
//   - the result would be a transposed left and a straight right operand, a form the unit lacks.
//
// Example:  q[64,49,3,32] -> P[0,2,1,3], k[64,49,3,32] -> P[0,2,3,1], MatMul -> [64,3,49,49]
//   becomes MatMul(q, k) hdim_is_batch right_transpose -> [64,49,3,49] -> P[0,2,1,3]

#include <array>
#include <optional>

#include "graph/pass.h"
#include "graph/queries.h"
#include "passes/rewrites/constant_permute.h"
#include "passes/rewrites/families.h"
#include "passes/rewrites/rewrite.h"

namespace tpuscope {
namespace {

constexpr std::string_view kHdimIsBatchName = "hdim_is_batch";

/// How one operand is read in the new form.
struct Side {
  Value source{};             ///< the permute's operand
  bool swaps_matrix = false;  ///< the permute also swapped the matrix axes
  bool is_constant = false;   ///< `source` is a Weight that has yet to be permuted
};

/// Whether the order takes heads from between the matrix axes, and whether it swaps those as well.
std::optional<bool> heads_order(const Permutation& order) {
  const std::size_t lead = order.rank() == 4 ? 1 : 0;
  if (order.rank() != lead + 3) return std::nullopt;
  const auto is = [&](std::array<std::size_t, 3> axes) {
    if (lead == 1 && order[0] != 0) return false;
    for (std::size_t i = 0; i < 3; ++i) {
      if (order[lead + i] != axes[i] + lead) return false;
    }
    return true;
  };
  if (is({1, 0, 2})) return false;
  if (is({1, 2, 0})) return true;
  return std::nullopt;
}

std::optional<Side> match_side(const Graph& graph, Value operand, std::string& reason) {
  const Op& producer = graph[operand.op];
  if (is_weight(graph, operand)) return Side{.source = operand, .is_constant = true};
  if (!is_permute(producer)) {
    reason = "operand " + graph[operand].name + " comes from " + producer.name + ", no permute";
    return std::nullopt;
  }
  const std::optional<bool> swaps = heads_order(order_of(producer));
  if (!swaps.has_value()) {
    reason = producer.name + " does not take the heads from between the matrix axes";
    return std::nullopt;
  }
  if (!graph.has_single_use(operand)) {
    reason = producer.name + " has other users and would stay";
    return std::nullopt;
  }
  return Side{.source = producer.inputs[0], .swaps_matrix = *swaps};
}

struct HdimIsBatchMatch {
  std::array<Side, 2> sides{};
  bool left_transpose = false;
  bool right_transpose = false;
};

std::optional<HdimIsBatchMatch> match_hdim_is_batch(const Graph& graph, OpId id,
                                                    std::string& reason) {
  const Op& op = graph[id];
  const OpView view = graph.view(id);
  const std::size_t rank = view.result().rank();
  if (rank < 3 || rank > 4 || view.input(0).rank() != rank || view.input(1).rank() != rank) {
    reason = "operands are not both of rank 3 or both of rank 4";
    return std::nullopt;
  }
  if (view.result().dtype == DType::kF32) {
    reason = "f32 products have no form with heads between the matrix axes";
    return std::nullopt;
  }
  const std::size_t heads = rank - 3;
  if (view.input(0).shape[heads] != view.input(1).shape[heads]) {
    reason = "heads are broadcast";
    return std::nullopt;
  }
  HdimIsBatchMatch found{.left_transpose = op.attributes.flag("left_transpose"),
                         .right_transpose = op.attributes.flag("right_transpose")};
  for (std::size_t i = 0; i < 2; ++i) {
    const std::optional<Side> side = match_side(graph, op.inputs[i], reason);
    if (!side.has_value()) return std::nullopt;
    found.sides[i] = *side;
  }
  if (found.sides[0].is_constant && found.sides[1].is_constant) {
    reason = "both operands are constants";
    return std::nullopt;
  }
  found.left_transpose ^= found.sides[0].swaps_matrix;
  found.right_transpose ^= found.sides[1].swaps_matrix;
  if (found.left_transpose && !found.right_transpose) {
    reason = "the unit has no transposed left with a straight right operand";
    return std::nullopt;
  }
  return found;
}

/// A shape or order of rank 3 with a leading unit axis.
Shape with_batch(const Shape& shape) {
  Shape four = shape;
  if (four.size() == 3) four.insert(four.begin(), 1);
  return four;
}

void rewrite_hdim_is_batch(Graph& graph, OpId id, const HdimIsBatchMatch& found) {
  const Op op = graph[id];
  const std::size_t rank = op.results[0].type.rank();
  const Permutation heads =
      rank == 4 ? *Permutation::from({0, 2, 1, 3}) : *Permutation::from({1, 0, 2});
  std::vector<Value> inputs = op.inputs;
  for (std::size_t i = 0; i < 2; ++i) {
    Value source = found.sides[i].source;
    if (found.sides[i].is_constant)
      source = permuted_constant(graph, source, heads, id, kHdimIsBatchName);
    inputs[i] =
        add_reshape(graph, source, with_batch(graph.type(source).shape), id, op, kHdimIsBatchName);
  }
  Attributes attributes = op.attributes;
  attributes.set("hdim_is_batch", true);
  attributes.set("left_transpose", found.left_transpose);
  attributes.set("right_transpose", found.right_transpose);
  const Value product{graph.add_checked({.type = "MatMul",
                                         .name = op.name,
                                         .attributes = std::move(attributes),
                                         .result_names = {op.results[0].name},
                                         .origin = op.origin,
                                         .made_by = std::string(kHdimIsBatchName)},
                                        inputs, &id)};
  Shape natural = heads.apply(op.results[0].type.shape);
  const Value shaped = add_reshape(graph, product, natural, id, op, kHdimIsBatchName);
  replace(graph, id, add_permute(graph, shaped, heads, id, op, kHdimIsBatchName));
}

Result<bool> hdim_is_batch(Graph& graph, const PassContext& context) {
  bool changed = false;
  for (const OpId id : graph.topological_order()) {
    const Op& op = graph[id];
    if (op.is_dead || !op.is("MatMul") || op.attributes.flag("hdim_is_batch")) continue;
    std::string reason;
    const std::optional<HdimIsBatchMatch> found = match_hdim_is_batch(graph, id, reason);
    for (std::size_t i = 0; i < 2; ++i) {
      const Op& producer = graph[op.inputs[i].op];
      if (is_permute(producer)) {
        context.explain(producer.name, found ? "absorbed by " + op.name : op.name + ": " + reason);
      }
    }
    if (!found.has_value()) continue;
    rewrite_hdim_is_batch(graph, id, *found);
    context.count("products with heads between the matrix axes");
    changed = true;
  }
  return changed;
}

TPU_REGISTER(
    register_pass({.name = kHdimIsBatchName,
                   .summary = "absorb both permutes of a batched MatMul, leave one on its result",
                   .stage = PassStage::kOptimise,
                   .order = 40,
                   .family = &kTransposeElimination,
                   .run = hdim_is_batch}));

}  // namespace
}  // namespace tpuscope
