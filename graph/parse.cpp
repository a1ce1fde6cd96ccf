// Reads the text form of a graph, one op per line:
//
//   x = Input f32[1,3,8,8]
//   w = Weight f32[2] {0.5, 1.0}
//   y = Permute(x) order=[0,2,3,1] loc("/layer1/Transpose")
//   return y, other_name=x
//
// Without a `return`, every result that nothing uses is an output. `#` starts a comment. A type may
// follow a `:` and is then checked against the shape rule.

#include <map>
#include <optional>

#include <fmt/core.h>

#include "base/number.h"
#include "base/text.h"
#include "graph/graph.h"

namespace tpuscope {
namespace {

/// Splits one line in names, numbers, strings and punctuation.
class Line {
 public:
  Line(std::string_view text, std::string where) : rest_(text), where_(std::move(where)) {
    skip_spaces();
  }

  bool at_end() const { return rest_.empty(); }
  const std::string& where() const { return where_; }
  Error error(std::string message, std::string hint = "") const {
    return {.message = std::move(message), .where = where_, .hint = std::move(hint)};
  }

  bool accept(char wanted) {
    if (rest_.empty() || rest_.front() != wanted) return false;
    rest_.remove_prefix(1);
    skip_spaces();
    return true;
  }
  Status expect(char wanted) {
    if (accept(wanted)) return Ok{};
    return error(fmt::format("expected '{}' before {}", wanted,
                             at_end() ? "the end of the line" : in_quotes(rest_.substr(0, 12))));
  }
  bool peek(char wanted) const { return !rest_.empty() && rest_.front() == wanted; }

  /// A bare or quoted name; bare ones end at a delimiter.
  Result<std::string> word(std::string_view what) {
    if (peek('"')) return string();
    const std::size_t end = std::min(rest_.find_first_of(" \t\r(),=[]{}\"\\#"), rest_.size());
    if (end == 0) {
      return error(fmt::format("expected {} before {}", what,
                               at_end() ? "the end of the line" : in_quotes(rest_.substr(0, 12))));
    }
    std::string text(rest_.substr(0, end));
    rest_.remove_prefix(end);
    skip_spaces();
    return text;
  }

  Result<std::string> string() {
    TPU_TRY_STATUS(expect_raw('"'));
    std::string text;
    while (!rest_.empty() && rest_.front() != '"') {
      if (rest_.front() == '\\' && rest_.size() > 1) rest_.remove_prefix(1);
      text += rest_.front();
      rest_.remove_prefix(1);
    }
    TPU_TRY_STATUS(expect('"'));
    return text;
  }

  Result<AttributeValue> number() {
    TPU_TRY(const std::string text, word("a number"));
    if (text.find_first_of(".einfa") == std::string::npos) {
      const std::optional<std::int64_t> integer = number_in<std::int64_t>(text);
      if (integer) return AttributeValue(*integer);
    } else {
      const std::optional<double> value = number_in<double>(text);
      if (value) return AttributeValue(*value);
    }
    return error(in_quotes(text) + " is not a number");
  }

  /// Numbers between `open` and `close`; all of them floats if one is.
  Result<AttributeValue> numbers(char open, char close) {
    TPU_TRY_STATUS(expect(open));
    std::vector<AttributeValue> values;
    bool any_float = false;
    while (!peek(close)) {
      if (!values.empty()) TPU_TRY_STATUS(expect(','));
      TPU_TRY(AttributeValue value, number());
      any_float = any_float || kind_of(value) == AttributeKind::kFloat;
      values.push_back(std::move(value));
    }
    TPU_TRY_STATUS(expect(close));
    if (!any_float) {
      IntList integers;
      for (const auto& value : values)
        integers.push_back(std::get<std::int64_t>(value));
      return AttributeValue(integers);
    }
    FloatList floats;
    for (const auto& value : values) {
      const auto* integer = std::get_if<std::int64_t>(&value);
      floats.push_back(integer != nullptr ? static_cast<double>(*integer)
                                          : std::get<double>(value));
    }
    return AttributeValue(floats);
  }

