// Graph: the operators and tensors of one network. Knows no chip. Boost.Graph is hidden behind this
// header (storage.h): it costs seconds per including file, and its types say nothing to a reader.

#pragma once

#include <compare>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "graph/op_def.h"

namespace tpuscope {

/// An operator in a graph. Dense and ordered, so that iteration never depends on addresses.
struct OpId {
  std::uint32_t index = 0;
  friend auto operator<=>(const OpId&, const OpId&) = default;
};

/// A tensor: result `result` of an op.
struct Value {
  OpId op{};
  std::uint32_t result = 0;
  friend auto operator<=>(const Value&, const Value&) = default;
};

/// One place where a tensor is consumed.
struct Use {
  OpId op{};
  std::uint32_t operand = 0;
  friend auto operator<=>(const Use&, const Use&) = default;
};

/// A tensor's name and type.
struct Tensor {
  std::string name{};
  TensorType type{};
};

/// One operator of the network.
struct Op {
  const OpDef* def = nullptr;
  std::string name{};  ///< of the source's node, or of the first result
  Attributes attributes{};
  std::vector<Value> inputs{};
  std::vector<Tensor> results{};
  std::vector<std::string> origin{};  ///< names of the source's nodes that it implements
  std::string made_by{};              ///< the pass that created it; empty for the source's own
  std::shared_ptr<const HostTensor> data{};  ///< values of a Weight, where they are known
  std::int64_t source_position = 0;          ///< in the source's order, see Graph::add
  bool is_dead = false;

  bool is(std::string_view type) const { return def->name == type; }
};

/// What Graph::add needs to know.
struct OpSpec {
  std::string_view type{};
  std::string name{};                       ///< made unique when taken or empty
  Attributes attributes{};                  ///< completed with defaults
  std::vector<std::string> result_names{};  ///< default: `name`, `name.1`, ...
  std::vector<std::string> origin{};        ///< default: the op's name
  std::string made_by{};
  std::shared_ptr<const HostTensor> data{};
  std::vector<TensorType> result_types{};  ///< only for Input and Weight, which infer nothing
};

class Graph {
 public:
  explicit Graph(std::string name = "graph");
  Graph(const Graph& other);
  Graph& operator=(const Graph& other);
  Graph(Graph&&) noexcept;
  Graph& operator=(Graph&&) noexcept;
  ~Graph();

  const std::string& name() const { return name_; }
  void set_name(std::string name) { name_ = std::move(name); }

  // --- looking ---

  const Op& operator[](OpId op) const;
  const Tensor& operator[](Value value) const { return (*this)[value.op].results.at(value.result); }
  const TensorType& type(Value value) const { return (*this)[value].type; }
  /// Number of ops including dead ones: ids are below it.
  std::size_t size() const;
  /// Live ops in the order of their ids.
  std::vector<OpId> ops() const;
  /// Live ops so that producers come first, otherwise as close to the source's order as
  /// dependencies allow. A check fails on a cycle: verify() first.
  std::vector<OpId> topological_order() const;
  std::vector<OpId> inputs() const;   ///< the Input ops, in the order of their ids
  std::vector<OpId> outputs() const;  ///< the Output ops, in the order of their ids
  std::vector<Use> uses(Value value) const;
  /// Uses of all results of an op.
  std::vector<Use> uses(OpId op) const;
  /// Whether the value feeds exactly one operand.
  bool has_single_use(Value value) const { return uses(value).size() == 1; }
  /// The op's types, for OpDef's functions.
  OpView view(OpId op) const;
  /// Value of a Weight's data when the tensor has one element and its value is known.
  const HostTensor* constant(Value value) const;

  // --- changing ---

  /// Adds an op and infers its result types. It takes its place in the order right at `near`
  /// (default: at the end); dependencies decide within that place.
  Result<OpId> add(OpSpec spec, const std::vector<Value>& inputs, const OpId* near = nullptr);
  /// As add, where a failure would be a bug of ours: passes that have checked their conditions.
  OpId add_checked(OpSpec spec, const std::vector<Value>& inputs, const OpId* near = nullptr);
  void set_input(OpId op, std::size_t operand, Value value);
  void set_inputs(OpId op, const std::vector<Value>& values);
  /// Every use of `from` becomes a use of `to`.
  void replace_uses(Value from, Value to);
  /// Changes attributes and infers the result types anew; the op is unchanged on failure.
  Status set_attributes(OpId op, Attributes attributes);
  /// Infers the result types of one op again, after its operands changed.
  Status refresh_types(OpId op);
  /// Direct access for what has no consequence for types or edges.
  void set_name(OpId op, std::string name);
  void set_origin(OpId op, std::vector<std::string> origin);
  void set_result_name(Value value, std::string name);
  /// For Input, Weight and precision lowering: gives a result another element type.
  void set_dtype(Value value, DType dtype);
  void set_data(OpId op, std::shared_ptr<const HostTensor> data);

  /// Marks an op dead; it must have no uses left.
  void erase(OpId op);
  /// Erases all ops that reach no Output (Inputs stay). Returns how many.
  std::size_t erase_unused();
  /// Drops dead ops and renumbers in topological order.
  void compact();

  /// A name not yet taken by an op or a tensor, made from `wish`.
  std::string unique_name(const std::string& wish) const;

 private:
  struct Storage;
  friend struct GraphAccess;  // storage.h: the algorithms in graph/*.cpp that use Boost directly
  std::string name_;
  std::unique_ptr<Storage> storage_;
};

/// Every rule that a graph must keep: operand counts, types that follow from shape rules, unique
/// names, no cycle (the message names one), at least one Output. Used after each pass.
Status verify(const Graph& graph);

/// Reads the text form; see docs/graph_text.md. `name` is used in error locations.
Result<Graph> parse_graph(std::string_view text, std::string_view name = "graph");

struct PrintOptions {
  bool types = false;     ///< append `: f16[64,49,288]` to each op
  bool locations = true;  ///< append `loc("...")` where an op's name differs from its result's
};
/// The text form; parse_graph reads it back to an equal graph.
std::string to_text(const Graph& graph, const PrintOptions& options = {});

/// The JSON form, with a `kind` of "tpuscope.graph": everything that the graph holds.
std::string to_json(const Graph& graph);
Result<Graph> graph_from_json(std::string_view json, std::string_view where);

/// Graphviz, one node per op.
std::string to_dot(const Graph& graph);

/// Values of the outputs, computed with the reference kernels. Inputs in the order of the Input
/// ops; every Weight must have data.
Result<std::vector<HostTensor>> evaluate(const Graph& graph, const std::vector<HostTensor>& inputs);

/// What the network is made of. MACs are those of convolutions and matrix products; parameters
/// are the elements of float weights.
struct GraphCounts {
  std::int64_t macs = 0;
  std::int64_t parameters = 0;
  std::int64_t parameter_bytes = 0;
  std::int64_t input_bytes = 0;
  std::int64_t output_bytes = 0;
};
GraphCounts count(const Graph& graph);
/// Multiply-accumulates of one op.
std::int64_t count_macs(const Graph& graph, OpId op);

}  // namespace tpuscope
