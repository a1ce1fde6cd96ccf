// split_mlp: two products with a function between them become two halves that are added.
//
// Why: what an MLP keeps between its products is several times as wide as what it takes and gives,
// in f32 twice as much again. Halves need half of the local memory, so that a group holds the MLP
// in fewer slices; its operand is read twice, and there is a sum more. The vendor's compilers of
// 2024-02 and 2026-08 do so (1.6.1 and 1.30.2, asked with 27 forms).
//
// How:  MatMul(x, v, b) -> Cast to f32 -> function -> Cast to 16 bits -> MatMul(., w, c)  with
// constant matrices and biases becomes that chain for either half of the columns of v, the first
// with the larger half, and the sum of both. The first half has the bias of the second product.
// Only when
//   - the function is computed in f32 between Casts: what has a 16-bit form stays whole, and so do
//     networks in f32 and 8 bits;
//   - each step is the only reader of the one before, x included: an MLP whose operand is what a
//     residual sum adds to its result (BERT) stays whole, one behind a norm of its own (Swin) does
//     not;
//   - the first axis of x is 1;
//   - the sum is not clamped by the second product, and its operand comes as it is.
//
// Example:  MatMul[1,49,96] x [96,384] -> Cast -> Gelu -> Cast -> MatMul by [384,96]
//      becomes     2 x ( MatMul by [96,192] -> Cast -> Gelu -> Cast -> MatMul by [192,96] ) -> Add

#include <array>
#include <optional>
#include <utility>
#include <vector>

#include <fmt/core.h>

#include "graph/pass.h"
#include "passes/rewrites/constant_products.h"
#include "passes/rewrites/rewrite.h"

