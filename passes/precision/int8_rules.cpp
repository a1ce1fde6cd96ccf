// The rules as a table for ops that differ from what their kind suggests: see int8_rules.h. After
// the compiler's lowering for BM1684X (LoweringINT8 of each op) and its mixed precision patterns.

#include "passes/precision/int8_rules.h"

#include <algorithm>
#include <array>
#include <vector>

#include "graph/queries.h"

namespace tpuscope {
namespace {

struct Row {
  std::string_view op{};
  Int8Rule rule = Int8Rule::kFloat;
};

constexpr auto kInteger = Int8Rule::kInteger;
constexpr auto kFollow = Int8Rule::kFollow;
constexpr auto kFloat = Int8Rule::kFloat;

/// Ops without a row go by kind: moves and views follow their operand, functions of one tensor are
/// 8-bit (a table of 256 results), all others are float (softmax, norms, reductions, comparisons).
constexpr std::array kTable = {
    // Products, with requantisation in the instruction or after it.
    Row{"Conv", kInteger},
    Row{"ConvTranspose", kInteger},
    Row{"MatMul", kInteger},
    // Sums and the like, with a multiplier and a shift for each operand.
    Row{"Add", kInteger},
    Row{"Sub", kInteger},
    Row{"Mul", kInteger},
    Row{"Max", kInteger},
    Row{"Min", kInteger},
    Row{"PRelu", kInteger},
    Row{"BatchNorm", kInteger},  // one factor and one addend per channel
    Row{"AveragePool", kInteger},
    Row{"MaxPool", kInteger},
    // Clamped, never scaled: fused into whatever computes the operand.
    Row{"Relu", kFollow},
    Row{"Clip", kFollow},
    Row{"Trilu", kFollow},
    Row{"Where", kFollow},
    Row{"Launch", kFollow},
    // What indices pick is moved as floats.
    Row{"Gather", kFloat},
    Row{"GatherElements", kFloat},
    // Not functions of a scaled value.
    Row{"Cast", kFloat},
    Row{"IsInf", kFloat},
    Row{"IsNaN", kFloat},
};

Int8Rule rule_of_kind(const OpDef& def) {
  switch (def.layout) {
    case LayoutRule::kMovement:
    case LayoutRule::kView:
      return kFollow;
    case LayoutRule::kElementwise:
      return def.operands.max == 1 ? kInteger : kFloat;
    default:
      return kFloat;
  }
}

bool is_constant(const Graph& graph, Value value) {
  const Op& op = graph[value.op];
  if (is_weight(graph, value)) return true;
  return op.def->layout == LayoutRule::kView && is_constant(graph, op.inputs[0]);
}

/// Along the channels the exponentials of a Softmax come from a table.
Int8Rule rule_of_softmax(const Op& op) {
  const std::int64_t axis = op.attributes.integer("axis");
  const auto rank = static_cast<std::int64_t>(op.results[0].type.rank());
  return (axis < 0 ? axis + rank : axis) == 1 ? kInteger : kFloat;
}

}  // namespace

Int8Rule int8_rule(const Graph& graph, OpId id) {
  const Op& op = graph[id];
  // The machine's 8-bit product reads constants on the right only.
  if (op.is("MatMul") && is_constant(graph, op.inputs[0])) return kFloat;
  // By a constant it is a product with the reciprocal.
  if (op.is("Div")) return is_constant(graph, op.inputs[1]) ? kInteger : kFloat;
  if (op.is("Softmax")) return rule_of_softmax(op);
  // From 0 on it is a Relu; other bounds are real numbers, which the 8-bit elements do not know.
  if (op.is("Clip") && op.attributes.number("min") != 0) return kFloat;
  if (is_spatial_mean(op)) return kInteger;
  if (op.is("Resize")) return op.attributes.text("mode") == "nearest" ? kFollow : kFloat;
  const auto* row = std::find_if(kTable.begin(), kTable.end(),
                                 [&](const Row& candidate) { return op.is(candidate.op); });
  return row != kTable.end() ? row->rule : rule_of_kind(*op.def);
}

bool is_spatial_mean(const Op& op) {
  if (!op.is("Reduce") || op.attributes.text("mode") != "mean") return false;
  const std::size_t rank = op.attributes.flag("keepdims") ? 4 : 2;
  const IntList& axes = op.attributes.integers("axes");
  return op.results[0].type.rank() == rank && (axes == IntList{2, 3} || axes == IntList{-2, -1});
}

DType int8_operand(const Op& op, std::size_t operand) {
  const bool is_product = op.is("Conv") || op.is("ConvTranspose") || op.is("MatMul");
  return is_product && operand == 2 ? DType::kI32 : DType::kI8;
}

}  // namespace tpuscope
