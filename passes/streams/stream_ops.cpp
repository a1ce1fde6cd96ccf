// Ops by the compiler's locations, or by the commands alone.

#include "passes/streams/stream_ops.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include <fmt/core.h>

#include "graph/foreign_op.h"
#include "sim/cost/instruction_cost.h"

namespace tpuscope {
namespace {

constexpr std::string_view kLoadCode = "tpu.Load";
constexpr std::string_view kStoreCode = "tpu.Store";
/// Lines of a group follow each other; between two groups stand those that close and open one.
constexpr std::int64_t kGroupGap = 3;

/// Inputs of the network as ops.
Status add_inputs(const BmodelStage& stage, Graph& graph, std::map<std::string, Value>& values) {
  for (const BmodelTensor& input : stage.inputs) {
    TPU_TRY(const OpId id,
            graph.add(
                {.type = "Input", .name = input.name, .result_types = {{input.dtype, input.shape}}},
                {}));
    values.emplace(input.name, Value{id});
  }
  return Ok{};
}

/// Outputs of the network; those that no op is known to make hang on the last op.
Status add_outputs(const BmodelStage& stage, const std::map<std::string, Value>& values, OpId last,
                   Graph& graph) {
  for (const BmodelTensor& output : stage.outputs) {
    const auto found = values.find(output.name);
    const Value made = found == values.end() ? Value{last} : found->second;
    TPU_TRY([[maybe_unused]] const OpId id,
            graph.add({.type = "Output", .name = graph.unique_name(output.name + " (output)")},
                      {made}));
  }
  return Ok{};
}

Result<OpId> add_foreign(Graph& graph, const std::string& code, const std::string& name,
                         std::vector<std::string> result_names, std::vector<TensorType> types,
                         const std::vector<Value>& inputs) {
  const std::string type = code.find('.') == std::string::npos ? "tpu." + code : code;
  declare_foreign_op(type);
  if (types.empty()) types.push_back({DType::kI8, {1}});
  return graph.add({.type = type,
                    .name = graph.unique_name(name),
                    .result_names = std::move(result_names),
                    .origin = {name},
                    .result_types = std::move(types)},
                   inputs);
}

/// All slices of an op of the compiler.
struct Node {
  std::int64_t subnet = 0;
  std::int64_t line = 0;
  const LocatedOp* first = nullptr;
  bool is_transfer = false;                       ///< tpu.Load or tpu.Store
  std::size_t target = 0;                         ///< the node that has its commands
  std::uint32_t op = kNone;                       ///< in the graph
  std::uint32_t group = 0;                        ///< of the target
  std::map<std::string, std::uint32_t> slices{};  ///< by text, in order of appearance
};

class NamedByLocations {
 public:
  NamedByLocations(const std::vector<LocatedOp>& located, const BmodelStage& stage,
                   const std::vector<IdsBefore>& subnets, CompiledNetwork& network)
      : located_(located), stage_(stage), subnets_(subnets), network_(network) {}

  Status run() {
    collect();
    fold_transfers();
    TPU_TRY_STATUS(make_graph());
    make_groups();
    place_commands();
    return Ok{};
  }

 private:
  using Key = std::tuple<std::int64_t, std::int64_t, std::string>;

  void collect() {
    std::map<Key, std::size_t> by_key;
    for (const LocatedOp& op : located_)
      by_key.emplace(Key{op.subnet, op.line, op.opcode}, 0);
    for (auto& [key, index] : by_key) {
      index = nodes_.size();
      nodes_.push_back({.subnet = std::get<0>(key), .line = std::get<1>(key), .target = index});
    }
    for (const LocatedOp& op : located_) {
      const std::size_t index = by_key.at(Key{op.subnet, op.line, op.opcode});
      Node& node = nodes_[index];
      if (node.first == nullptr) node.first = &op;
      node.is_transfer = op.is_local && (op.opcode == kLoadCode || op.opcode == kStoreCode);
      if (!op.results.empty()) {
        node.slices.emplace(op.results[0].slice, static_cast<std::uint32_t>(node.slices.size()));
      }
      node_of_.push_back(index);
    }
  }

  /// A load's commands go to the first op that reads what it brings; a store's to the op that made
  /// what it takes away.
  void fold_transfers() {
    NodeByTensor reader;
    NodeByTensor maker;
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
      if (nodes_[i].is_transfer) continue;
      for (const LocatedTensor& operand : nodes_[i].first->operands)
        reader.emplace(std::pair{nodes_[i].subnet, operand.name}, i);
      for (const LocatedTensor& result : nodes_[i].first->results)
        maker.emplace(std::pair{nodes_[i].subnet, result.name}, i);
    }
    for (Node& node : nodes_) {
      if (node.is_transfer) fold_transfer(reader, maker, node);
    }
  }

  /// Nodes by sub-net and name of a tensor.
  using NodeByTensor = std::map<std::pair<std::int64_t, std::string>, std::size_t>;

