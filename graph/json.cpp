// The JSON form of a graph: everything that it holds, for files and other tools.

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <optional>

#include <fmt/core.h>

#include "base/json_writer.h"
#include "base/strict_json.h"
#include "base/text.h"
#include "graph/dependency_order.h"
#include "graph/graph.h"

namespace tpuscope {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kInfinity = "inf";
constexpr std::string_view kMinusInfinity = "-inf";
constexpr std::string_view kNotANumber = "nan";

/// JSON has no infinities: masks and clips hold some, so they are texts.
void write_number(JsonWriter& json, double number) {
  if (std::isnan(number)) {
    json.value(kNotANumber);
  } else if (std::isinf(number)) {
    json.value(number > 0 ? kInfinity : kMinusInfinity);
  } else {
    json.value(number);
  }
}

void write_numbers(JsonWriter& json, std::string_view key, const std::vector<double>& numbers) {
  json.list(key, numbers, [&](double number) { write_number(json, number); });
}

void write_attribute(JsonWriter& json, std::string_view key, const AttributeValue& value) {
  if (const auto* number = std::get_if<double>(&value)) {
    json.key(key);
    write_number(json, *number);
  } else if (const auto* numbers = std::get_if<FloatList>(&value)) {
    write_numbers(json, key, *numbers);
  } else {
    std::visit([&](const auto& typed) { json.member(key, typed); }, value);
  }
}

/// The number that a text represents; empty for other texts.
std::optional<double> number_in_text(const Json& json) {
  if (!json.is_string()) return std::nullopt;
  const auto& text = json.get_ref<const std::string&>();
  if (text == kInfinity) return std::numeric_limits<double>::infinity();
  if (text == kMinusInfinity) return -std::numeric_limits<double>::infinity();
  if (text == kNotANumber) return std::numeric_limits<double>::quiet_NaN();
  return std::nullopt;
}

Result<double> read_number(const JsonReader& reader) {
  if (const std::optional<double> number = number_in_text(reader.json())) return *number;
  return reader.number();
}

/// What sources seldom have is not worth a line of each.
bool is_default_of_source(const Op& op, const std::string& name, const AttributeValue& value) {
  const std::vector<AttributeDef>& table = op.def->attributes;
  return op.def->layout == LayoutRule::kSource &&
         std::any_of(table.begin(), table.end(), [&](const AttributeDef& row) {
           return row.name == name && row.default_value == value;
         });
}

void write_op(JsonWriter& json, const Graph& graph, const Op& op) {
  json.member("name", op.name);
  json.member("type", op.def->name);
  json.list("inputs", op.inputs, [&](Value input) { json.value(graph[input].name); });
  json.objects("results", op.results, [&](const Tensor& result) {
    json.member("name", result.name);
    json.member("dtype", name_of(result.type.dtype));
    json.member("shape", result.type.shape);
  });
  json.object("attributes", [&] {
    for (const auto& [name, value] : op.attributes.all()) {
      if (is_default_of_source(op, name, value)) continue;
      write_attribute(json, name, value);
    }
  });
  json.member("origin", op.origin);
  if (!op.made_by.empty()) json.member("made_by", op.made_by);
  if (op.data != nullptr) write_numbers(json, "values", op.data->values);
}

Result<AttributeValue> read_attribute_json(const JsonReader& reader) {
  const Json& json = reader.json();
  if (json.is_boolean()) return AttributeValue(json.get<bool>());
  if (json.is_number_integer()) return AttributeValue(json.get<std::int64_t>());
  if (json.is_number()) return AttributeValue(json.get<double>());
  if (const std::optional<double> number = number_in_text(json)) return AttributeValue(*number);
  if (json.is_string()) {
    TPU_TRY(std::string text, reader.text());
    return AttributeValue(std::move(text));
  }
  TPU_TRY(const std::vector<JsonReader> elements, reader.elements());
  bool integers = true;
  for (const JsonReader& element : elements)
    integers = integers && element.json().is_number_integer();
  IntList ints;
  FloatList floats;
  for (const JsonReader& element : elements) {
    TPU_TRY(const double number, read_number(element));
    floats.push_back(number);
    if (integers) ints.push_back(element.json().get<std::int64_t>());
  }
  return integers ? AttributeValue(ints) : AttributeValue(floats);
}

/// One op of the file, read but not yet in the graph.
struct FileOp {
  JsonReader reader;
  NamedItem item{};
  OpSpec spec{};
  std::string type{};
  std::vector<TensorType> types{};
};

Result<TensorType> read_type(const JsonReader& reader) {
  TPU_TRY_STATUS(reader.expect_keys({"name", "dtype", "shape"}));
  TPU_TRY(const JsonReader dtype_reader, reader.at("dtype"));
  TPU_TRY(const std::string dtype_name, dtype_reader.text());
  const std::optional<DType> dtype = dtype_from_name(dtype_name);
  if (!dtype.has_value())
    return dtype_reader.error(in_quotes(dtype_name) + " is not an element type");
  TPU_TRY(const JsonReader shape_reader, reader.at("shape"));
  TPU_TRY(const std::vector<JsonReader> extents, shape_reader.elements());
  TensorType type{*dtype, {}};
  for (const JsonReader& extent : extents) {
    TPU_TRY(type.shape.emplace_back(), extent.integer());
  }
  TPU_TRY_STATUS(with_location(check_shape(type.shape), shape_reader.where()));
  return type;
}

Status read_results(const JsonReader& reader, FileOp& op) {
  TPU_TRY(const std::vector<JsonReader> results, reader.elements());
  for (const JsonReader& result : results) {
    TPU_TRY(op.types.emplace_back(), read_type(result));
    TPU_TRY(const JsonReader name, result.at("name"));
    TPU_TRY(op.item.makes.emplace_back(), name.text());
  }
  op.spec.result_names = op.item.makes;
  return Ok{};
}

Status read_attributes(const JsonReader& reader, Attributes& attributes) {
  if (!reader.json().is_object()) return reader.error("expected an object");
  for (const auto& [key, value] : reader.json().items()) {
    TPU_TRY(const JsonReader attribute, reader.at(key));
    TPU_TRY(AttributeValue typed, read_attribute_json(attribute));
    attributes.set(key, std::move(typed));
  }
  return Ok{};
}

Status read_values(const JsonReader& reader, FileOp& op) {
  TPU_TRY(const std::vector<JsonReader> numbers, reader.elements());
  if (op.types.size() != 1 || op.types[0].elements() != static_cast<std::int64_t>(numbers.size())) {
    return reader.error(fmt::format("{} values do not fit the result's shape", numbers.size()));
  }
  HostTensor data{op.types[0], {}};
  for (const JsonReader& number : numbers) {
    TPU_TRY(data.values.emplace_back(), read_number(number));
  }
  op.spec.data = std::make_shared<const HostTensor>(std::move(data));
  return Ok{};
}

/// What an op may have and need not.
Status read_optional(const JsonReader& reader, FileOp& op) {
  if (reader.has("attributes")) {
    TPU_TRY(const JsonReader attributes, reader.at("attributes"));
    TPU_TRY_STATUS(read_attributes(attributes, op.spec.attributes));
  }
  if (reader.has("origin")) {
    TPU_TRY(const JsonReader origin, reader.at("origin"));
    TPU_TRY(op.spec.origin, origin.texts());
  }
  if (reader.has("made_by")) {
    TPU_TRY(const JsonReader made_by, reader.at("made_by"));
    TPU_TRY(op.spec.made_by, made_by.text());
  }
  if (reader.has("values")) {
    TPU_TRY(const JsonReader values, reader.at("values"));
    TPU_TRY_STATUS(read_values(values, op));
  }
  return Ok{};
}

Result<FileOp> read_op(const JsonReader& reader) {
  TPU_TRY_STATUS(reader.expect_keys(
      {"name", "type", "inputs", "results", "attributes", "origin", "made_by", "values"}));
  FileOp op{.reader = reader};
  TPU_TRY(const JsonReader type, reader.at("type"));
  TPU_TRY(op.type, type.text());
  TPU_TRY(const JsonReader name, reader.at("name"));
  TPU_TRY(op.item.name, name.text());
  op.spec.name = op.item.name;
  TPU_TRY(const JsonReader inputs, reader.at("inputs"));
  TPU_TRY(op.item.needs, inputs.texts());
  if (std::find(op.item.needs.begin(), op.item.needs.end(), "") != op.item.needs.end()) {
    return inputs.error("an operand's name is empty");
  }
  TPU_TRY(const JsonReader results, reader.at("results"));
  TPU_TRY_STATUS(read_results(results, op));
  TPU_TRY_STATUS(read_optional(reader, op));
  return op;
}

/// All ops, or the errors of all.
Result<std::vector<FileOp>> read_ops(const std::vector<JsonReader>& list) {
  std::vector<FileOp> ops;
  Errors errors;
  for (const JsonReader& element : list) {
    Result<FileOp> op = read_op(element);
    if (op.ok()) {
      ops.push_back(*std::move(op));
    } else {
      errors.push_back(op.error());
      if (errors.size() >= kMaxErrors) break;
    }
  }
  if (!errors.empty()) return errors;
  return ops;
}

Status add_op(Graph& graph, FileOp op, std::map<std::string, Value, std::less<>>& values) {
  op.spec.type = op.type;
  op.spec.result_types = op.types;
  std::vector<Value> inputs;
  for (const std::string& need : op.item.needs)
    inputs.push_back(values.at(need));
  TPU_TRY(const OpId id, with_location(graph.add(op.spec, inputs), op.reader.where()));
  const std::vector<Tensor>& results = graph[id].results;
  if (results.size() != op.types.size()) {
    return op.reader.error(
        fmt::format("{} has {} results, {} are listed", op.type, results.size(), op.types.size()));
  }
  for (std::uint32_t i = 0; i < results.size(); ++i) {
    if (results[i].type != op.types[i]) {
      return op.reader.error(fmt::format("result is {}, the shape rule of {} says {}",
                                         type_text(op.types[i]), op.type,
                                         type_text(results[i].type)));
    }
    values.emplace(op.item.makes[i], Value{id, i});
  }
  return Ok{};
}

}  // namespace

