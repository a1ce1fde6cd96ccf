// Reads the embedded tables and tells commands apart by their heads.

#include "sim/stream/command_forms.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <optional>

#include "embedded/command_forms.h"

#include "base/check.h"
#include "base/number.h"

namespace tpuscope {
namespace {

constexpr CommandField kShort{"cmd_short", 0, 1};
constexpr CommandField kTaskType{"tsk_typ", 41, 4};
constexpr CommandField kTaskUnit{"tsk_eu_typ", 45, 5};
constexpr CommandField kDmaShort{"cmd_short", 3, 1};
constexpr CommandField kDmaType{"cmd_type", 32, 4};

/// A kind of command in the forms it has; later names are those of the other instruction set.
struct FormNames {
  std::uint64_t type = 0;
  std::array<std::string_view, 2> whole{};  ///< the first that the set has
  std::array<std::string_view, 2> brief{};  ///< likewise, where `cmd_short` is set
};

constexpr FormNames kBdcForms[] = {
    {0, {"CONV"}, {"sCONV"}},
    {1, {"PorD"}, {"sPorD"}},
    {2, {"MM"}, {"sMM"}},
    {3, {"AR"}, {"sAR"}},
    {4, {"RQ&DQ"}, {"sRQ&sDQ"}},
    {5, {"TRANS&BC", "CW&BC"}, {"sTRANS&sBC", "sCW&sBC"}},
    {6, {"SG"}, {"sSG"}},
    {7, {"LAR"}, {"LAR"}},
    {8, {"SEG"}, {"sSEG"}},
    {9, {"SFU"}, {"sSFU"}},
    {10, {"LIN"}, {"sLIN"}},
    {12, {"SYS_TR_ACC"}, {"SYS_TR_ACC"}},
    {13, {"CMP"}, {"sCMP"}},
    {14, {"VC"}, {"sVC"}},
    {15, {"SYSID", "SYS"}, {"SYSID", "SYS"}},
};
constexpr FormNames kCubeForms{2, {"MM2"}, {"sMM2"}};
constexpr FormNames kLineForms{6, {"SGL"}, {"sSGL"}};

constexpr FormNames kGdmaForms[] = {
    {0, {"DMA_tensor"}, {"DMA_tensor"}},
    {1, {"DMA_matrix"}, {"sDMA_matrix", "DMA_matrix"}},
    {2, {"DMA_masked_select"}, {"sDMA_masked_select", "DMA_masked_select"}},
    {3, {"DMA_general"}, {"sDMA_general", "DMA_general"}},
    {4, {"DMA_cw_transpose"}, {"DMA_cw_transpose"}},
    {5, {"DMA_nonzero"}, {"sDMA_nonzero", "DMA_nonzero"}},
    {6, {"sDMA_sys"}, {"sDMA_sys"}},
    {7, {"DMA_gather"}, {"DMA_gather"}},
    {8, {"DMA_scatter"}, {"DMA_scatter"}},
    {9, {"DMA_reverse"}, {"DMA_reverse"}},
    {10, {"DMA_compress"}, {"DMA_compress"}},
    {11, {"DMA_decompress"}, {"DMA_decompress"}},
};

/// Commands of BM1684, by their type: all are of one length and have the same fields.
constexpr CommandField kFormerTaskType{"tsk_typ", 37, 4};
constexpr std::string_view kFormerForms[] = {
    "CONV",      "PorD",   "MM",        "AR",  "MM2",        "CC",     "LUT", "MD_SUM",
    "MD_SCALAR", "MD_SFU", "MD_LINEAR", "LMA", "DECOMPRESS", "MD_CMP", "VC"};

/// Empty for a type that no command has.
std::string_view former_form(Engine engine, std::string_view command) {
  if (engine == Engine::kGdma) return "DMA_tensor";
  const std::uint64_t type = bits_of(command, kFormerTaskType);
  return type < std::size(kFormerForms) ? kFormerForms[type] : std::string_view{};
}

/// Of commands of the BDC.
const FormNames* bdc_names(std::string_view command) {
  const std::uint64_t type = bits_of(command, kTaskType);
  const std::uint64_t unit = bits_of(command, kTaskUnit);
  if (type == kCubeForms.type && unit >= 4 && unit <= 6) return &kCubeForms;
  if (type == kLineForms.type && (unit == 17 || unit == 18)) return &kLineForms;
  for (const FormNames& names : kBdcForms) {
    if (names.type == type) return &names;
  }
  return nullptr;
}

const FormNames* gdma_names(std::string_view command) {
  const std::uint64_t type = bits_of(command, kDmaType);
  for (const FormNames& names : kGdmaForms) {
    if (names.type == type) return &names;
  }
  return nullptr;
}

/// The text up to the separator, which is taken off with it.
std::string_view cut(std::string_view& text, char separator) {
  const std::size_t at = std::min(text.find(separator), text.size());
  const std::string_view part = text.substr(0, at);
  text.remove_prefix(std::min(at + 1, text.size()));
  return part;
}

std::uint32_t number_in_forms(std::string_view text) {
  const std::optional<std::uint32_t> value = number_in<std::uint32_t>(text);
  TPU_CHECK(value, "{} is no number", text);
  return *value;
}

std::string_view embedded_forms(InstructionSet set) {
  constexpr std::string_view kFiles[] = {"bm1684.txt", "bm1684x.txt", "bm1688.txt"};
  return embedded::command_forms().at(kFiles[static_cast<std::size_t>(set)]);
}

}  // namespace

std::uint64_t bits_of(std::string_view command, const CommandField& field) {
  std::uint64_t value = 0;
  for (std::uint32_t done = 0; done < field.width;) {
    const std::uint32_t bit = field.first_bit + done;
    const auto byte = static_cast<std::uint64_t>(static_cast<unsigned char>(command[bit / 8]));
    value |= (byte >> (bit % 8)) << done;
    done += 8 - bit % 8;
  }
  return field.width == 64 ? value : value & ((std::uint64_t{1} << field.width) - 1);
}

CommandField CommandForm::field(std::string_view wanted) const {
  for (const CommandField& candidate : fields) {
    if (candidate.name == wanted) return candidate;
  }
  return {.name = wanted};
}

CommandForms::CommandForms(InstructionSet set, std::string_view text) : set_(set) {
  while (!text.empty()) {
    std::string_view line = cut(text, '\n');
    if (line.empty() || line.front() == '#') continue;
    if (line.front() != ' ') {
      const std::string_view name = cut(line, ' ');
      const std::size_t bytes = number_in_forms(cut(line, ' ')) / 8;
      CommandForm form{.name = name, .index = forms_.size(), .bytes = bytes};
      if (cut(line, ' ') == "as") {
        const CommandForm* other = find(line);
        TPU_CHECK(other != nullptr, "{} is like {}, which does not stand before it", name, line);
        form.fields = other->fields;
      }
      forms_.push_back(std::move(form));
      continue;
    }
    CommandForm& form = forms_.back();
    while (!line.empty()) {
      std::string_view item = cut(line, ' ');
      if (item.empty()) continue;
      CommandField field{.name = cut(item, ':')};
      field.first_bit = number_in_forms(cut(item, ':'));
      field.width = number_in_forms(item);
      TPU_CHECK(
          field.width >= 1 && field.width <= 64 && field.first_bit + field.width <= form.bytes * 8,
          "{} of {} lies outside", field.name, form.name);
      form.fields.push_back(field);
    }
  }
}

const CommandForms& CommandForms::of(InstructionSet set) {
  static const std::array<CommandForms, 3> forms{
      CommandForms(InstructionSet::kBm1684, embedded_forms(InstructionSet::kBm1684)),
      CommandForms(InstructionSet::kBm1684x, embedded_forms(InstructionSet::kBm1684x)),
      CommandForms(InstructionSet::kBm1688, embedded_forms(InstructionSet::kBm1688))};
  return forms[static_cast<std::size_t>(set)];
}

const CommandForm* CommandForms::find(std::string_view name) const {
  for (const CommandForm& form : forms_) {
    if (form.name == name) return &form;
  }
  return nullptr;
}

const CommandForm* CommandForms::form_of(Engine engine, std::string_view command) const {
  TPU_CHECK(command.size() >= kHeadBytes, "a head of {} bytes", command.size());
  if (set_ == InstructionSet::kBm1684) return find(former_form(engine, command));
  const bool is_bdc = engine == Engine::kBdc;
  const FormNames* names = is_bdc ? bdc_names(command) : gdma_names(command);
  if (names == nullptr) return nullptr;
  const bool is_brief = bits_of(command, is_bdc ? kShort : kDmaShort) != 0;
  for (const std::string_view name : is_brief ? names->brief : names->whole) {
    const CommandForm* form = name.empty() ? nullptr : find(name);
    if (form != nullptr) return form;
  }
  return nullptr;
}

}  // namespace tpuscope
