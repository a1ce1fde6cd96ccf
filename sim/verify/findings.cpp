// Wording of violations: see findings.h.

#include "sim/verify/findings.h"

#include <fmt/core.h>

namespace tpuscope {

std::string Findings::name(std::uint32_t index) const {
  const Command& command = run_.command(index);
  std::string text = fmt::format("command {} ({} {}, {}", index, name_of(command.engine),
                                 command.id, name_of(command.kind));
  if (command.op < run_.graph.size()) text += " for " + run_.graph[OpId{command.op}].name;
  if (command.core > 0) text += fmt::format(", core {}", command.core);
  return text + ")";
}

std::string Findings::part_text(std::uint32_t index) const {
  const ElementBox& box = run_.box(index);
  const std::string& tensor = run_.graph[run_.part(index).value].name;
  const std::int64_t elements = box.elements();
  const bool is_run = box.axes.empty() || (box.axes.size() == 1 && box.axes[0].stride == 1);
  if (is_run && elements > 0) {
    return fmt::format("elements {} to {} of {}", box.first, box.first + elements - 1, tensor);
  }
  return fmt::format("{} elements from {} on of {}", elements, box.first, tensor);
}

void Findings::add(std::uint32_t command, const std::string& what) {
  add(name(command) + " " + what);
}

void Findings::add(const std::string& what) {
  if (!is_full()) errors_.push_back({.message = what});
}

}  // namespace tpuscope
