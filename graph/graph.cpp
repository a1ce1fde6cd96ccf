// Graph's own methods: storage, names, edges. Algorithms over graphs have files of their own.

#include "graph/graph.h"

#include <algorithm>
#include <limits>
#include <map>
#include <queue>
#include <utility>

#include <fmt/core.h>

#include "base/text.h"
#include "graph/foreign_op.h"
#include "graph/storage.h"

namespace tpuscope {
namespace {

void add_edges(BoostGraph& graph, OpId op) {
  const std::vector<Value>& inputs = graph[op.index].inputs;
  for (std::size_t operand = 0; operand < inputs.size(); ++operand) {
    boost::add_edge(inputs[operand].op.index, op.index,
                    EdgeInfo{inputs[operand].result, static_cast<std::uint32_t>(operand)}, graph);
  }
}

/// Whether ops stand in the order of the source and behind what they read, as after compact().
bool is_in_order(const BoostGraph& graph) {
  std::int64_t before = std::numeric_limits<std::int64_t>::min();
  for (std::uint32_t i = 0; i < boost::num_vertices(graph); ++i) {
    const Op& op = graph[i];
    if (op.is_dead) continue;
    const bool reads_earlier = std::all_of(op.inputs.begin(), op.inputs.end(),
                                           [i](const Value& value) { return value.op.index < i; });
    if (op.source_position < before || !reads_earlier) return false;
    before = op.source_position;
  }
  return true;
}

/// Inputs, Weights, foreign ops and the like state their types; all other types follow from shape
/// rules.
bool states_types(const OpDef& def) {
  return def.layout == LayoutRule::kSource || is_foreign(def);
}

}  // namespace

Graph::Graph(std::string name) : name_(std::move(name)), storage_(std::make_unique<Storage>()) {}
Graph::Graph(const Graph& other)
    : name_(other.name_), storage_(std::make_unique<Storage>(*other.storage_)) {}
Graph& Graph::operator=(const Graph& other) {
  if (this != &other) *this = Graph(other);
  return *this;
}
Graph::Graph(Graph&&) noexcept = default;
Graph& Graph::operator=(Graph&&) noexcept = default;
Graph::~Graph() = default;

const Op& Graph::operator[](OpId op) const {
  TPU_CHECK(op.index < size(), "op {} of {}", op.index, size());
  return storage_->graph[op.index];
}

std::size_t Graph::size() const {
  return boost::num_vertices(storage_->graph);
}

std::vector<OpId> Graph::ops() const {
  std::vector<OpId> live;
  for (std::uint32_t i = 0; i < size(); ++i) {
    if (!storage_->graph[i].is_dead) live.push_back({i});
  }
  return live;
}

std::vector<OpId> Graph::topological_order() const {
  const BoostGraph& graph = storage_->graph;
  if (is_in_order(graph)) return ops();
  using Entry = std::pair<std::int64_t, std::uint32_t>;  // place in the source's order, id
  std::priority_queue<Entry, std::vector<Entry>, std::greater<>> ready;
  std::vector<std::size_t> missing(size());
  std::size_t live = 0;
  for (std::uint32_t i = 0; i < size(); ++i) {
    if (graph[i].is_dead) continue;
    ++live;
    missing[i] = graph[i].inputs.size();
    if (missing[i] == 0) ready.push({graph[i].source_position, i});
  }
  std::vector<OpId> order;
  order.reserve(live);
  while (!ready.empty()) {
    const std::uint32_t op = ready.top().second;
    ready.pop();
    order.push_back({op});
    for (auto [edge, end] = boost::out_edges(op, graph); edge != end; ++edge) {
      const auto consumer = static_cast<std::uint32_t>(boost::target(*edge, graph));
      if (--missing[consumer] == 0) ready.push({graph[consumer].source_position, consumer});
    }
  }
  TPU_CHECK(order.size() == live, "graph \"{}\" has a cycle", name_);
  return order;
}

std::vector<OpId> Graph::inputs() const {
  std::vector<OpId> found;
  for (const OpId op : ops()) {
    if ((*this)[op].is("Input")) found.push_back(op);
  }
  return found;
}

std::vector<OpId> Graph::outputs() const {
  std::vector<OpId> found;
  for (const OpId op : ops()) {
    if ((*this)[op].def->layout == LayoutRule::kSink) found.push_back(op);
  }
  return found;
}

std::vector<Use> Graph::uses(Value value) const {
  std::vector<Use> found;
  const BoostGraph& graph = storage_->graph;
  for (auto [edge, end] = boost::out_edges(value.op.index, graph); edge != end; ++edge) {
    if (graph[*edge].result != value.result) continue;
    found.push_back(
        {{static_cast<std::uint32_t>(boost::target(*edge, graph))}, graph[*edge].operand});
  }
  std::sort(found.begin(), found.end());
  return found;
}

std::vector<Use> Graph::uses(OpId op) const {
  std::vector<Use> found;
  const BoostGraph& graph = storage_->graph;
  for (auto [edge, end] = boost::out_edges(op.index, graph); edge != end; ++edge) {
    found.push_back(
        {{static_cast<std::uint32_t>(boost::target(*edge, graph))}, graph[*edge].operand});
  }
  std::sort(found.begin(), found.end());
  return found;
}

OpView Graph::view(OpId id) const {
  const Op& op = (*this)[id];
  OpView view{&op.attributes, {}, {}};
  view.inputs.reserve(op.inputs.size());
  view.results.reserve(op.results.size());
  for (const Value input : op.inputs)
    view.inputs.push_back(type(input));
  for (const Tensor& result : op.results)
    view.results.push_back(result.type);
  return view;
}

const HostTensor* Graph::constant(Value value) const {
  const Op& op = (*this)[value.op];
  return op.data != nullptr && op.data->elements() == 1 ? op.data.get() : nullptr;
}

namespace {

/// Types of an op's results: those that it states, or those of its shape rule.
Result<std::vector<TensorType>> result_types(const Graph& graph, const OpDef& def,
                                             const Attributes& attributes,
                                             const std::vector<Value>& inputs,
                                             std::vector<TensorType> stated) {
  if (states_types(def)) {
    for (const TensorType& type : stated)
      TPU_TRY_STATUS(check_shape(type.shape));
    return stated;
  }
  std::vector<TensorType> input_types;
  for (const Value input : inputs)
    input_types.push_back(graph.type(input));
  return infer_types(def, attributes, input_types);
}

/// The name of a result if it is free, or one like it: that of the spec, or one after the op.
std::string result_name(const Graph& graph, const OpSpec& spec, std::size_t index) {
  std::string wish = index < spec.result_names.size() ? spec.result_names[index] : std::string();
  if (wish.empty()) wish = spec.name.empty() ? std::string(spec.type) : spec.name;
  if (index > 0 && index >= spec.result_names.size()) wish += fmt::format(".{}", index);
  return graph.unique_name(wish);
}

}  // namespace

Result<OpId> Graph::add(OpSpec spec, const std::vector<Value>& inputs, const OpId* near) {
  const OpDef* def = OpRegistry::instance().find(spec.type);
  if (def == nullptr) def = foreign_op(spec.type);
  if (def == nullptr) {
    return Error{.code = ErrorCode::kUnsupported,
                 .message = "unknown op type " + in_quotes(spec.type),
                 .where = spec.name,
                 .hint = did_you_mean(spec.type, OpRegistry::instance().names())};
  }
  Op op;
  op.def = def;
  const std::string where = spec.name.empty() ? std::string(spec.type) : spec.name;
  TPU_TRY(op.attributes, with_location(complete_attributes(*def, spec.attributes), where));
  TPU_TRY(
      std::vector<TensorType> types,
      with_location(result_types(*this, *def, op.attributes, inputs, std::move(spec.result_types)),
                    where));

  // Results take their names first: those are what a network's users know.
  op.name = spec.name;
  for (std::size_t i = 0; i < types.size(); ++i) {
    std::string name = result_name(*this, spec, i);
    storage_->names.insert(name);
    if (i == 0 && op.name.empty()) op.name = name;
    op.results.push_back({std::move(name), std::move(types[i])});
  }
  if (op.name.empty()) op.name = unique_name(std::string(spec.type));
  op.inputs = inputs;
  op.origin = spec.origin.empty() ? std::vector<std::string>{op.name} : std::move(spec.origin);
  op.made_by = std::move(spec.made_by);
  op.data = std::move(spec.data);
  op.source_position =
      near == nullptr ? storage_->next_source_position++ : (*this)[*near].source_position;
  const OpId id{static_cast<std::uint32_t>(boost::add_vertex(storage_->graph))};
  storage_->graph[id.index] = std::move(op);
  add_edges(storage_->graph, id);
  return id;
}

OpId Graph::add_checked(OpSpec spec, const std::vector<Value>& inputs, const OpId* near) {
  Result<OpId> id = add(std::move(spec), inputs, near);
  TPU_CHECK(id.ok(), "{}: {}", id.error().where, id.error().message);
  return *id;
}

void Graph::set_input(OpId op, std::size_t operand, Value value) {
  std::vector<Value> inputs = (*this)[op].inputs;
  inputs.at(operand) = value;
  set_inputs(op, inputs);
}

void Graph::set_inputs(OpId op, const std::vector<Value>& values) {
  boost::clear_in_edges(op.index, storage_->graph);
  storage_->graph[op.index].inputs = values;
  add_edges(storage_->graph, op);
}

void Graph::replace_uses(Value from, Value to) {
  for (const Use& use : uses(from))
    set_input(use.op, use.operand, to);
}

Status Graph::set_attributes(OpId id, Attributes attributes) {
  Op& op = storage_->graph[id.index];
  TPU_TRY(Attributes complete, with_location(complete_attributes(*op.def, attributes), op.name));
  std::swap(op.attributes, complete);
  Status status = refresh_types(id);
  if (!status.ok()) std::swap(op.attributes, complete);
  return status;
}

Status Graph::refresh_types(OpId id) {
  Op& op = storage_->graph[id.index];
  if (states_types(*op.def)) return Ok{};
  TPU_TRY(std::vector<TensorType> types,
          with_location(infer_types(*op.def, op.attributes, view(id).inputs), op.name));
  TPU_CHECK(types.size() == op.results.size(), "{} changed its number of results", op.name);
  for (std::size_t i = 0; i < types.size(); ++i)
    op.results[i].type = std::move(types[i]);
  return Ok{};
}

void Graph::set_name(OpId op, std::string name) {
  storage_->graph[op.index].name = std::move(name);
}

void Graph::set_origin(OpId op, std::vector<std::string> origin) {
  storage_->graph[op.index].origin = std::move(origin);
}

void Graph::set_result_name(Value value, std::string name) {
  std::string& current = storage_->graph[value.op.index].results.at(value.result).name;
  if (current == name) return;
  storage_->names.erase(current);
  current = unique_name(name);
  storage_->names.insert(current);
}

void Graph::set_dtype(Value value, DType dtype) {
  storage_->graph[value.op.index].results.at(value.result).type.dtype = dtype;
}

void Graph::set_data(OpId op, std::shared_ptr<const HostTensor> data) {
  storage_->graph[op.index].data = std::move(data);
}

void Graph::erase(OpId id) {
  Op& op = storage_->graph[id.index];
  TPU_CHECK(boost::out_degree(id.index, storage_->graph) == 0, "erasing {} which is in use",
            op.name);
  boost::clear_in_edges(id.index, storage_->graph);
  op.inputs.clear();
  for (const Tensor& result : op.results)
    storage_->names.erase(result.name);
  op.is_dead = true;
}

std::size_t Graph::erase_unused() {
  const BoostGraph& graph = storage_->graph;
  std::vector<bool> needed(size(), false);
  std::vector<std::size_t> pending;
  for (const OpId op : ops()) {
    if (graph[op.index].def->layout == LayoutRule::kSink || graph[op.index].is("Input")) {
      needed[op.index] = true;
      pending.push_back(op.index);
    }
  }
  while (!pending.empty()) {
    const std::size_t op = pending.back();
    pending.pop_back();
    for (const Value input : graph[op].inputs) {
      if (needed[input.op.index]) continue;
      needed[input.op.index] = true;
      pending.push_back(input.op.index);
    }
  }
  std::size_t erased = 0;
  for (const OpId op : ops()) {
    if (!needed[op.index]) boost::clear_in_edges(op.index, storage_->graph);
  }
  for (const OpId op : ops()) {
    if (needed[op.index]) continue;
    erase(op);
    ++erased;
  }
  return erased;
}

void Graph::compact() {
  const std::vector<OpId> order = topological_order();
  auto compacted = std::make_unique<Storage>();
  compacted->graph = BoostGraph(order.size());
  std::vector<std::uint32_t> new_index(size());
  std::uint32_t next = 0;
  for (const OpId old : order) {
    Op& op = compacted->graph[next];
    op = std::move(storage_->graph[old.index]);
    for (Value& input : op.inputs)
      input.op.index = new_index[input.op.index];
    op.source_position = compacted->next_source_position++;
    new_index[old.index] = next++;
  }
  compacted->names = std::move(storage_->names);  // those of dead ops are out already
  for (std::uint32_t i = 0; i < next; ++i)
    add_edges(compacted->graph, {i});
  storage_ = std::move(compacted);
}

std::string Graph::unique_name(const std::string& wish) const {
  if (!storage_->names.contains(wish)) return wish;
  // Names are handed out in order, so the next free number is found by doubling, not by counting.
  const auto taken = [&](std::int64_t number) {
    return storage_->names.contains(fmt::format("{}_{}", wish, number));
  };
  std::int64_t free = 1;
  while (taken(free))
    free *= 2;
  std::int64_t low = free / 2;  // taken, or 0
  while (low + 1 < free) {
    const std::int64_t middle = (low + free) / 2;
    (taken(middle) ? low : free) = middle;
  }
  return fmt::format("{}_{}", wish, free);
}

}  // namespace tpuscope
