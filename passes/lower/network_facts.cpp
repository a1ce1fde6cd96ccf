// One pass over the ops: see network_facts.h.

#include "passes/lower/network_facts.h"

#include <utility>

#include "passes/tiling/movement.h"

namespace tpuscope {
namespace {

void append(std::string& text, std::uint32_t number) {
  text.append(reinterpret_cast<const char*>(&number), sizeof number);
}

}  // namespace

std::uint32_t SignatureTable::number_of(std::string text) {
  const std::lock_guard lock(mutex_);
  const auto next = static_cast<std::uint32_t>(numbers_.size());
  return numbers_.emplace(std::move(text), next).first->second;
}

NetworkFacts::NetworkFacts(const Graph& graph, SignatureTable& signatures)
    : ops_(graph.size()), first_(graph.size(), 0) {
  std::uint32_t values = 0;
  for (std::uint32_t i = 0; i < graph.size(); ++i) {
    first_[i] = values;
    values += static_cast<std::uint32_t>(graph[OpId{i}].results.size());
  }
  uses_.assign(values, 0);
  std::vector<std::uint32_t> place(graph.size(), 0);
  std::uint32_t next = 0;
  for (const OpId id : graph.topological_order()) {
    place[id.index] = next++;
    OpFacts& facts = ops_[id.index];
    facts.kinds = operand_kinds(graph, id);
    std::string text = signature_of(graph, id, facts.kinds) + "#";
    for (const bool is_weight : facts.kinds.weight)
      text += is_weight ? 'w' : '-';
    facts.number = signatures.number_of(std::move(text));
    facts.is_free = tpuscope::is_free(graph, id);
    append(structure_, facts.number);
    for (const Value value : graph[id].inputs) {
      ++uses_[index_of(value)];
      append(structure_, place[value.op.index]);
      append(structure_, value.result);
    }
  }
}

const NeededWork& NetworkFacts::needed(const Graph& graph) const {
  std::call_once(once_, [&] { needed_ = needed_work(graph, *this); });
  return needed_;
}

}  // namespace tpuscope
