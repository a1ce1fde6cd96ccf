// Needs by the ops' own rules: see op_needs.h.

#include "sim/verify/op_needs.h"

#include <algorithm>

#include <fmt/core.h>

#include "base/text.h"
#include "graph/queries.h"

namespace tpuscope {
namespace {

std::string kind_text(const Op& op, const OpView& view) {
  std::string text(op.def->name);
  for (const auto& [name, value] : op.attributes.all())
    text += "|" + std::string(name) + "=" + attribute_text(value);
  for (const TensorType& type : view.inputs)
    text += ";" + type_text(type);
  return text;
}

bool is_empty_op_needs(const Region& region) {
  return std::any_of(region.begin(), region.end(),
                     [](const Range& range) { return range.extent() <= 0; });
}

}  // namespace

OpNeeds::OpFacts& OpNeeds::facts(OpId id) {
  const auto [at, is_new] = facts_.emplace(id.index, OpFacts{});
  OpFacts& facts = at->second;
  if (!is_new) return facts;
  const Op& op = run_.graph[id];
  facts.view = run_.graph.view(id);
  facts.lattice = lattice_of(facts.view.result().shape);
  if (op.def->movement != nullptr) facts.movement = op.def->movement(facts.view);
  const std::string text = kind_text(op, facts.view);
  facts.kind = kinds_.emplace(text, static_cast<std::uint32_t>(kinds_.size())).first->second;
  return facts;
}

/// Those of the operands that are of the input's storage.
void OpNeeds::find_parts(Value input, const std::vector<std::uint32_t>& operands,
                         std::vector<std::uint32_t>& parts) const {
  const Value root = storage_.place(input).root;
  parts.clear();
  for (const std::uint32_t part : operands) {
    if (storage_.place(run_.part(part).value).root == root) parts.push_back(part);
  }
}

void OpNeeds::check_made(std::uint32_t command, std::uint32_t result,
                         const std::vector<std::uint32_t>& operands) {
  // What only moves within local memory makes nothing.
  if (operands.size() == 1 && operands[0] == result) return;
  const TensorPart& made = run_.part(result);
  const OpId op = made.value.op;
  if (run_.command(command).op != op.index) {
    findings_.add(command, fmt::format("makes {}", findings_.part_text(result)));
    return;
  }
  if (made.value.result != 0) return;  // input_region speaks of result 0
  const OpFacts& known = facts(op);
  const std::vector<Value>& inputs = run_.graph[op].inputs;
  std::optional<std::vector<Region>> regions;
  std::vector<std::uint32_t> parts;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    find_parts(inputs[i], operands, parts);
    std::array<std::uint32_t, 4> key{};
    const bool is_simple = parts.size() == 1 && run_.part(parts[0]).value == inputs[i];
    if (is_simple) {
      key = {known.kind, static_cast<std::uint32_t>(i), made.box, run_.part(parts[0]).box};
      if (known_.contains(key)) continue;
    }
    if (!regions) {
      regions = regions_on(known.lattice, run_.program.boxes.at(made.box));
      if (!regions) {
        findings_.add(command,
                      fmt::format("makes {}, which has fewer", findings_.part_text(result)));
        return;
      }
    }
    check_operand(command, op, i, *regions, parts);
    if (is_simple) known_.insert(key);
  }
}

void OpNeeds::check_operand(std::uint32_t command, OpId id, std::size_t operand,
                            const std::vector<Region>& made,
                            const std::vector<std::uint32_t>& parts) {
  const Op& op = run_.graph[id];
  const OpFacts& known = facts(id);
  const Value input = op.inputs[operand];
  const TensorType& type = run_.graph.type(input);
  // What is in the command or in another operand is not read by itself.
  constexpr std::size_t kBias = 2;
  const bool is_inside =
      type.elements() <= 1 || (operand == kBias && packs_bias(*op.def, known.view));
  if (parts.empty() && is_inside && storage_.is_source(storage_.place(input).root)) return;
  std::vector<ElementBox> held;
  for (const std::uint32_t part : parts)
    held.push_back(storage_.box(run_.part(part).value, run_.box(part)));
  std::int64_t missing = 0;
  for (const Region& region : made) {
    const Region need = input_region(*op.def, known.view, operand, region);
    if (is_empty_op_needs(need)) continue;
    const ElementBox box = storage_.box(input, box_of(type.shape, need));
    const bool is_held = std::any_of(held.begin(), held.end(),
                                     [&](const ElementBox& other) { return contains(other, box); });
    if (!is_held) missing += cover_of(box, held).missing;
  }
  if (missing > 0) {
    findings_.add(command, fmt::format("does not read {} elements of {} that its op needs", missing,
                                       run_.graph[input].name));
  }
}

void OpNeeds::check_moved(std::uint32_t command, std::uint32_t destination, std::uint32_t source) {
  const TensorPart& to = run_.part(destination);
  const TensorPart& from = run_.part(source);
  const OpId op = to.value.op;
  const OpFacts& known = facts(op);
  if (!known.movement) {
    findings_.add(command, fmt::format("moves {} to {}", findings_.part_text(source),
                                       findings_.part_text(destination)));
    return;
  }
  if (known.movement->gather_runs > 0 && known.movement->copies.empty()) return;
  const ElementBox held = storage_.box(from.value, run_.box(source));
  for (const StridedCopy& copy : known.movement->copies) {
    const Value input = run_.graph[op].inputs.at(copy.operand);
    if (storage_.place(input).root != storage_.place(from.value).root) continue;
    const auto sources = sources_of(copy, run_.box(destination));
    if (!sources) continue;
    const bool is_right = std::all_of(sources->begin(), sources->end(), [&](const ElementBox& box) {
      return contains(held, storage_.box(input, box));
    });
    if (is_right) return;
  }
  findings_.add(command,
                fmt::format("moves {} to {}, which is not their place", findings_.part_text(source),
                            findings_.part_text(destination)));
}

}  // namespace tpuscope