  Result<TensorType> type() {
    TPU_TRY(const std::string name, word("a type such as f32[1,3]"));
    const std::optional<DType> dtype = dtype_from_name(name);
    if (!dtype.has_value()) return error(in_quotes(name) + " is not an element type");
    TPU_TRY(const AttributeValue extents, numbers('[', ']'));
    const auto* shape = std::get_if<IntList>(&extents);
    if (shape == nullptr) return error("extents must be integers");
    return TensorType{*dtype, *shape};
  }

  Result<AttributeValue> attribute() {
    if (peek('[')) return numbers('[', ']');
    if (peek('"')) {
      TPU_TRY(std::string text, string());
      return AttributeValue(std::move(text));
    }
    for (const bool flag : {true, false}) {
      const std::string_view word = flag ? "true" : "false";
      if (rest_.starts_with(word)) {
        rest_.remove_prefix(word.size());
        skip_spaces();
        return AttributeValue(flag);
      }
    }
    return number();
  }

 private:
  Status expect_raw(char wanted) {
    if (!peek(wanted)) return expect(wanted);
    rest_.remove_prefix(1);
    return Ok{};
  }
  void skip_spaces() {
    while (!rest_.empty() &&
           (rest_.front() == ' ' || rest_.front() == '\t' || rest_.front() == '\r')) {
      rest_.remove_prefix(1);
    }
    if (peek('#')) rest_ = {};
  }

  std::string_view rest_;
  std::string where_;
};

class Parser {
 public:
  explicit Parser(std::string_view name) : graph_(std::string(name)) {}

  Status line(Line& line) {
    TPU_TRY(std::string first, line.word("a name"));
    if (first == "return" && !line.peek('=')) return returned(line);
    TPU_TRY(const std::vector<std::string> names, names_of(line, std::move(first)));
    TPU_TRY_STATUS(line.expect('='));
    OpSpec spec;
    spec.name = names[0];
    spec.result_names = names;
    TPU_TRY(const std::string type, line.word("an op type"));
    spec.type = type;
    std::vector<Value> inputs;
    if (line.accept('(')) {
      TPU_TRY(inputs, operands(line));
    } else {
      TPU_TRY_STATUS(source(line, spec));
    }
    std::vector<TensorType> expected;
    while (!line.at_end()) {
      TPU_TRY_STATUS(tail_item(line, spec, expected));
    }
    TPU_TRY(const OpId op, with_location(graph_.add(spec, inputs), line.where()));
    return define(line, op, names, expected);
  }

  Result<Graph> finish() {
    if (!has_return_) {
      for (const OpId op : graph_.ops()) {
        if (graph_[op].def->layout == LayoutRule::kSource) continue;
        for (std::uint32_t i = 0; i < graph_[op].results.size(); ++i) {
          const Value value{op, i};
          if (graph_.uses(value).empty()) add_output(graph_[value].name, value);
        }
      }
    }
    return std::move(graph_);
  }

 private:
  /// Names of an op's results, of which the first is read already.
  Result<std::vector<std::string>> names_of(Line& line, std::string first) const {
    std::vector<std::string> names = {std::move(first)};
    while (line.accept(',')) {
      TPU_TRY(names.emplace_back(), line.word("a name"));
    }
    for (const std::string& name : names) {
      if (values_.contains(name)) return line.error(in_quotes(name) + " is defined twice");
    }
    return names;
  }

  /// Operands up to the closing bracket.
  Result<std::vector<Value>> operands(Line& line) {
    std::vector<Value> inputs;
    while (!line.peek(')')) {
      if (!inputs.empty()) TPU_TRY_STATUS(line.expect(','));
      TPU_TRY(inputs.emplace_back(), operand(line));
    }
    TPU_TRY_STATUS(line.expect(')'));
    return inputs;
  }

