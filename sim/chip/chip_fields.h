// The one list of a chip's numbers: reader, printer, overrides and provenance all walk it, so that
// a new field is one member in chip.h and one row in chip_fields.cpp. What-ifs walk it to change
// each number by itself.

#pragma once

#include <span>
#include <string_view>
#include <variant>

#include "sim/chip/chip.h"

namespace tpuscope {

/// A field's place in a chip; its type says whether the number must be whole.
using FieldPlace = std::variant<double*, std::int64_t*>;

struct ChipField {
  std::string_view section{};
  std::string_view key{};
  FieldPlace (*place)(Chip&) = nullptr;
  double min = 0;  ///< what is a possible machine at all
  double max = 0;
  bool is_optional = false;  ///< a chip file may leave it out: 0
};

/// Rows of one section are neighbours.
std::span<const ChipField> chip_fields();

std::string path_of(const ChipField& field);

double get(const ChipField& field, const Chip& chip);
void set(const ChipField& field, Chip& chip, double value);
bool is_whole(const ChipField& field);
/// Whether the number "gdma.start_cycles" must be whole. A check fails when a chip has no such
/// number.
bool is_whole_number(std::string_view path);

/// What the number "clock.tiu_mhz" means, as a clause. A check fails when a chip has no such
/// number.
std::string_view meaning_of(std::string_view path);
/// "MHz", "cycles", "bytes/cycle": by the number's name; empty for counts and shares.
std::string_view unit_of(std::string_view path);

}  // namespace tpuscope
