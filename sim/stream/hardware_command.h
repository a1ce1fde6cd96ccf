// A stream of commands as an engine obeys them, taken apart into its commands.

#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "sim/stream/command_forms.h"

namespace tpuscope {

/// One command and where it is; fields are read from the stream's bytes when they are asked.
struct HardwareCommand {
  const CommandForm* form = nullptr;
  std::string_view bytes{};   ///< as many as the form has; of the stream, which must live on
  std::uint32_t id = 0;       ///< 1, 2, ...
  std::uint32_t wait_id = 0;  ///< of the other engine; 0: none

  /// A field's value; 0 where the form has none of that name.
  std::uint64_t operator[](std::string_view field) const {
    return bits_of(bytes, form->field(field));
  }
};

/// Fields by their places in a list of names, looked up once for all forms of a set.
class FieldTable {
 public:
  FieldTable(InstructionSet set, std::span<const std::string_view> names);

  /// 0 where the command's form has no such field.
  std::uint64_t value(const HardwareCommand& command, std::size_t name) const {
    return bits_of(command.bytes, fields_[command.form->index][name]);
  }
  bool has(const HardwareCommand& command, std::size_t name) const {
    return fields_[command.form->index][name].width > 0;
  }

 private:
  std::vector<std::vector<CommandField>> fields_{};  ///< by form, then by name
};

/// What a GDMA command does in place of a plain copy, on BM1684.
inline constexpr std::uint64_t kFormerFill = 4;
inline constexpr std::uint64_t kFormerTranspose = 5;

/// The precision code of elements that the GDMA moves: BM1684's commands count types otherwise than
/// those of the BDC.
std::uint64_t transfer_precision(InstructionSet set, std::uint64_t code);

/// The commands of a stream. Zeros after the last one fill it up and are left out. Errors, with
/// the place in the stream: a head that no command has, a command that is cut, ids that do not
/// count 1, 2, ... (where commands have ids). `where` names the stream.
Result<std::vector<HardwareCommand>> decode_stream(InstructionSet set, Engine engine,
                                                   std::string_view bytes,
                                                   const std::string& where);

}  // namespace tpuscope
