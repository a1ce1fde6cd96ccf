// What captures say of single constants of a chip: a board timed every command, so that the value
// which a constant would need can be solved for, command by command. Totals (fit.h) say how well
// all constants work together; captures say what each of them is, and how far commands disagree.

#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "base/terminal.h"
#include "sim/chip/chip.h"

namespace tpuscope {

/// A constant of the chip's section `command`, from those commands at least a fifth of whose price
/// hangs on it, all other constants as they are.
struct ConstantEvidence {
  std::string path{};  ///< "command.conv_start_cycles"
  double now = 0;
  double median = 0;  ///< of the values with which the commands' prices are what was measured
  double low = 0;     ///< lower and upper quartile of them
  double high = 0;
  std::size_t commands = 0;

  /// Enough commands to set the constant by.
  bool is_firm() const { return commands >= kFirmCommands; }
  static constexpr std::size_t kFirmCommands = 3;
};

struct CaptureEvidence {
  Chip chip{};
  std::vector<std::string> captures{};        ///< as the user named them
  std::vector<ConstantEvidence> constants{};  ///< in the order of the chip's fields
  std::size_t commands = 0;                   ///< with a measured length
  double priced = 0;                          ///< cycles of these by the chip, sum
  double measured = 0;                        ///< cycles that the boards saw
};

/// Errors: a folder that is no capture, has no measured lengths or is of another chip than `chip`.
Result<CaptureEvidence> capture_evidence(const std::vector<std::string>& folders, const Chip& chip);

/// The chip with the medians of firm constants; their evidence is that of the captures, their range
/// the quartiles. Constants in `except` stay.
Chip chip_with(const CaptureEvidence& evidence, const std::vector<std::string>& except);

std::string evidence_json(const CaptureEvidence& evidence);
std::string evidence_text(const CaptureEvidence& evidence, const Terminal& terminal);

}  // namespace tpuscope
