// Lifetimes of tensors in DDR, from the transfers of the ops that make and use them.

#include "passes/lower/ddr_tensors.h"

#include <algorithm>
#include <set>
#include <tuple>

#include <fmt/core.h>

#include "base/check.h"
#include "base/text.h"
#include "passes/tiling/movement.h"

namespace tpuscope {
namespace {

/// First and last time at which a tensor's bytes cross the bus.
struct Touch {
  bool is_touched = false;
  Picoseconds from{};
  Picoseconds until{};

  void add(Picoseconds begin, Picoseconds end) {
    from = is_touched ? std::min(from, begin) : begin;
    until = is_touched ? std::max(until, end) : end;
    is_touched = true;
  }
};

/// Finds the tensors that hold a value's bytes: views alias their operands.
class Storage {
 public:
  explicit Storage(const Graph& graph) : graph_(graph), is_free_(graph.size(), kUnknown) {}

  /// Calls `visit` with each of them.
  template <typename Visit>
  void for_each(Value value, const Visit& visit) {
    const Op& op = graph_[value.op];
    if (graph_.type(value).elements() == 0) return;
    if (op.def->layout == LayoutRule::kSource || op.inputs.empty() || !is_free(value.op)) {
      visit(value);
      return;
    }
    // A free movement may join several tensors, other views have one.
    const std::size_t count = op.def->layout == LayoutRule::kMovement ? op.inputs.size() : 1;
    for (std::size_t i = 0; i < count; ++i)
      for_each(op.inputs[i], visit);
  }

 private:
  static constexpr signed char kUnknown = -1;

  bool is_free(OpId op) {
    signed char& known = is_free_[op.index];
    if (known == kUnknown) known = tpuscope::is_free(graph_, op) ? 1 : 0;
    return known == 1;
  }

  const Graph& graph_;
  std::vector<signed char> is_free_;  ///< by op
};

/// When each tensor was touched.
class Touches {
 public:
  Touches(const Graph& graph, Storage& storage) : graph_(graph), storage_(storage) {
    std::size_t values = 0;
    for (std::uint32_t i = 0; i < graph.size(); ++i) {
      first_.push_back(values);
      values += graph[OpId{i}].results.size();
    }
    touches_.resize(values);
  }

  /// A transfer that names its tensor is for that one, any other for all tensors of its op.
  void add(const Program& program, const Command& command, Picoseconds begin, Picoseconds end) {
    const auto touch = [&](Value value) {
      storage_.for_each(value, [&](Value stored) {
        touches_[first_[stored.op.index] + stored.result].add(begin, end);
      });
    };
    const OpId op{command.op};
    if (command.ddr_read > 0) {
      if (command.result_part != kNone) {
        touch(program.parts[command.result_part].value);
      } else {
        for (const Value value : graph_[op].inputs)
          touch(value);
      }
    }
    if (command.ddr_write > 0) {
      if (command.operand_parts[0] != kNone) {
        touch(program.parts[command.operand_parts[0]].value);
      } else {
        for (std::uint32_t i = 0; i < graph_[op].results.size(); ++i)
          touch({op, i});
      }
    }
  }

  /// Calls visit(value, touch) for those that were, in the order of values.
  template <typename Visit>
  void for_each(const Visit& visit) const {
    for (std::uint32_t i = 0; i < first_.size(); ++i) {
      const std::size_t end = i + 1 < first_.size() ? first_[i + 1] : touches_.size();
      for (std::size_t at = first_[i]; at < end; ++at) {
        const Touch& touch = touches_[at];
        const Value value{OpId{i}, static_cast<std::uint32_t>(at - first_[i])};
        if (touch.is_touched) visit(value, touch);
      }
    }
  }

 private:
  const Graph& graph_;
  Storage& storage_;
  std::vector<std::size_t> first_{};  ///< by op, of its results in `touches_`
  std::vector<Touch> touches_{};
};

}  // namespace

std::string_view name_of(TensorRole role) {
  switch (role) {
    case TensorRole::kWeight:
      return "weight";
    case TensorRole::kInput:
      return "input";
    case TensorRole::kOutput:
      return "output";
    case TensorRole::kActivation:
      return "activation";
  }
  unreachable();
}

std::vector<DdrTensor> ddr_tensors(const Graph& graph, const Program& program,
                                   const Timeline& timeline) {
  Storage storage(graph);
  Touches touches(graph, storage);
  for (std::size_t i = 0; i < program.commands.size(); ++i) {
    const Command& command = program.commands[i];
    if (command.op == kNone || command.engine != Engine::kGdma) continue;
    touches.add(program, command, timeline.start[i], timeline.end[i]);
  }
  std::set<Value> outputs;
  for (const OpId output : graph.outputs()) {
    for (const Value value : graph[output].inputs)
      storage.for_each(value, [&](Value stored) { outputs.insert(stored); });
  }
  std::vector<DdrTensor> tensors;
  touches.for_each([&](Value value, const Touch& touch) {
    DdrTensor tensor{.value = value,
                     .bytes = graph.type(value).bytes(),
                     .from = touch.from,
                     .until = touch.until};
    if (graph[value.op].is("Weight")) {
      tensor.role = TensorRole::kWeight;
      tensor.from = {};
      tensor.until = timeline.makespan;
    } else if (outputs.contains(value)) {
      tensor.role = TensorRole::kOutput;
      tensor.until = timeline.makespan;
    } else if (graph[value.op].def->layout == LayoutRule::kSource) {
      tensor.role = TensorRole::kInput;
      tensor.from = {};
    }
    tensors.push_back(tensor);
  });
  std::stable_sort(tensors.begin(), tensors.end(), [](const DdrTensor& a, const DdrTensor& b) {
    return std::tie(a.from, a.value) < std::tie(b.from, b.value);
  });
  return tensors;
}

std::int64_t peak_bytes(const std::vector<DdrTensor>& tensors) {
  // Where one ends as another begins both are there.
  std::vector<std::tuple<Picoseconds, bool, std::int64_t>> changes;
  for (const DdrTensor& tensor : tensors) {
    changes.emplace_back(tensor.from, false, tensor.bytes);
    changes.emplace_back(tensor.until, true, -tensor.bytes);
  }
  std::sort(changes.begin(), changes.end());
  std::int64_t held = 0;
  std::int64_t most = 0;
  for (const auto& [time, is_end, bytes] : changes) {
    held += bytes;
    most = std::max(most, held);
  }
  return most;
}

std::int64_t resident_bytes(const Graph& graph) {
  Storage storage(graph);
  std::set<Value> stored;
  for (const OpId op : graph.ops()) {
    const bool is_source = graph[op].def->layout == LayoutRule::kSource;
    for (std::uint32_t i = 0; is_source && i < graph[op].results.size(); ++i)
      stored.insert({op, i});
  }
  for (const OpId output : graph.outputs()) {
    for (const Value value : graph[output].inputs)
      storage.for_each(value, [&](Value root) { stored.insert(root); });
  }
  std::int64_t bytes = 0;
  for (const Value value : stored)
    bytes += std::min(graph.type(value).bytes(), std::int64_t{1} << 60);
  return bytes;
}

Status check_ddr(std::int64_t bytes, const Chip& chip) {
  if (bytes <= chip.ddr_bytes()) return Ok{};
  return Error{.code = ErrorCode::kUnsupported,
               .message = fmt::format("the network needs {} of DDR at once, {} has {}",
                                      bytes_text(bytes), chip.name, bytes_text(chip.ddr_bytes())),
               .hint = "--set chip.ddr.capacity_gib=N is a board with more"};
}

}  // namespace tpuscope
