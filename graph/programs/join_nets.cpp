// Copies of nets, one behind the other.

#include "graph/programs/join_nets.h"

#include <map>
#include <optional>

#include <fmt/core.h>

#include "base/text.h"
#include "graph/queries.h"

namespace tpuscope {
namespace {

class NetJoiner {
 public:
  explicit NetJoiner(const std::string& name) : to_(name) {}

  Status add(const ProgramStep& step, const std::string& prefix) {
    net_ = step.graph;
    prefix_ = prefix + "/";
    values_.clear();
    TPU_TRY(const OpId first, first_input(step));
    TPU_TRY_STATUS(add_launch(step, first));
    for (const OpId id : net_->topological_order()) {
      if (id == first) continue;
      const Op& op = (*net_)[id];
      if (op.is("Output")) {
        outputs_.push_back({net_value(op.inputs[0]), prefixed_spec(op)});
      } else {
        TPU_TRY_STATUS(copy(id));
      }
    }
    return end_of_net();
  }

  Result<Graph> finish() {
    if (last_) TPU_TRY_STATUS(add_output(*last_));
    TPU_TRY_STATUS(verify(to_));
    return std::move(to_);
  }

 private:
  struct Pending {
    Value value{};
    OpSpec spec{};
  };

  Result<OpId> first_input(const ProgramStep& step) const {
    const std::vector<OpId> inputs = net_->inputs();
    if (inputs.empty())
      return Error{.message = fmt::format("{} has no input", in_quotes(step.net))};
    return inputs.front();
  }

  Value net_value(Value value) const { return values_.at(value); }

  OpSpec prefixed_spec(const Op& op) const {
    OpSpec spec = spec_of(op);
    spec.name = prefix_ + spec.name;
    for (std::string& name : spec.origin)
      name = prefix_ + name;
    for (std::string& name : spec.result_names)
      name = prefix_ + name;
    return spec;
  }

  Status copy(OpId id) {
    const Op& op = (*net_)[id];
    std::vector<Value> inputs;
    for (const Value input : op.inputs)
      inputs.push_back(net_value(input));
    TPU_TRY(const OpId added, to_.add(prefixed_spec(op), inputs));
    for (std::uint32_t i = 0; i < op.results.size(); ++i)
      values_[{id, i}] = {added, i};
    return Ok{};
  }

  /// In the place of the net's first input.
  Status add_launch(const ProgramStep& step, OpId input) {
    const TensorType& wanted = net_->type({input, 0});
    std::vector<Value> operands;
    if (last_ && to_.type(last_->value) == wanted) {
      operands = {last_->value};
    } else {
      TPU_TRY_STATUS(copy(input));
      operands = {net_value({input, 0})};
      if (last_) {
        operands.push_back(last_->value);
        TPU_TRY_STATUS(add_output(*last_));
      }
    }
    last_.reset();
    TPU_TRY(const OpId launch, to_.add({.type = "Launch",
                                        .name = prefix_ + "launch",
                                        .attributes = {{"net", step.net},
                                                       {"host", step.host},
                                                       {"cache_bytes", step.cache_bytes},
                                                       {"copied_bytes", step.copied_bytes}}},
                                       operands));
    values_[{input, 0}] = {launch, 0};
    return Ok{};
  }

  Status add_output(const Pending& output) {
    const Result<OpId> added = to_.add(output.spec, {output.value});
    if (!added.ok()) return added.errors();
    return Ok{};
  }

  /// The first result waits for the next net; others leave.
  Status end_of_net() {
    if (!outputs_.empty()) last_ = outputs_.front();
    for (std::size_t i = 1; i < outputs_.size(); ++i)
      TPU_TRY_STATUS(add_output(outputs_[i]));
    outputs_.clear();
    return Ok{};
  }

  Graph to_;
  const Graph* net_ = nullptr;
  std::string prefix_{};
  std::map<Value, Value> values_{};
  std::vector<Pending> outputs_{};
  std::optional<Pending> last_{};  ///< of the net before
};

}  // namespace

Result<Graph> join_nets(const std::string& name, const std::vector<ProgramStep>& steps) {
  if (steps.empty()) return Error{.message = "the program runs no net"};
  NetJoiner joiner(name);
  std::map<std::string, std::int64_t> runs;
  for (const ProgramStep& step : steps)
    runs[step.net] += step.count;
  std::map<std::string, std::int64_t> next;
  for (const ProgramStep& step : steps) {
    if (step.count < 1) {
      return Error{.message = fmt::format("{} runs {} times", in_quotes(step.net), step.count),
                   .hint = "a count is at least 1"};
    }
    for (std::int64_t i = 0; i < step.count; ++i) {
      const std::int64_t index = next[step.net]++;
      TPU_TRY_STATUS(
          joiner.add(step, runs[step.net] == 1 ? step.net : fmt::format("{}.{}", step.net, index)));
    }
  }
  return joiner.finish();
}

}  // namespace tpuscope