namespace tpuscope {
namespace {

constexpr std::string_view kSplitMlpName = "split_mlp";

struct Mlp {
  OpId widening{};
  std::array<OpId, 3> between{};  ///< Cast, function, Cast
  OpId narrowing{};
};

/// The op whose only result is operand 0 of `use` and nothing else.
std::optional<OpId> sole_producer(const Graph& graph, OpId use) {
  if (graph[use].inputs.empty()) return std::nullopt;
  const Value value = graph[use].inputs[0];
  if (graph[value.op].results.size() != 1 || !graph.has_single_use(value)) return std::nullopt;
  return value.op;
}

bool is_function(const Op& op) {
  return op.inputs.size() == 1 && op.def->layout == LayoutRule::kElementwise && !op.is("Cast");
}

bool is_cast(const Graph& graph, OpId id, DType from, DType to) {
  const Op& op = graph[id];
  return op.is("Cast") && graph.type(op.inputs[0]).dtype == from && op.results[0].type.dtype == to;
}

/// The chain that ends in `narrowing`.
std::optional<Mlp> mlp_before(const Graph& graph, OpId narrowing) {
  const Attributes& attributes = graph[narrowing].attributes;
  if (!has_constant_matrix(graph, narrowing) || attributes.flag("left_transpose") ||
      attributes.flag("relu")) {
    return std::nullopt;
  }
  Mlp mlp{.narrowing = narrowing};
  OpId reader = narrowing;
  for (std::size_t step = 3; step-- > 0;) {
    const std::optional<OpId> producer = sole_producer(graph, reader);
    if (!producer) return std::nullopt;
    reader = mlp.between[step] = *producer;
  }
  const DType half = graph.type(graph[narrowing].inputs[0]).dtype;
  const bool is_chain = size_of(half) == 2 && is_cast(graph, mlp.between[2], DType::kF32, half) &&
                        is_function(graph[mlp.between[1]]) &&
                        is_cast(graph, mlp.between[0], half, DType::kF32);
  if (!is_chain) return std::nullopt;
  const std::optional<OpId> widening = sole_producer(graph, mlp.between[0]);
  if (!widening || !has_constant_matrix(graph, *widening)) return std::nullopt;
  mlp.widening = *widening;
  return mlp;
}

bool is_split(const Graph& graph, const Mlp& mlp, const PassContext& context) {
  const Op& widening = graph[mlp.widening];
  const Value x = widening.inputs[0];
  if (graph.type(x).shape.front() != 1 || graph[mlp.widening].results[0].type.shape.back() < 2)
    return false;
  if (graph.has_single_use(x)) return true;
  context.explain(widening.name, "stays whole: " + graph[x].name + " has several users");
  return false;
}

/// Half 1 or 2 of what the products have between them.
struct Half {
  int number = 1;
  Places hidden{};
};

/// A copy of `like` for one half with other operands, before the op that ends the chain.
Value copy_of(Graph& graph, const Mlp& mlp, OpId like, const Half& half,
              const std::vector<Value>& inputs) {
  const Op op = graph[like];
  return {graph.add_checked({.type = std::string(op.def->name),
                             .name = fmt::format("{}.{}", op.name, half.number),
                             .attributes = op.attributes,
                             .result_names = {op.results[0].name},
                             .origin = op.origin,
                             .made_by = std::string(kSplitMlpName)},
                            inputs, &mlp.narrowing)};
}

/// The chain for one half; the bias of the second product comes with the first.
Value part_of(Graph& graph, const Mlp& mlp, const Half& half) {
  const auto places = [&](OpId product, std::size_t operand, std::size_t axis) {
    return places_of(graph, product, graph[product].inputs[operand], axis, half.hidden,
                     kSplitMlpName);
  };
  const Op widening = graph[mlp.widening];
  std::vector<Value> inputs{widening.inputs[0], places(mlp.widening, 1, column_axis(widening))};
  if (widening.inputs.size() > 2) inputs.push_back(places(mlp.widening, 2, 0));
  Value value = copy_of(graph, mlp, mlp.widening, half, inputs);
  for (const OpId step : mlp.between)
    value = copy_of(graph, mlp, step, half, {value});
  const Op narrowing = graph[mlp.narrowing];
  inputs = {value, places(mlp.narrowing, 1, 1 - column_axis(narrowing))};
  if (half.number == 1 && narrowing.inputs.size() > 2) inputs.push_back(narrowing.inputs[2]);
  return copy_of(graph, mlp, mlp.narrowing, half, inputs);
}

void split(Graph& graph, const Mlp& mlp, const PassContext& context) {
  const std::int64_t hidden = graph[mlp.widening].results[0].type.shape.back();
  const std::int64_t first = (hidden + 1) / 2;
  const Value a = part_of(graph, mlp, {1, {.count = first}});
  const Value b = part_of(graph, mlp, {2, {.first = first, .count = hidden - first}});
  const Op narrowing = graph[mlp.narrowing];
  const Value sum{graph.add_checked({.type = "Add",
                                     .name = narrowing.name,
                                     .result_names = {narrowing.results[0].name},
                                     .origin = narrowing.origin,
                                     .made_by = std::string(kSplitMlpName)},
                                    {a, b}, &mlp.narrowing)};
  replace(graph, mlp.narrowing, sum);
  context.explain(narrowing.name, "is the sum of two halves of what lies before it");
  context.count("MLPs split");
}

Result<bool> split_mlp(Graph& graph, const PassContext& context) {
  bool changed = false;
  for (const OpId id : graph.topological_order()) {
    if (graph[id].is_dead) continue;
    const std::optional<Mlp> mlp = mlp_before(graph, id);
    if (!mlp || !is_split(graph, *mlp, context)) continue;
    split(graph, *mlp, context);
    changed = true;
  }
  return changed;
}

TPU_REGISTER(register_pass({.name = kSplitMlpName,
                            .summary = "make an MLP of 16 bits the sum of two halves",
                            .stage = PassStage::kOptimise,
                            .order = 13,
                            .since = 2024,
                            .run = split_mlp}));

}  // namespace
}  // namespace tpuscope
