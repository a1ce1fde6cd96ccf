// The replay: see schedule_check.h. Each question has its own file in verify/.

#include "sim/verify/schedule_check.h"

#include <algorithm>
#include <span>

#include <fmt/core.h>

#include "sim/program/element_cover.h"
#include "sim/verify/ddr_contents.h"
#include "sim/verify/local_contents.h"
#include "sim/verify/op_needs.h"
#include "sim/verify/queues.h"

namespace tpuscope {
namespace {

bool overlap(const LocalRange& a, const LocalRange& b) {
  return a.bytes > 0 && b.bytes > 0 && a.address < b.address + b.bytes &&
         b.address < a.address + a.bytes;
}

class Replay {
 public:
  Replay(const Run& run, Findings& findings)
      : run_(run),
        findings_(findings),
        queues_(run, findings),
        storage_(run, findings),
        ddr_(run, storage_, findings),
        needs_(run, storage_, findings),
        local_(queues_.cores(), LocalContents(run, storage_, queues_, findings)),
        open_(queues_.cores()) {}

  void play() {
    for (const std::uint32_t index : queues_.by_start()) {
      if (findings_.is_full()) return;
      const Command& command = run_.command(index);
      if (command.engine == Engine::kBdc) {
        compute(index, command);
      } else {
        transfer(index, command);
      }
    }
    ddr_.check_end();
  }

 private:
  /// Operands that the commands of a computation have read so far. What goes on from what it made,
  /// as a running sum does, is made of these as well.
  struct Computation {
    std::uint32_t op = kNone;
    std::vector<std::uint32_t> parts{};
    std::uint32_t made = kNone;  ///< the part that it made last

    void begin(const Command& command) {
      const auto operands = std::span(command.operand_parts).first(command.operand_count);
      const bool goes_on =
          op == command.op &&
          (made == kNone || std::find(operands.begin(), operands.end(), made) != operands.end());
      if (!goes_on) parts.clear();
      op = command.op;
      made = kNone;
    }
  };

  void compute(std::uint32_t index, const Command& command) {
    LocalContents& local = local_[command.core];
    Computation& computation = open_[command.core];
    computation.begin(command);
    for (std::size_t i = 0; i < command.operand_count; ++i) {
      const std::uint32_t part = command.operand_parts[i];
      local.read(index, command.operands[i], part);
      const bool is_new =
          part != kNone && std::find(computation.parts.begin(), computation.parts.end(), part) ==
                               computation.parts.end();
      if (is_new) computation.parts.push_back(part);
      // An instruction may work in place, element by element, but not shifted.
      const bool shifts = overlap(command.operands[i], command.result) &&
                          command.operands[i].address != command.result.address;
      if (shifts || overlap(command.operands[i], command.second_result)) {
        findings_.add(index, fmt::format("writes its operand {} while it reads it", i));
      }
    }
    if (overlap(command.result, command.second_result)) {
      findings_.add(index, "writes its results one over the other");
    }
    local.write(index, command.result, command.result_part);
    local.write(index, command.second_result, command.second_part);
    if (command.result_part == kNone) return;
    needs_.check_made(index, command.result_part, computation.parts);
    computation.made = command.result_part;
  }

  void transfer(std::uint32_t index, const Command& command) {
    if (command.kind == CommandKind::kHost) return read_parts(index, command);
    LocalContents& local = local_[command.core];
    switch (command.direction) {
      case Direction::kDdrToLocal:
        if (command.result_part == kNone) {
          findings_.add(index, "names no tensor part that it loads");
          return;
        }
        ddr_.read(index, command.result_part);
        local.write(index, command.result, command.result_part);
        check_bytes(index, command.result_part);
        return;
      case Direction::kLocalToDdr:
        for (std::size_t i = 0; i < command.operand_count; ++i)
          local.read(index, command.operands[i], command.operand_parts[i]);
        check_stored(index, command);
        return;
      case Direction::kDdrToDdr:
        read_parts(index, command);
        if (command.kind == CommandKind::kFill || command.result_part == kNone) return;
        if (command.operand_parts[1] == kNone) {
          check_bytes(index, command.result_part);
          needs_.check_moved(index, command.result_part, command.operand_parts[0]);
        }
        return;
      case Direction::kLocalToLocal:
        for (std::size_t i = 0; i < command.operand_count; ++i)
          local.read(index, command.operands[i], command.operand_parts[i]);
        local.write(index, command.result, command.result_part);
        if (command.result_part != kNone) {
          needs_.check_made(index, command.result_part,
                            {command.operand_parts.begin(),
                             command.operand_parts.begin() + command.operand_count});
        }
        return;
      case Direction::kNone:
        findings_.add(index, "has no direction");
        return;
    }
  }

