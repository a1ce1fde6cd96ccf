// Bias: MatMul or a convolution followed by the Add of one constant per column or channel.
//
// Why: torch exports a Linear as MatMul + Add. The machine adds the bias while results leave the
// cube's accumulators, for nothing; a separate Add would read and write the tensor once more.
// Structure: Add of a Weight and the result of MatMul, Conv or ConvTranspose without a bias, either
// way round.
// Conditions: nothing else reads the product; the constant has one element per column (last axis)
// or channel (axis 1); for MatMul the right operand is a constant too, since a product of two
// activations (attention) has no bias operand on the machine.
//
//   m = MatMul(x, w)  y = Add(m, b)   becomes   y = MatMul(x, w, b)

#include "graph/idioms/match.h"
#include "graph/idioms/weights.h"

namespace tpuscope {
namespace {

/// The axis of the result that a bias runs along; empty when the op cannot take one.
std::optional<std::size_t> bias_axis(const Graph& graph, Value product) {
  const Op& op = graph[product.op];
  const std::size_t rank = graph.type(product).rank();
  if (op.inputs.size() != 2) return std::nullopt;
  if (op.is("Conv") || op.is("ConvTranspose")) return std::size_t{1};
  if (op.is("MatMul") && rank >= 2 && is_weight(graph, op.inputs[1])) return rank - 1;
  return std::nullopt;
}

bool rewrite_bias_add(Graph& graph, OpId root) {
  for (const std::size_t at : {0U, 1U}) {
    const Value product = graph[root].inputs[at];
    const Value bias = graph[root].inputs[1 - at];
    const std::optional<std::size_t> axis = bias_axis(graph, product);
    const Shape& shape = graph.type(product).shape;
    if (!axis || !graph.has_single_use(product)) continue;
    if (graph.type(bias).dtype != graph.type(product).dtype) continue;
    if (!is_vector_along(graph, bias, shape, *axis)) continue;
    const Value vector = reshaped_weight(graph, root, bias, {shape[*axis]}, "bias_add");
    const Op& op = graph[product.op];
    OpSpec spec{
        .type = op.def->name, .name = op.name, .attributes = op.attributes, .made_by = "bias_add"};
    return replace_matched(graph, {root, product.op}, std::move(spec),
                           {op.inputs[0], op.inputs[1], vector});
  }
  return false;
}

Result<bool> run_bias_add(Graph& graph, const PassContext& context) {
  return rewrite_each(graph, context, "Add", "biases found", rewrite_bias_add);
}

TPU_REGISTER(register_pass({.name = "bias_add",
                            .summary = "makes the Add of a constant after a product its bias",
                            .stage = PassStage::kImport,
                            .order = 30,
                            .run = run_bias_add}));

}  // namespace
}  // namespace tpuscope
