// Findings of the schedule verifier, and what all of its parts look at.

#pragma once

#include <string>

#include "graph/graph.h"
#include "sim/chip/chip.h"
#include "sim/engine/timeline.h"
#include "sim/program/command.h"

namespace tpuscope {

/// A run as the verifier is given it.
struct Run {
  const Graph& graph;
  const Chip& chip;
  const Program& program;
  const Timeline& timeline;

  const Command& command(std::uint32_t index) const { return program.commands[index]; }
  const TensorPart& part(std::uint32_t index) const { return program.parts.at(index); }
  const ElementBox& box(std::uint32_t part_index) const {
    return program.boxes.at(part(part_index).box);
  }
};

/// Collects the first kMaxErrors violations.
class Findings {
 public:
  explicit Findings(const Run& run) : run_(run) {}

  /// `what` follows the command's name: "reads 64 bytes that were never written".
  void add(std::uint32_t command, const std::string& what);
  void add(const std::string& what);
  bool is_full() const { return errors_.size() >= kMaxErrors; }
  Errors take() { return std::move(errors_); }

  /// "command 12 (GDMA 7, Load for conv1)".
  std::string name(std::uint32_t command) const;
  /// "elements 0 to 63 of y" or "64 elements from 3 on of y".
  std::string part_text(std::uint32_t part) const;

 private:
  const Run& run_;
  Errors errors_{};
};

}  // namespace tpuscope