std::string to_json(const Graph& graph) {
  StringSink sink;
  JsonWriter json(sink, 1);
  json.object([&] {
    json.member("kind", "tpuscope.graph");
    json.member("schema", 1);
    json.member("name", graph.name());
    json.objects("ops", graph.topological_order(),
                 [&](OpId op) { write_op(json, graph, graph[op]); });
  });
  json.finish("\n");
  return sink.text();
}

Result<Graph> graph_from_json(std::string_view text, std::string_view where) {
  TPU_TRY(const Json json, parse_json(text, where));
  const JsonReader reader(json, std::string(where));
  TPU_TRY_STATUS(reader.expect_keys({"kind", "schema", "name", "ops"}));
  TPU_TRY(const JsonReader kind, reader.at("kind"));
  TPU_TRY(const std::string kind_name, kind.text());
  if (kind_name != "tpuscope.graph") return kind.error("expected \"tpuscope.graph\"");
  TPU_TRY(const JsonReader schema, reader.at("schema"));
  TPU_TRY(const std::int64_t version, schema.integer());
  if (version != 1) return schema.error(fmt::format("schema {} is not known, 1 is", version));
  TPU_TRY(const JsonReader name, reader.at("name"));
  TPU_TRY(const std::string graph_name, name.text());
  TPU_TRY(const JsonReader ops, reader.at("ops"));
  TPU_TRY(const std::vector<JsonReader> list, ops.elements());

  TPU_TRY(std::vector<FileOp> file_ops, read_ops(list));
  std::vector<NamedItem> items;
  for (const FileOp& op : file_ops)
    items.push_back(op.item);
  TPU_TRY(const std::vector<std::size_t> order,
          with_location(dependency_order(items, {}), std::string(where)));
  Graph graph(graph_name);
  std::map<std::string, Value, std::less<>> values;
  for (const std::size_t index : order) {
    TPU_TRY_STATUS(add_op(graph, std::move(file_ops[index]), values));
  }
  TPU_TRY_STATUS(with_location(verify(graph), std::string(where)));
  return graph;
}

}  // namespace tpuscope
