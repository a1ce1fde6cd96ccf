// Checks of each queue by itself: see queues.h.

#include "sim/verify/queues.h"

#include <algorithm>
#include <cmath>

#include <fmt/core.h>

namespace tpuscope {

Queues::Queues(const Run& run, Findings& findings) : run_(run) {
  const std::vector<Command>& commands = run.program.commands;
  std::size_t cores = 1;
  for (const Command& command : commands)
    cores = std::max<std::size_t>(cores, command.core + std::size_t{1});
  queues_.resize(cores * kEngineCount);
  synced_.resize(commands.size());
  for (std::uint32_t i = 0; i < commands.size(); ++i) {
    std::vector<std::uint32_t>& queue = queues_[queue_of(commands[i])];
    const std::uint32_t before = queue.empty() ? 0 : synced_[queue.back()];
    synced_[i] = std::max(before, commands[i].wait_id);
    queue.push_back(i);
    if (commands[i].id != queue.size()) {
      findings.add(i, fmt::format("has id {}, {} expected", commands[i].id, queue.size()));
    }
  }
  Picoseconds last = run.timeline.launch;
  for (std::uint32_t i = 0; i < commands.size(); ++i) {
    check(i, findings);
    last = std::max(last, run.timeline.end[i]);
  }
  if (last != run.timeline.makespan) {
    findings.add(fmt::format("the last command ends at {} ps, the makespan is {} ps", last.value,
                             run.timeline.makespan.value));
  }
}

void Queues::check(std::uint32_t index, Findings& findings) const {
  const Command& command = run_.command(index);
  const Timeline& timeline = run_.timeline;
  const std::size_t own = queue_of(command);
  const std::int64_t start = timeline.start[index].value;
  if (command.id > 1 && command.id <= queues_[own].size()) {
    const std::uint32_t before = queues_[own][command.id - 2];
    if (timeline.end[before].value > start) {
      findings.add(index, fmt::format("starts at {} ps, before {} has ended at {} ps", start,
                                      findings.name(before), timeline.end[before].value));
    }
  } else if (start < timeline.launch.value) {
    findings.add(index, "starts before the launch");
  }
  if (command.wait_id > 0) {
    const std::vector<std::uint32_t>& other = queues_[own ^ 1U];
    if (command.wait_id > other.size()) {
      findings.add(index,
                   fmt::format("waits for id {}, the last is {}", command.wait_id, other.size()));
    } else if (timeline.end[other[command.wait_id - 1]].value > start) {
      findings.add(
          index, fmt::format("starts at {} ps and does not wait for {}, which ends at {} ps", start,
                             findings.name(other[command.wait_id - 1]),
                             timeline.end[other[command.wait_id - 1]].value));
    }
  }
  constexpr double kPicosecondsPerMicrosecond = 1e6;
  const double cycles = static_cast<double>(command.cost.total());
  const double least =
      cycles * kPicosecondsPerMicrosecond / run_.chip.engine_mhz(command.engine) - 1;
  if (static_cast<double>(timeline.end[index].value - start) < least) {
    findings.add(index, fmt::format("takes {} ps for {} cycles", timeline.end[index].value - start,
                                    command.cost.total()));
  }
}

bool Queues::is_enforced(std::uint32_t earlier, std::uint32_t later) const {
  const Command& first = run_.command(earlier);
  const Command& second = run_.command(later);
  if (first.engine == second.engine) return first.id < second.id;
  return first.id <= synced_[later];
}

std::vector<std::uint32_t> Queues::by_start() const {
  std::vector<std::uint32_t> order;
  order.reserve(run_.program.commands.size());
  std::vector<std::size_t> next(queues_.size());
  const auto key = [&](std::uint32_t index) {
    return std::pair(run_.timeline.start[index], index);
  };
  while (order.size() < run_.program.commands.size()) {
    std::size_t best = queues_.size();
    for (std::size_t q = 0; q < queues_.size(); ++q) {
      if (next[q] == queues_[q].size()) continue;
      if (best == queues_.size() || key(queues_[q][next[q]]) < key(queues_[best][next[best]])) {
        best = q;
      }
    }
    order.push_back(queues_[best][next[best]++]);
  }
  return order;
}

}  // namespace tpuscope