  /// Everything that the command names in DDR.
  void read_parts(std::uint32_t index, const Command& command) {
    for (const std::uint32_t part : command.operand_parts) {
      if (part != kNone) ddr_.read(index, part);
    }
  }

  void check_stored(std::uint32_t index, const Command& command) {
    const std::uint32_t held = command.operand_parts[0];
    const std::uint32_t stored = command.result_part == kNone ? held : command.result_part;
    if (held == kNone || stored == kNone) return;  // named where stores are gathered
    check_bytes(index, stored);
    const Value from = run_.part(held).value;
    const Value to = run_.part(stored).value;
    if (storage_.place(from).root != storage_.place(to).root) {
      needs_.check_moved(index, stored, held);
    } else if (!contains(storage_.box(from, run_.box(held)), storage_.box(to, run_.box(stored)))) {
      findings_.add(index, fmt::format("stores {} out of {}", findings_.part_text(stored),
                                       findings_.part_text(held)));
    }
  }

  void check_bytes(std::uint32_t index, std::uint32_t part) {
    const DType type = run_.graph.type(run_.part(part).value).dtype;
    const std::int64_t bytes = run_.box(part).elements() * size_of(type);
    const Command& command = run_.command(index);
    // Weights may be stored with what fills their rows up and with parameters after them.
    const bool is_packed = command.kind == CommandKind::kLoadWeight && command.bytes > bytes;
    const std::int64_t narrow = local_element_bytes(type);
    const bool is_index =
        narrow < size_of(type) && command.bytes == run_.box(part).elements() * narrow;
    if (command.bytes == bytes || is_packed || is_index) return;
    findings_.add(index, fmt::format("carries {} bytes, {} are {}", command.bytes,
                                     findings_.part_text(part), bytes));
  }

  const Run& run_;
  Findings& findings_;
  Queues queues_;
  Storage storage_;
  DdrContents ddr_;
  OpNeeds needs_;
  std::vector<LocalContents> local_;  ///< by core
  std::vector<Computation> open_;     ///< by core
};

/// What the rest relies on; false when it does not hold.
bool check_form(const Run& run, Findings& findings) {
  const Program& program = run.program;
  const std::size_t count = program.commands.size();
  if (run.timeline.start.size() != count || run.timeline.end.size() != count) {
    findings.add(fmt::format("{} commands, {} starts, {} ends", count, run.timeline.start.size(),
                             run.timeline.end.size()));
    return false;
  }
  bool is_good = true;
  const auto check_part = [&](std::uint32_t index, std::uint32_t part) {
    if (part == kNone) return;
    const bool is_known = part < program.parts.size() &&
                          program.parts[part].box < program.boxes.size() &&
                          program.parts[part].value.op.index < run.graph.size();
    if (is_known) return;
    findings.add(index, fmt::format("names part {}, which is none", part));
    is_good = false;
  };
  for (std::uint32_t i = 0; i < count; ++i) {
    const Command& command = program.commands[i];
    check_part(i, command.result_part);
    check_part(i, command.second_part);
    for (const std::uint32_t part : command.operand_parts)
      check_part(i, part);
    if (command.op >= run.graph.size() || command.group >= run.program.groups) {
      findings.add(i, fmt::format("belongs to op {} and group {}, which are none", command.op,
                                  command.group));
      is_good = false;
    }
  }
  return is_good;
}

}  // namespace

Errors check_schedule(const Graph& graph, const Chip& chip, const Program& program,
                      const Timeline& timeline) {
  const Run run{graph, chip, program, timeline};
  Findings findings(run);
  if (program.stream) {  // whose commands name no parts of tensors
    if (check_form(run, findings)) Queues(run, findings);
  } else if (check_form(run, findings)) {
    Replay(run, findings).play();
  }
  return findings.take();
}

}  // namespace tpuscope