  Result<Value> operand(Line& line) {
    TPU_TRY(const std::string name, line.word("an operand"));
    const auto found = values_.find(name);
    if (found != values_.end()) return found->second;
    std::vector<std::string> known;
    for (const auto& [key, value] : values_)
      known.push_back(key);
    return line.error(in_quotes(name) + " is not defined above", did_you_mean(name, known));
  }

  void add_output(const std::string& name, Value value) {
    graph_.add_checked({.type = "Output", .name = name}, {value});
  }

  Status returned(Line& line) {
    has_return_ = true;
    do {
      Line ahead = line;
      TPU_TRY(std::string name, ahead.word("a value"));
      if (ahead.accept('=')) line = ahead;
      TPU_TRY(const Value value, operand(line));
      add_output(name, value);
    } while (line.accept(','));
    return line.at_end() ? Status(Ok{}) : Status(line.error("expected ',' or the end of the line"));
  }

  /// Type and values of an Input or a Weight.
  static Status source(Line& line, OpSpec& spec) {
    TPU_TRY(const TensorType type, line.type());
    TPU_TRY_STATUS(with_location(check_shape(type.shape), line.where()));
    spec.result_types = {type};
    if (!line.peek('{')) return Ok{};
    TPU_TRY(const AttributeValue values, line.numbers('{', '}'));
    HostTensor data{type, {}};
    if (const auto* floats = std::get_if<FloatList>(&values)) {
      data.values = *floats;
    } else {
      const auto& integers = std::get<IntList>(values);
      data.values.assign(integers.begin(), integers.end());
    }
    if (data.elements() != type.elements()) {
      return line.error(fmt::format("{} values for {} elements", data.elements(), type.elements()));
    }
    data.round();
    spec.data = std::make_shared<const HostTensor>(std::move(data));
    return Ok{};
  }

  /// An attribute, `: types` or `loc("...")`.
  static Status tail_item(Line& line, OpSpec& spec, std::vector<TensorType>& expected) {
    TPU_TRY(std::string name, line.word("an attribute"));
    if (name == ":") {
      do {
        TPU_TRY(expected.emplace_back(), line.type());
      } while (line.accept(','));
      return Ok{};
    }
    if (name == "loc" && line.accept('(')) {
      TPU_TRY(spec.name, line.string());
      return line.expect(')');
    }
    TPU_TRY_STATUS(line.expect('='));
    if (spec.attributes.find(name) != nullptr) {
      return line.error("attribute " + in_quotes(name) + " is given twice");
    }
    TPU_TRY(AttributeValue value, line.attribute());
    spec.attributes.set(std::move(name), std::move(value));
    return Ok{};
  }

  Status define(const Line& line, OpId op, const std::vector<std::string>& names,
                const std::vector<TensorType>& expected) {
    const std::vector<Tensor>& results = graph_[op].results;
    if (results.size() != names.size()) {
      return line.error(fmt::format("{} has {} results, {} are named", graph_[op].def->name,
                                    results.size(), names.size()));
    }
    for (std::uint32_t i = 0; i < results.size(); ++i) {
      values_.emplace(names[i], Value{op, i});
      if (i < expected.size() && expected[i] != results[i].type) {
        return line.error(fmt::format("{} is {}, not {}", in_quotes(names[i]),
                                      type_text(results[i].type), type_text(expected[i])));
      }
    }
    return Ok{};
  }

  Graph graph_;
  std::map<std::string, Value, std::less<>> values_;
  bool has_return_ = false;
};

}  // namespace

Result<Graph> parse_graph(std::string_view text, std::string_view name) {
  Parser parser(name);
  Errors errors;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    Line line(text.substr(0, end), fmt::format("{}:{}", name, number));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.at_end()) continue;
    const Status status = parser.line(line);
    if (!status.ok()) errors.push_back(status.error());
    if (errors.size() >= kMaxErrors) break;
  }
  if (!errors.empty()) return errors;
  TPU_TRY(Graph graph, parser.finish());
  TPU_TRY_STATUS(with_location(verify(graph), std::string(name)));
  return graph;
}

}  // namespace tpuscope