  void fold_transfer(const NodeByTensor& reader, const NodeByTensor& maker, Node& node) {
    const bool loads = node.first->opcode == kLoadCode;
    const auto& tensors = loads ? node.first->results : node.first->operands;
    if (tensors.empty()) return;
    const NodeByTensor& table = loads ? reader : maker;
    const auto found = table.find({node.subnet, tensors.front().name});
    if (found == table.end()) return;
    node.target = found->second;
    if (loads && !node.first->operands.empty()) {
      loaded_[tensors.front().name] = node.first->operands.front().name;
    }
  }

  bool has_op(std::size_t index) const { return nodes_[index].target == index; }

  Status make_graph() {
    std::map<std::string, Value> values;
    TPU_TRY_STATUS(add_inputs(stage_, network_.graph, values));
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
      if (!has_op(i)) continue;
      const LocatedOp& op = *nodes_[i].first;
      std::vector<Value> inputs;
      for (const LocatedTensor& operand : op.operands) {
        const auto loaded = loaded_.find(operand.name);
        const auto value = values.find(loaded == loaded_.end() ? operand.name : loaded->second);
        if (value != values.end()) inputs.push_back(value->second);
      }
      std::vector<std::string> names;
      std::vector<TensorType> types;
      for (const LocatedTensor& result : op.results) {
        names.push_back(network_.graph.unique_name(result.name));
        types.push_back(result.type);
      }
      const std::string name =
          op.results.empty() ? fmt::format("line {}", op.line) : op.results.front().name;
      TPU_TRY(const OpId id, add_foreign(network_.graph, op.opcode, name, std::move(names),
                                         std::move(types), inputs));
      for (std::uint32_t r = 0; r < op.results.size(); ++r)
        values.insert_or_assign(op.results[r].name, Value{id, r});
      nodes_[i].op = id.index;
      last_ = id;
    }
    return add_outputs(stage_, values, last_, network_.graph);
  }

  /// Runs of lines in which every op is local; others are alone.
  void make_groups() {
    std::vector<LayerGroup> groups;
    std::vector<std::size_t> group_at(nodes_.size());
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
      const Node& node = nodes_[i];
      const bool joins = i > 0 && node.first->is_local && nodes_[i - 1].first->is_local &&
                         nodes_[i - 1].subnet == node.subnet &&
                         node.line - nodes_[i - 1].line < kGroupGap;
      if (!joins) groups.emplace_back();
      group_at[i] = groups.size() - 1;
      if (has_op(i)) groups.back().ops.push_back(OpId{node.op});
      if (node.first->is_local && !node.is_transfer) {
        const auto secs = sections_of(node);
        for (std::size_t axis = 0; axis < secs.size(); ++axis)
          groups.back().secs[axis] = std::max(groups.back().secs[axis], secs[axis]);
      }
    }
    std::vector<bool> is_local(groups.size(), false);
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
      nodes_[i].group = static_cast<std::uint32_t>(group_at[nodes_[i].target]);
      if (nodes_[i].first->is_local) is_local[group_at[i]] = true;
    }
    for (std::size_t g = 0; g < groups.size(); ++g) {
      const bool is_alone = groups[g].ops.size() == 1 && !is_local[g];
      if (is_alone) {
        network_.plan.groups.push_back({.form = SingleOp{.op = groups[g].ops.front()}});
      } else {
        network_.plan.groups.push_back({.form = std::move(groups[g])});
      }
    }
  }

  /// Distinct ranges along each of n, c, d, h, w.
  static std::array<std::int64_t, 5> sections_of(const Node& node) {
    std::array<std::set<std::string>, 5> ranges;
    for (const auto& [text, unused] : node.slices) {
      std::size_t axis = 0;
      std::string range;
      for (const char letter : text) {
        if (letter == ',' || letter == ']') {
          if (axis < ranges.size()) ranges[axis].insert(range);
          range.clear();
          ++axis;
        } else if (letter != '[' && letter != ' ') {
          range += letter;
        }
      }
      if (axis != ranges.size()) return {1, 1, 1, 1, 1};
    }
    std::array<std::int64_t, 5> sections{};
    for (std::size_t axis = 0; axis < ranges.size(); ++axis)
      sections[axis] = std::max<std::int64_t>(1, std::ssize(ranges[axis]));
    return sections;
  }

  void place_commands() {
    // By core, engine and id: the slice of an op that has the command.
    std::map<std::pair<std::uint8_t, Engine>, std::vector<CommandPlace>> queues;
    std::map<std::pair<std::uint8_t, Engine>, std::uint32_t> lengths;
    for (const StreamCommand& command : network_.stream.commands) {
      std::uint32_t& length = lengths[{command.core, command.engine}];
      length = std::max(length, command.id);
    }
    for (const auto& [queue, length] : lengths)
      queues[queue].assign(length, {.op = kNone});
    for (std::size_t i = 0; i < located_.size(); ++i)
      place(located_[i], nodes_[node_of_[i]], queues);
    for (auto& [unused, queue] : queues)
      fill_gaps(queue);
    for (const StreamCommand& command : network_.stream.commands)
      network_.places.push_back(queues.at({command.core, command.engine})[command.id - 1]);
  }

  template <typename Queues>
  void place(const LocatedOp& op, const Node& node, Queues& queues) const {
    if (op.subnet < 0 || op.subnet >= std::ssize(subnets_)) return;
    const IdsBefore& before = subnets_[static_cast<std::size_t>(op.subnet)];
    if (op.core >= before.size()) return;
    const Node& target = nodes_[node.target];
    for (const Engine engine : {Engine::kBdc, Engine::kGdma}) {
      const auto found = queues.find({op.core, engine});
      if (found == queues.end()) continue;
      const auto own = static_cast<std::size_t>(engine);
      std::vector<CommandPlace>& queue = found->second;
      const std::size_t offset = before[op.core][own];
      const std::size_t end = std::min<std::size_t>(offset + op.after[own], queue.size());
      const auto slice =
          op.results.empty() ? node.slices.end() : node.slices.find(op.results[0].slice);
      for (std::size_t id = offset + op.before[own]; id < end; ++id) {
        queue[id] = {.op = target.op,
                     .group = node.group,
                     .slice = slice == node.slices.end() ? 0 : slice->second};
      }
    }
  }

  /// What no op claims, messages and ends, goes to the next op, at the end to the last.
  void fill_gaps(std::vector<CommandPlace>& queue) const {
    CommandPlace next{.op = kNone};
    for (std::size_t i = queue.size(); i-- > 0;) {
      if (queue[i].op != kNone) next = queue[i];
      if (queue[i].op == kNone) queue[i] = next;
    }
    CommandPlace before{.op = last_.index, .group = nodes_.empty() ? 0 : nodes_.back().group};
    for (CommandPlace& place : queue) {
      if (place.op == kNone) place = before;
      before = place;
    }
  }

  const std::vector<LocatedOp>& located_;
  const BmodelStage& stage_;
  const std::vector<IdsBefore>& subnets_;
  CompiledNetwork& network_;
  std::vector<Node> nodes_{};                    ///< by sub-net and line
  std::vector<std::size_t> node_of_{};           ///< by located op
  std::map<std::string, std::string> loaded_{};  ///< name in local memory, name in DDR
  OpId last_{};
};

