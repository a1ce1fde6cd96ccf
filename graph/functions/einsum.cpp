// Einsum: products and sums by labels of axes. Operands are taken in pairs from the left, each pair
// a batched matrix product between permutes and reshapes, or a plain product where nothing is
// summed; what one operand alone sums is a Reduce before that. Diagonals are refused.

#include <algorithm>
#include <map>
#include <string>

#include <fmt/core.h>

#include "base/text.h"
#include "graph/functions/steps.h"
#include "graph/ops/by_name.h"

namespace tpuscope {
namespace {

/// A tensor with a letter per axis. Axes of an ellipsis have digits, the last one 0.
struct Term {
  std::string labels{};
  Value value{};
};

struct Equation {
  std::vector<std::string> operands{};
  std::string result{};
};

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool has_twice(const std::string& labels) {
  return std::any_of(labels.begin(), labels.end(), [&](char label) {
    return std::count(labels.begin(), labels.end(), label) > 1;
  });
}

/// The term with digits in the place of "...", for a tensor of `rank` axes.
Result<std::string> spelled(const std::string& term, std::size_t rank) {
  constexpr std::string_view kEllipsis = "...";
  std::string labels = term;
  const std::size_t at = labels.find(kEllipsis);
  if (at != std::string::npos) {
    const std::size_t named = labels.size() - kEllipsis.size();
    std::string digits;
    for (std::size_t axis = named; axis < rank; ++axis)
      digits.insert(digits.begin(), static_cast<char>('0' + digits.size()));
    labels.replace(at, kEllipsis.size(), digits);
  }
  const bool is_plain = std::all_of(labels.begin(), labels.end(),
                                    [](char c) { return is_letter(c) || (c >= '0' && c <= '9'); });
  if (!is_plain || has_twice(labels)) {
    return Error{.code = ErrorCode::kUnsupported,
                 .message = fmt::format("the term {} of Einsum is not supported", in_quotes(term)),
                 .hint = "each label once per operand"};
  }
  if (labels.size() == rank) return labels;
  return Error{.message =
                   fmt::format("term {} is for another rank than {}", in_quotes(term), rank)};
}

/// "ij,jk->ik" in its parts; without an arrow, the axes of ellipses and then the labels that occur
/// once in alphabetical order.
Result<Equation> parse_equation(std::string text, const std::vector<std::size_t>& ranks) {
  std::erase(text, ' ');
  Equation equation;
  const std::size_t arrow = text.find("->");
  std::string all;
  std::string terms = text.substr(0, arrow) + ",";
  for (std::size_t comma = 0; (comma = terms.find(',')) != std::string::npos;
       terms.erase(0, comma + 1)) {
    if (equation.operands.size() == ranks.size()) {
      return Error{.message =
                       fmt::format("{} operands for equation {}", ranks.size(), in_quotes(text))};
    }
    TPU_TRY(std::string labels, spelled(terms.substr(0, comma), ranks[equation.operands.size()]));
    all += labels;
    equation.operands.push_back(std::move(labels));
  }
  if (equation.operands.size() != ranks.size()) {
    return Error{.message =
                     fmt::format("{} operands for equation {}", ranks.size(), in_quotes(text))};
  }
  std::string digits;
  for (char digit = '9'; digit >= '0'; --digit) {
    if (all.find(digit) != std::string::npos) digits += digit;
  }
  if (arrow == std::string::npos) {
    for (const char label : all) {
      const bool is_once = std::count(all.begin(), all.end(), label) == 1;
      if (is_letter(label) && is_once) equation.result += label;
    }
    std::sort(equation.result.begin(), equation.result.end());
    equation.result = digits + equation.result;
    return equation;
  }
  const std::string result = text.substr(arrow + 2);
  const std::size_t named = result.size() - (result.find("...") == std::string::npos ? 0 : 3);
  TPU_TRY(equation.result, spelled(result, named == result.size() ? named : named + digits.size()));
  const bool is_known =
      std::all_of(equation.result.begin(), equation.result.end(),
                  [&](char label) { return all.find(label) != std::string::npos; });
  if (is_known) return equation;
  return Error{.message = fmt::format("the result of equation {} has a label of no operand",
                                      in_quotes(text))};
}

/// The labels of `from` that (do not) occur in `in`.
std::string common(const std::string& from, const std::string& in, bool wanted = true) {
  std::string labels;
  for (const char label : from) {
    if ((in.find(label) != std::string::npos) == wanted) labels += label;
  }
  return labels;
}

/// The term with its axes in the order of `labels`.
Result<Term> ordered(OnnxNode& node, const Term& term, const std::string& labels) {
  IntList order;
  for (const char label : labels)
    order.push_back(static_cast<std::int64_t>(term.labels.find(label)));
  TPU_TRY(const Value value, permuted(node, term.value, order));
  return Term{labels, value};
}

/// The term summed over the labels that nothing keeps.
Result<Term> summed(OnnxNode& node, const Term& term, const std::string& kept) {
  IntList axes;
  for (std::size_t axis = 0; axis < term.labels.size(); ++axis) {
    if (kept.find(term.labels[axis]) == std::string::npos)
      axes.push_back(static_cast<std::int64_t>(axis));
  }
  if (axes.empty()) return term;
  TPU_TRY(const Value value,
          node.add("Reduce", {{"mode", std::string("sum")}, {"axes", axes}, {"keepdims", false}},
                   {term.value}));
  return Term{common(term.labels, kept), value};
}

/// Axes of an ellipsis that have one element here and several elsewhere are broadcast.
Status drop_broadcast(OnnxNode& node, std::vector<Term>& terms) {
  std::map<char, std::int64_t> extents;
  for (const Term& term : terms) {
    const Shape& shape = node.graph().type(term.value).shape;
    for (std::size_t axis = 0; axis < shape.size(); ++axis) {
      std::int64_t& extent = extents.try_emplace(term.labels[axis], shape[axis]).first->second;
      const bool is_broadcast = !is_letter(term.labels[axis]);
      if (is_broadcast && extent == 1) extent = shape[axis];
      if (shape[axis] == extent || (is_broadcast && shape[axis] == 1)) continue;
      return Error{.message = fmt::format("label {} stands for {} and for {}", term.labels[axis],
                                          extent, shape[axis])};
    }
  }
  for (Term& term : terms) {
    const Shape shape = node.graph().type(term.value).shape;
    std::string kept;
    for (std::size_t axis = 0; axis < shape.size(); ++axis) {
      const char label = term.labels[axis];
      if (shape[axis] == extents[label] || shape[axis] != 1) kept += label;
    }
    TPU_TRY(term, summed(node, term, kept));
  }
  return Ok{};
}

/// The product of two terms, summed over what `kept` does not name.
Result<Term> product(OnnxNode& node, Term left, Term right, const std::string& kept) {
  TPU_TRY(left, summed(node, left, kept + right.labels));
  TPU_TRY(right, summed(node, right, kept + left.labels));
  const std::string both = common(left.labels, right.labels);
  const std::string batch = common(both, kept);
  const std::string inner = common(both, kept, false);
  const std::string rows = common(left.labels, right.labels, false);
  const std::string columns = common(right.labels, left.labels, false);
  TPU_TRY(left, ordered(node, left, batch + rows + inner));
  TPU_TRY(right, ordered(node, right, batch + inner + columns));
  const Shape a = node.graph().type(left.value).shape;
  const Shape b = node.graph().type(right.value).shape;
  Shape result(a.begin(), a.begin() + static_cast<std::ptrdiff_t>(batch.size() + rows.size()));
  result.insert(result.end(), b.begin() + static_cast<std::ptrdiff_t>(both.size()), b.end());
  Shape a_shape(a.begin(), a.begin() + static_cast<std::ptrdiff_t>(batch.size()));
  Shape b_shape = a_shape;
  Value value{};
  if (inner.empty()) {  // nothing is summed: each element of the result is one product
    a_shape = a;
    a_shape.resize(a.size() + columns.size(), 1);
    b_shape.resize(batch.size() + rows.size(), 1);
    b_shape.insert(b_shape.end(), b.begin() + static_cast<std::ptrdiff_t>(batch.size()), b.end());
  } else {
    const std::size_t row_end = batch.size() + rows.size();
    a_shape.push_back(element_count(a, batch.size(), row_end));
    a_shape.push_back(element_count(a, row_end, a.size()));
    b_shape.push_back(element_count(b, batch.size(), both.size()));
    b_shape.push_back(element_count(b, both.size(), b.size()));
  }
  TPU_TRY(const Value x, reshaped(node, left.value, a_shape));
  TPU_TRY(const Value y, reshaped(node, right.value, b_shape));
  TPU_TRY(value, node.add(inner.empty() ? "Mul" : "MatMul", {}, {x, y}));
  TPU_TRY(value, reshaped(node, value, result));
  return Term{batch + rows + columns, value};
}

OnnxValues translate_einsum(OnnxNode& node) {
  TPU_TRY(const std::vector<Value> inputs, node.all_inputs());
  std::vector<std::size_t> ranks;
  for (const Value input : inputs)
    ranks.push_back(node.graph().type(input).rank());
  TPU_TRY(const Equation equation, parse_equation(node.text("equation", ""), ranks));
  std::vector<Term> terms;
  for (std::size_t i = 0; i < inputs.size(); ++i)
    terms.push_back({equation.operands[i], inputs[i]});
  if (terms.empty()) return Error{.message = "Einsum needs an operand"};
  TPU_TRY_STATUS(drop_broadcast(node, terms));
  Term whole = terms.front();
  for (std::size_t i = 1; i < terms.size(); ++i) {
    std::string kept = equation.result;
    for (std::size_t later = i + 1; later < terms.size(); ++later)
      kept += terms[later].labels;
    TPU_TRY(whole, product(node, whole, terms[i], kept));
  }
  TPU_TRY(whole, summed(node, whole, equation.result));
  if (whole.labels.size() != equation.result.size()) {
    return unsupported(node, "a result whose ellipsis no operand fills");
  }
  TPU_TRY(whole, ordered(node, whole, equation.result));
  return std::vector<Value>{whole.value};
}

TPU_REGISTER(register_onnx("Einsum", translate_einsum));

}  // namespace
}  // namespace tpuscope
