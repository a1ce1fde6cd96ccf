// Command by command: the head tells the form, the form the length.

#include "sim/stream/hardware_command.h"

#include <fmt/core.h>

namespace tpuscope {
namespace {

struct Identity {
  CommandField id{};
  CommandField wait{};
};

/// Where the forms of a set keep ids.
std::vector<Identity> identities_of(const CommandForms& forms) {
  std::vector<Identity> identities;
  for (const CommandForm& form : forms.all())
    identities.push_back({form.field("cmd_id"), form.field("cmd_id_dep")});
  return identities;
}

/// As many as a program may have, see Plan::max_commands: beyond that a stream is no network's.
constexpr std::size_t kMostStreamCommands = 4'000'000;

}  // namespace

FieldTable::FieldTable(InstructionSet set, std::span<const std::string_view> names) {
  for (const CommandForm& form : CommandForms::of(set).all()) {
    std::vector<CommandField>& fields = fields_.emplace_back();
    for (const std::string_view name : names)
      fields.push_back(form.field(name));
  }
}

std::uint64_t transfer_precision(InstructionSet set, std::uint64_t code) {
  // f32, i16, u8, i8, f16: in terms of 0 i8, 1 f16, 2 f32, 3 i16.
  constexpr std::uint64_t kFormer[] = {2, 3, 0, 0, 1, 2, 2, 2};
  return set == InstructionSet::kBm1684 ? kFormer[code & 7U] : code;
}

Result<std::vector<HardwareCommand>> decode_stream(InstructionSet set, Engine engine,
                                                   std::string_view bytes,
                                                   const std::string& where) {
  const CommandForms& forms = CommandForms::of(set);
  const std::vector<Identity> identities = identities_of(forms);
  std::vector<HardwareCommand> commands;
  const auto wrong = [&](std::size_t at, const std::string& what) {
    return Error{.message = fmt::format("command {} of {} at byte {} {}", commands.size() + 1,
                                        name_of(engine), at, what),
                 .where = where,
                 .hint = "the file is damaged, or its compiler is newer than what is read"};
  };
  const std::size_t end = bytes.find_last_not_of('\0') + 1;  // npos + 1 is 0
  for (std::size_t at = 0; at < end;) {
    const std::string_view rest = bytes.substr(at);
    if (rest.size() < kHeadBytes) return wrong(at, "is cut off");
    if (commands.size() == kMostStreamCommands) {
      return Error{.code = ErrorCode::kUnsupported,
                   .message = fmt::format("the stream of {} has more than {} commands",
                                          name_of(engine), kMostStreamCommands),
                   .where = where};
    }
    const CommandForm* form = forms.form_of(engine, rest);
    if (form == nullptr) return wrong(at, "is of no known kind");
    if (form->bytes > rest.size()) return wrong(at, "is cut off");
    const Identity& identity = identities[form->index];
    HardwareCommand command{.form = form,
                            .bytes = rest.substr(0, form->bytes),
                            .id = static_cast<std::uint32_t>(commands.size() + 1)};
    if (identity.id.width > 0) {
      const std::uint64_t mask = (std::uint64_t{1} << identity.id.width) - 1;
      const std::uint64_t id = bits_of(command.bytes, identity.id);
      if (id != (command.id & mask)) return wrong(at, fmt::format("has the id {}", id));
    }
    command.wait_id = static_cast<std::uint32_t>(bits_of(command.bytes, identity.wait));
    commands.push_back(command);
    at += form->bytes;
  }
  return commands;
}

}  // namespace tpuscope
