// Forms of commands: how the fields of each kind of command lie in memory. Data, one text per
// instruction set (sim/stream/forms), so that a new chip's commands need no code.

#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "sim/program/command.h"

namespace tpuscope {

/// Which commands a chip obeys. BM1688 and CV186X share theirs.
enum class InstructionSet : std::uint8_t { kBm1684, kBm1684x, kBm1688 };

struct CommandField {
  std::string_view name{};
  std::uint32_t first_bit = 0;  ///< bit 0 is the lowest of byte 0
  std::uint32_t width = 0;      ///< at most 64 bits; 0: there is no such field
};

/// One way in which a command may be written; long and short ones of a kind are two forms.
struct CommandForm {
  std::string_view name{};  ///< the vendor's: "sCONV", "DMA_tensor"
  std::size_t index = 0;    ///< among the forms of its set
  std::size_t bytes = 0;
  std::vector<CommandField> fields{};

  /// The field called `name`, or one of width 0.
  CommandField field(std::string_view name) const;
};

/// Bits of a command, which must hold the field.
std::uint64_t bits_of(std::string_view command, const CommandField& field);

/// The bytes that tell a command's form; no command is shorter.
inline constexpr std::size_t kHeadBytes = 16;

class CommandForms {
 public:
  static const CommandForms& of(InstructionSet set);

  /// The form of the command that begins with these bytes, at least kHeadBytes; null if none does.
  const CommandForm* form_of(Engine engine, std::string_view command) const;
  const std::vector<CommandForm>& all() const { return forms_; }

 private:
  CommandForms(InstructionSet set, std::string_view text);
  const CommandForm* find(std::string_view name) const;

  InstructionSet set_;
  std::vector<CommandForm> forms_{};
};

}  // namespace tpuscope
