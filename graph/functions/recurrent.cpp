// LSTM, GRU and RNN, step by step: the products of all steps' inputs with the weights at once, as
// they do not depend on each other, then per step the product of the hidden state and the gates.
// Rows are taken to be full: lengths that differ from row to row change no work.

#include <algorithm>
#include <array>

#include <fmt/core.h>

#include "base/text.h"
#include "graph/functions/steps.h"
#include "graph/onnx/attention.h"
#include "graph/ops/by_name.h"

namespace tpuscope {
namespace {

/// Inputs of the node; the last two are an LSTM's.
enum RecurrentInput : std::size_t {
  kSequence,
  kWeights,
  kStateWeights,
  kBiases,
  kLengths,
  kHidden,
  kCell,
  kPeepholes
};

/// More steps than any network of today makes.
constexpr std::int64_t kMaxSteps = std::int64_t{1} << 14U;

/// What the three operators differ in.
struct RecurrentKind {
  std::int64_t gates = 1;
  std::array<std::string_view, 3> activations{};  ///< by default
  bool has_cell = false;
};
constexpr RecurrentKind kLstm{4, {"Sigmoid", "Tanh", "Tanh"}, true};
constexpr RecurrentKind kGru{3, {"Sigmoid", "Tanh", ""}, false};
constexpr RecurrentKind kRnn{1, {"Tanh", "", ""}, false};

struct RecurrentShape {
  std::int64_t steps = 1;
  std::int64_t batch = 1;
  std::int64_t hidden = 1;
  std::int64_t directions = 1;
};

/// What a step reads and changes.
struct RecurrentState {
  Value hidden{};  ///< [batch, hidden]
  Value cell{};    ///< of an LSTM, as hidden
};

/// One direction's constants.
struct Direction {
  Value weights{};                    ///< of the state, [gates * hidden, hidden]
  std::optional<Value> state_bias{};  ///< of a GRU: added to the product of the state
  std::optional<Value> peepholes{};   ///< [3 * hidden]
  std::array<std::string, 3> activations{};
};

/// Entry `index` of the first axis.
Result<Value> entry(OnnxNode& node, Value x, std::int64_t index) {
  const Shape shape = node.graph().type(x).shape;
  TPU_TRY(const Value part, slice_of_axis(node, x, 0, index, 1));
  return reshaped(node, part, {shape.begin() + 1, shape.end()});
}

/// Part `which` of those of `width` along the last axis.
Result<Value> gate(OnnxNode& node, Value x, std::int64_t which, std::int64_t width) {
  return slice_of_axis(node, x, node.graph().type(x).rank() - 1, which * width, width);
}

Result<Value> product(OnnxNode& node, Value x, Value weights, std::optional<Value> bias) {
  std::vector<Value> operands = {x, weights};
  if (bias) operands.push_back(*bias);
  return node.add("MatMul", {{"right_transpose", true}}, operands);
}

Result<Value> activated(OnnxNode& node, const std::string& name, Value x) {
  return node.add(name, {}, {x});
}

/// The state after a step of an LSTM; `x` is the product of its input, biases included.
Result<RecurrentState> lstm_step(OnnxNode& node, const Direction& own, Value x,
                                 const RecurrentState& before, std::int64_t width) {
  TPU_TRY(const Value recurrent, product(node, before.hidden, own.weights, std::nullopt));
  TPU_TRY(const Value sums, node.add("Add", {}, {x, recurrent}));
  // Gate `which` with the view of the cell that a peephole gives it.
  const auto opened = [&](std::int64_t which, std::int64_t peephole, Value cell) -> Result<Value> {
    TPU_TRY(Value sum, gate(node, sums, which, width));
    if (own.peepholes) {
      TPU_TRY(const Value weights, gate(node, *own.peepholes, peephole, width));
      TPU_TRY(const Value seen, node.add("Mul", {}, {cell, weights}));
      TPU_TRY(sum, node.add("Add", {}, {sum, seen}));
    }
    return activated(node, own.activations[0], sum);
  };
  TPU_TRY(const Value in, opened(0, 0, before.cell));
  TPU_TRY(const Value forget, opened(2, 2, before.cell));
  TPU_TRY(const Value raw, gate(node, sums, 3, width));
  TPU_TRY(const Value fresh, activated(node, own.activations[1], raw));
  TPU_TRY(const Value kept, node.add("Mul", {}, {forget, before.cell}));
  TPU_TRY(const Value added, node.add("Mul", {}, {in, fresh}));
  RecurrentState after;
  TPU_TRY(after.cell, node.add("Add", {}, {kept, added}));
  TPU_TRY(const Value out, opened(1, 1, after.cell));
  TPU_TRY(const Value bounded, activated(node, own.activations[2], after.cell));
  TPU_TRY(after.hidden, node.add("Mul", {}, {out, bounded}));
  return after;
}

/// The candidate of a GRU's step before its activation: the reset gate scales the state, or the
/// state's product.
Result<Value> gru_candidate(OnnxNode& node, const Direction& own, Value reset, Value hidden,
                            std::int64_t width) {
  TPU_TRY(const Value weights, slice_of_axis(node, own.weights, 0, 2 * width, width));
  std::optional<Value> bias;
  if (own.state_bias) {
    TPU_TRY(bias, gate(node, *own.state_bias, 2, width));
  }
  if (node.integer("linear_before_reset", 0) == 0) {
    TPU_TRY(const Value seen, node.add("Mul", {}, {reset, hidden}));
    return product(node, seen, weights, bias);
  }
  TPU_TRY(const Value whole, product(node, hidden, weights, bias));
  return node.add("Mul", {}, {reset, whole});
}

Result<RecurrentState> gru_step(OnnxNode& node, const Direction& own, Value x,
                                const RecurrentState& before, std::int64_t width) {
  TPU_TRY(const Value weights, slice_of_axis(node, own.weights, 0, 0, 2 * width));
  std::optional<Value> bias;
  if (own.state_bias) {
    TPU_TRY(bias, slice_of_axis(node, *own.state_bias, 0, 0, 2 * width));
  }
  TPU_TRY(const Value recurrent, product(node, before.hidden, weights, bias));
  TPU_TRY(const Value input, slice_of_axis(node, x, 1, 0, 2 * width));
  TPU_TRY(const Value sums, node.add("Add", {}, {input, recurrent}));
  TPU_TRY(const Value gates, activated(node, own.activations[0], sums));
  TPU_TRY(const Value update, gate(node, gates, 0, width));
  TPU_TRY(const Value reset, gate(node, gates, 1, width));
  TPU_TRY(const Value candidate, gru_candidate(node, own, reset, before.hidden, width));
  TPU_TRY(const Value last, gate(node, x, 2, width));
  TPU_TRY(const Value sum, node.add("Add", {}, {last, candidate}));
  TPU_TRY(const Value fresh, activated(node, own.activations[1], sum));
  // (1 - update) * fresh + update * before
  TPU_TRY(const Value change, node.add("Sub", {}, {before.hidden, fresh}));
  TPU_TRY(const Value kept, node.add("Mul", {}, {update, change}));
  RecurrentState after;
  TPU_TRY(after.hidden, node.add("Add", {}, {fresh, kept}));
  return after;
}

Result<RecurrentState> rnn_step(OnnxNode& node, const Direction& own, Value x,
                                const RecurrentState& before) {
  TPU_TRY(const Value recurrent, product(node, before.hidden, own.weights, std::nullopt));
  TPU_TRY(const Value sum, node.add("Add", {}, {x, recurrent}));
  RecurrentState after;
  TPU_TRY(after.hidden, activated(node, own.activations[0], sum));
  return after;
}

Result<RecurrentShape> shape_of_recurrent(const OnnxNode& node, const RecurrentKind& kind,
                                          const Shape& x) {
  const Shape& w = node.type(kWeights).shape;
  const Shape& r = node.type(kStateWeights).shape;
  const bool fits = x.size() == 3 && w.size() == 3 && r.size() == 3 && w[0] == r[0] &&
                    w[1] == r[1] && w[2] == x[2] && r[1] == kind.gates * r[2];
  if (!fits) {
    return Error{.message = fmt::format("{} steps, weights {} and {} do not go together",
                                        list_text(x), list_text(w), list_text(r))};
  }
  const RecurrentShape shape{.steps = x[0], .batch = x[1], .hidden = r[2], .directions = w[0]};
  const std::int64_t wanted = node.text("direction", "forward") == "bidirectional" ? 2 : 1;
  if (shape.directions != wanted) {
    return Error{.message = fmt::format("weights of {} directions, {} are wanted", shape.directions,
                                        wanted)};
  }
  if (shape.steps < 1 || shape.steps > kMaxSteps) {
    return unsupported(node, fmt::format("a sequence of {} steps", shape.steps));
  }
  return shape;
}

/// The activations of direction `which`: three names at most, those of our ops.
Result<std::array<std::string, 3>> activations_of(const OnnxNode& node, const RecurrentKind& kind,
                                                  std::int64_t which) {
  std::array<std::string, 3> names;
  std::size_t count = 0;
  while (count < names.size() && !kind.activations[count].empty()) {
    names[count] = kind.activations[count];
    ++count;
  }
  std::vector<std::string> given;
  const std::string text = node.text("activations", "");
  for (std::size_t begin = 0; !text.empty() && begin <= text.size();) {
    const std::size_t end = std::min(text.find(',', begin), text.size());
    given.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  const std::size_t first = static_cast<std::size_t>(which) * count;
  if (!given.empty() && given.size() < first + count) {
    return Error{.message =
                     fmt::format("{} activations, {} are wanted", given.size(), first + count)};
  }
  for (std::size_t i = 0; !given.empty() && i < count; ++i)
    names[i] = given[first + i];
  for (std::size_t i = 0; i < count; ++i) {
    const bool is_plain = names[i] == "Sigmoid" || names[i] == "Tanh" || names[i] == "Relu" ||
                          names[i] == "Softsign" || names[i] == "Softplus";
    if (!is_plain) return unsupported(node, fmt::format("activation {}", in_quotes(names[i])));
  }
  return names;
}

/// The constants of a direction, and the bias that goes into the product of the inputs.
Status read_direction(OnnxNode& node, const RecurrentKind& kind, const RecurrentShape& shape,
                      std::int64_t which, Direction& own, std::optional<Value>& input_bias) {
  TPU_TRY(own.activations, activations_of(node, kind, which));
  TPU_TRY(own.weights, entry(node, *node.inputs[kStateWeights], which));
  if (kind.has_cell && node.has_input(kPeepholes)) {
    TPU_TRY(own.peepholes, entry(node, *node.inputs[kPeepholes], which));
  }
  if (!node.has_input(kBiases)) return Ok{};
  const std::int64_t width = kind.gates * shape.hidden;
  if (node.type(kBiases).shape != Shape{shape.directions, 2 * width}) {
    return Error{.message = fmt::format("the bias is {}", type_text(node.type(kBiases)))};
  }
  TPU_TRY(const Value both, entry(node, *node.inputs[kBiases], which));
  TPU_TRY(input_bias, slice_of_axis(node, both, 0, 0, width));
  TPU_TRY(const Value state_bias, slice_of_axis(node, both, 0, width, width));
  if (kind.gates == kGru.gates) {
    own.state_bias = state_bias;
  } else {
    TPU_TRY(input_bias, node.add("Add", {}, {*input_bias, state_bias}));
  }
  return Ok{};
}

/// A state before the first step: given as [directions, batch, hidden], or zeros.
Result<Value> first_state(OnnxNode& node, std::size_t input, std::int64_t which,
                          const RecurrentShape& shape) {
  const TensorType type{node.type(kSequence).dtype, {shape.batch, shape.hidden}};
  if (!node.has_input(input)) return filled_constant(node, type, 0);
  Value given = *node.inputs[input];
  if (node.integer("layout", 0) != 0) {
    TPU_TRY(given, permuted(node, given, {1, 0, 2}));
  }
  return entry(node, given, which);
}

/// What a direction makes: hidden states of all steps, [steps, 1, batch, hidden], and the last
/// states.
struct Unrolled {
  Value all{};
  RecurrentState last{};
};

Result<Unrolled> unrolled(OnnxNode& node, const RecurrentKind& kind, const RecurrentShape& shape,
                          Value x, std::int64_t which) {
  Direction own;
  std::optional<Value> bias;
  TPU_TRY_STATUS(read_direction(node, kind, shape, which, own, bias));
  TPU_TRY(const Value weights, entry(node, *node.inputs[kWeights], which));
  TPU_TRY(const Value products, product(node, x, weights, bias));
  Unrolled result;
  TPU_TRY(result.last.hidden, first_state(node, kHidden, which, shape));
  if (kind.has_cell) {
    TPU_TRY(result.last.cell, first_state(node, kCell, which, shape));
  }
  const bool is_backward = which == 1 || node.text("direction", "forward") == "reverse";
  std::vector<Value> states(static_cast<std::size_t>(shape.steps));
  for (std::int64_t i = 0; i < shape.steps; ++i) {
    const std::int64_t step = is_backward ? shape.steps - 1 - i : i;
    TPU_TRY(const Value input, entry(node, products, step));
    if (kind.has_cell) {
      TPU_TRY(result.last, lstm_step(node, own, input, result.last, shape.hidden));
    } else if (kind.gates == kGru.gates) {
      TPU_TRY(result.last, gru_step(node, own, input, result.last, shape.hidden));
    } else {
      TPU_TRY(result.last, rnn_step(node, own, input, result.last));
    }
    TPU_TRY(states[static_cast<std::size_t>(step)],
            reshaped(node, result.last.hidden, {1, 1, shape.batch, shape.hidden}));
  }
  TPU_TRY(result.all, concatenated(node, states, 0));
  return result;
}

/// The last states of all directions, [directions, batch, hidden], batch first where asked for.
Result<Value> last_states(OnnxNode& node, const RecurrentShape& shape,
                          const std::vector<Value>& states) {
  std::vector<Value> wider;
  for (const Value state : states) {
    TPU_TRY(wider.emplace_back(), reshaped(node, state, {1, shape.batch, shape.hidden}));
  }
  TPU_TRY(const Value all, concatenated(node, wider, 0));
  if (node.integer("layout", 0) == 0) return all;
  return permuted(node, all, {1, 0, 2});
}

OnnxValues translate_recurrent(OnnxNode& node, const RecurrentKind& kind) {
  TPU_TRY(Value x, node.input(kSequence));
  TPU_TRY([[maybe_unused]] const Value weights, node.input(kWeights));
  TPU_TRY([[maybe_unused]] const Value state_weights, node.input(kStateWeights));
  if (node.has("clip")) return unsupported(node, "a clip of the gates");
  if (node.integer("input_forget", 0) != 0) return unsupported(node, "input_forget");
  const bool is_batch_first = node.integer("layout", 0) != 0;
  if (is_batch_first && node.type(kSequence).rank() == 3) {
    TPU_TRY(x, permuted(node, x, {1, 0, 2}));
  }
  TPU_TRY(const RecurrentShape shape, shape_of_recurrent(node, kind, node.graph().type(x).shape));
  std::vector<Value> all;
  std::vector<Value> hidden;
  std::vector<Value> cells;
  for (std::int64_t which = 0; which < shape.directions; ++which) {
    TPU_TRY(const Unrolled made, unrolled(node, kind, shape, x, which));
    all.push_back(made.all);
    hidden.push_back(made.last.hidden);
    cells.push_back(made.last.cell);
  }
  TPU_TRY(Value y, concatenated(node, all, 1));
  if (is_batch_first) {
    TPU_TRY(y, permuted(node, y, {2, 0, 1, 3}));
  }
  TPU_TRY(const Value y_hidden, last_states(node, shape, hidden));
  std::vector<Value> results = {y, y_hidden};
  if (kind.has_cell) {
    TPU_TRY(results.emplace_back(), last_states(node, shape, cells));
  }
  return results;
}

OnnxValues translate_lstm(OnnxNode& node) {
  return translate_recurrent(node, kLstm);
}
OnnxValues translate_gru(OnnxNode& node) {
  return translate_recurrent(node, kGru);
}
OnnxValues translate_rnn(OnnxNode& node) {
  return translate_recurrent(node, kRnn);
}

TPU_REGISTER(register_onnx("LSTM", translate_lstm) && register_onnx("GRU", translate_gru) &&
             register_onnx("RNN", translate_rnn));

}  // namespace
}  // namespace tpuscope