bool begins_op(const ComputeInstruction& instruction) {
  switch (instruction.kind) {
    case ComputeKind::kConv:
    case ComputeKind::kDepthwise:
    case ComputeKind::kPool:
    case ComputeKind::kMatMul:
    case ComputeKind::kCubeMatMul:
    case ComputeKind::kCubeMatMulNT:
      return true;
    default:
      return false;
  }
}

}  // namespace

Status name_by_locations(const std::vector<LocatedOp>& located, const BmodelStage& stage,
                         const std::vector<IdsBefore>& subnets, CompiledNetwork& network) {
  return NamedByLocations(located, stage, subnets, network).run();
}

Status name_by_commands(const BmodelStage& stage, CompiledNetwork& network) {
  std::map<std::string, Value> values;
  TPU_TRY_STATUS(add_inputs(stage, network.graph, values));
  const DecodedStream& stream = network.stream;
  std::vector<std::uint32_t> current(stream.cores, kNone);
  std::vector<std::uint32_t> ops;
  network.places.resize(stream.commands.size());
  const auto add = [&](std::string_view code, std::uint64_t address,
                       const std::array<std::uint32_t, 4>& shape,
                       DType dtype) -> Result<std::uint32_t> {
    TensorType type{dtype, {}};
    for (const std::uint32_t extent : shape)
      type.shape.push_back(std::max(1U, extent));
    if (!check_shape(type.shape).ok()) type.shape = {1};
    const std::string name = fmt::format("{} at {:#x}", code, address);
    TPU_TRY(const OpId id,
            add_foreign(network.graph, fmt::format("command.{}", code), name, {}, {type}, {}));
    ops.push_back(id.index);
    return id.index;
  };
  for (std::size_t i = 0; i < stream.commands.size(); ++i) {
    const StreamCommand& command = stream.commands[i];
    std::uint32_t& op = current[command.core];
    if (command.engine == Engine::kBdc) {
      const ComputeInstruction& compute = stream.computes[command.index];
      if (op == kNone || begins_op(compute)) {
        TPU_TRY(op, add(class_of(compute), compute.output.address, compute.result, compute.dtype));
      }
    }
    network.places[i].op = op;
  }
  // Transfers before the first command of the BDC, and streams without one.
  for (std::uint32_t& op : current) {
    if (op != kNone || !ops.empty()) continue;
    TPU_TRY(op, add("transfers", 0, {1, 1, 1, 1}, DType::kI8));
  }
  for (CommandPlace& place : network.places) {
    if (place.op == kNone) place.op = ops.front();
  }
  LayerGroup group;
  for (const std::uint32_t op : ops)
    group.ops.push_back(OpId{op});
  network.plan.groups = {{.form = std::move(group)}};
  return add_outputs(stage, {}, OpId{ops.back()}, network.graph);
}

}  // namespace tpuscope
