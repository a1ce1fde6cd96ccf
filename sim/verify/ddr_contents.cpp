// Replay of DDR: see ddr_contents.h. Most tensors are complete when they are first read, so that
// one comparison of times answers most reads.

#include "sim/verify/ddr_contents.h"

#include <algorithm>

#include <fmt/core.h>

#include "sim/program/element_cover.h"

namespace tpuscope {

DdrContents::DdrContents(const Run& run, const Storage& storage, Findings& findings)
    : run_(run), storage_(storage), findings_(findings) {
  for (std::uint32_t i = 0; i < run.program.commands.size(); ++i) {
    const Command& command = run.program.commands[i];
    const bool writes = command.direction == Direction::kLocalToDdr ||
                        command.direction == Direction::kDdrToDdr ||
                        (command.kind == CommandKind::kHost && command.result_part != kNone);
    if (!writes) continue;
    const std::uint32_t part =
        command.result_part == kNone ? command.operand_parts[0] : command.result_part;
    if (part == kNone) {
      findings.add(i, "names no tensor part that it stores");
    } else {
      add(i, part, findings);
    }
  }
  for (auto& [root, ledger] : ledgers_) {
    std::vector<ElementBox> boxes;
    std::vector<ElementBox> exact;
    for (const Stored& stored : ledger.stores) {
      boxes.push_back(stored.box);
      if (!stored.is_loose) exact.push_back(stored.box);
    }
    const ElementBox whole = whole_box(run.graph.type(root).elements());
    ledger.missing = cover_of(whole, boxes).missing;
    const std::int64_t repeated = boxes.size() > 1 ? cover_of(whole, exact).repeated : 0;
    if (repeated > 0) {
      findings.add(
          fmt::format("{} elements of {} are stored twice", repeated, run.graph[root].name));
    }
  }
}

void DdrContents::add(std::uint32_t index, std::uint32_t part, Findings& findings) {
  const Value value = run_.part(part).value;
  const StoragePlace place = storage_.place(value);
  if (storage_.is_source(place.root)) {
    findings.add(index, fmt::format("overwrites {}", run_.graph[place.root].name));
    return;
  }
  const Command& command = run_.command(index);
  const Op& op = run_.graph[value.op];
  const bool gathers = op.def->movement != nullptr && command.direction == Direction::kDdrToDdr &&
                       op.def->movement(run_.graph.view(value.op)).gather_runs > 0;
  Ledger& ledger = ledgers_[place.root];
  ledger.stores.push_back(
      {index, storage_.box(value, run_.box(part)), gathers || command.kind == CommandKind::kFill});
  ledger.done = std::max(ledger.done, run_.timeline.end[index]);
}

void DdrContents::read(std::uint32_t command, std::uint32_t part) {
  const Value value = run_.part(part).value;
  const StoragePlace place = storage_.place(value);
  if (storage_.is_source(place.root)) return;
  const auto found = ledgers_.find(place.root);
  const Picoseconds start = run_.timeline.start[command];
  std::vector<ElementBox> held;
  std::uint32_t late = kNone;
  const ElementBox box = storage_.box(value, run_.box(part));
  if (found != ledgers_.end()) {
    const Ledger& ledger = found->second;
    if (ledger.missing == 0 && ledger.done <= start) return;
    for (const Stored& stored : ledger.stores) {
      if (run_.timeline.end[stored.command] <= start) {
        held.push_back(stored.box);
      } else if (late == kNone && intersects(stored.box, box)) {
        late = stored.command;
      }
    }
  }
  const std::int64_t missing = cover_of(box, held).missing;
  if (missing == 0) return;
  std::string text = fmt::format("reads {} from DDR, {} of them are not stored yet",
                                 findings_.part_text(part), missing);
  if (late != kNone) text += fmt::format("; {} comes later", findings_.name(late));
  findings_.add(command, text);
}

void DdrContents::check_end() {
  for (const OpId op : run_.graph.outputs()) {
    const Value value = run_.graph[op].inputs.at(0);
    const StoragePlace place = storage_.place(value);
    if (storage_.is_source(place.root) || run_.graph.type(value).elements() == 0) continue;
    const auto found = ledgers_.find(place.root);
    std::vector<ElementBox> held;
    if (found != ledgers_.end()) {
      if (found->second.missing == 0) continue;
      for (const Stored& stored : found->second.stores)
        held.push_back(stored.box);
    }
    const ElementBox box = storage_.box(value, whole_box(run_.graph.type(value).elements()));
    const std::int64_t missing = cover_of(box, held).missing;
    if (missing > 0) {
      findings_.add(fmt::format("{} of {} elements of the output {} are never stored", missing,
                                box.elements(), run_.graph[op].name));
    }
  }
}

}  // namespace tpuscope
