// Commands of the GDMA: a start, then bytes at the direction's rate, or rows where they are short.

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>

#include "sim/cost/cost.h"
#include "sim/cost/instruction_cost.h"
#include "sim/cost/instruction_rules.h"

namespace tpuscope {
namespace {

using SideExtents = std::array<double, 4>;

/// Absent extents count as 1.
SideExtents whole_extents(const std::array<std::uint32_t, 4>& extents) {
  SideExtents whole{};
  for (std::size_t i = 0; i < whole.size(); ++i)
    whole[i] = std::max(1U, extents[i]);
  return whole;
}

double product_of(const SideExtents& extents) {
  return extents[0] * extents[1] * extents[2] * extents[3];
}

/// Contiguous runs on one side; none where elements lie apart. Rows of different lanes never join.
std::optional<double> runs_of_side(const TransferSide& side, const SideExtents& extents) {
  const auto [n, c, h, w] = extents;
  const auto& strides = side.strides;
  if (w > 1 && strides[3] != 1) return std::nullopt;
  double runs = n * c * h;
  double run = w;
  if (h > 1 && strides[2] != run) return runs;
  run *= h;
  runs /= h;
  if (side.is_local) return runs;
  if (c > 1 && strides[1] != run) return runs;
  run *= c;
  runs /= c;
  if (n > 1 && strides[0] != run) return runs;
  return runs / n;
}

struct TransferParts {
  double bytes = 0;
  double start = 0;
  double rate = 1;
  double rows = 0;  ///< cycles of rows or elements, where they take longer than the bytes
  InstructionRule rule = InstructionRule::kCopyTransfer;

  double total() const { return start + std::max(bytes / rate, rows); }
};

double bytes_of(const TransferInstruction& transfer, double elements) {
  return elements * transfer.element_bits / 8;
}

InstructionRule rule_of(Direction direction) {
  switch (direction) {
    case Direction::kDdrToLocal:
      return InstructionRule::kLoad;
    case Direction::kLocalToDdr:
      return InstructionRule::kStore;
    default:
      return InstructionRule::kCopyTransfer;
  }
}

TransferParts direction_parts(Direction direction, const Chip& chip) {
  return {.rate = bytes_per_cycle(chip, direction), .rule = rule_of(direction)};
}

double cycles_per_run(Direction direction, const Chip& chip) {
  switch (direction) {
    case Direction::kDdrToLocal:
      return chip.command.load_run_cycles;
    case Direction::kLocalToDdr:
      return chip.command.store_run_cycles;
    default:
      return chip.command.copy_run_cycles;
  }
}

/// Before the first byte arrives, and what longer transfers take to reach their rate.
double start_of(const TransferForm& form, const Chip& chip) {
  const auto& numbers = chip.command;
  constexpr double kLoadRamp = 16;  // bytes per cycle that the start grows by
  constexpr double kStoreRamp = 200;
  if (form.is_fill) return numbers.fill_start_cycles;
  switch (form.direction) {
    case Direction::kDdrToLocal:
      return numbers.load_start_cycles + std::min(numbers.load_ramp_cycles, form.bytes / kLoadRamp);
    case Direction::kLocalToDdr:
      return numbers.store_start_cycles +
             std::min(numbers.store_ramp_cycles, form.bytes / kStoreRamp);
    default:
      return numbers.copy_start_cycles;
  }
}

// The compiler's estimate, read off what it says of 1 949 different transfers: rows go to the
// channels of the DDR page by page, each row takes at least a burst, and its GB/s are 2^30 bytes.
constexpr double kBurstBytes = 256;
constexpr double kPageBytes = 4096;
constexpr double kChannels = 4;
constexpr double kGibi = 1.073741824;

/// Bytes per cycle that the compiler expects; never more than the DDR of a what-if carries.
double estimated_rate(Direction direction, const Chip& chip) {
  const auto& numbers = chip.estimate;
  const double ddr = ddr_bytes_per_cycle(chip);
  switch (direction) {
    case Direction::kDdrToLocal:
      return std::min(numbers.load_bytes_per_cycle, ddr);
    case Direction::kLocalToDdr:
      return std::min(numbers.store_bytes_per_cycle, ddr);
    default:
      return std::min(numbers.copy_bytes_per_cycle, ddr / 2);
  }
}

/// Pages in which rows begin, were they one behind the other.
double estimated_channels(const TransferForm& form, double row) {
  const double pages = form.runs > 1 ? 1 + std::floor((form.bytes - row) / kPageBytes)
                                     : std::ceil(form.bytes / kPageBytes);
  return std::clamp(pages, 1.0, kChannels);
}

bool is_estimated(const Chip& chip) {
  return chip.prices == PriceModel::kEstimate;
}

TransferParts estimated_parts(const TransferForm& form, const Chip& chip) {
  constexpr double kLoadElement = 1.2;  // cycles per element with a stride of its own
  constexpr double kStoreElement = 4.2;
  const double rate = estimated_rate(form.direction, chip) / kGibi;
  TransferParts parts{.bytes = form.bytes,
                      .rate = rate,
                      .rule = form.is_fill ? InstructionRule::kFill : rule_of(form.direction)};
  if (form.is_fill) return parts;
  if (form.elements_apart > 0) {
    parts.rows = form.elements_apart * (form.writes_apart ? kStoreElement : kLoadElement);
    return parts;
  }
  const double row = form.bytes / form.runs;
  const double in_bursts = form.runs * std::max(row, kBurstBytes);
  parts.rows = in_bursts / rate * kChannels / estimated_channels(form, row);
  return parts;
}

/// Rows and columns dealt out to lanes, one by one where they are transposed on the way.
TransferParts matrix_parts(const TransferForm& form, const Chip& chip) {
  const auto& numbers = chip.command;
  const bool is_store = form.direction == Direction::kLocalToDdr;
  TransferParts parts = direction_parts(form.direction, chip);
  parts.bytes = form.bytes;
  parts.rule = is_store ? InstructionRule::kMatrixStore : InstructionRule::kMatrixLoad;
  if (is_estimated(chip) && form.elements_apart == 0) {
    parts.rate = estimated_rate(form.direction, chip);
    parts.rows = form.runs * std::max(parts.bytes / form.runs, kBurstBytes) / parts.rate;
    return parts;
  }
  parts.start = numbers.matrix_start_cycles;
  parts.rows = form.elements_apart > 0
                   ? form.elements_apart * numbers.load_element_cycles
                   : (form.runs - static_cast<double>(numbers.outstanding_runs)) *
                         cycles_per_run(form.direction, chip);
  return parts;
}

TransferParts form_parts(const TransferForm& form, const Chip& chip) {
  if (form.is_matrix) return matrix_parts(form, chip);
  if (is_estimated(chip)) return estimated_parts(form, chip);
  const auto& numbers = chip.command;
  TransferParts parts = direction_parts(form.direction, chip);
  if (form.is_fill) parts.rule = InstructionRule::kFill;
  parts.bytes = form.bytes;
  parts.start = start_of(form, chip);
  const double on_bus = form.bus_bytes * chip.clock.dma_mhz / (chip.ddr.peak_gbps * 1e3);
  if (form.elements_apart > 0) {
    const double each =
        form.writes_apart ? numbers.store_element_cycles : numbers.load_element_cycles;
    parts.rows = std::max(on_bus, form.elements_apart * each);
    return parts;
  }
  const auto outstanding = static_cast<double>(numbers.outstanding_runs);
  const double each =
      form.is_fill ? numbers.store_run_cycles : cycles_per_run(form.direction, chip);
  parts.rows = std::max(on_bus, (form.runs - outstanding) * each);
  if (form.direction == Direction::kDdrToLocal && !form.is_fill) {
    parts.start += std::min(form.runs, outstanding);
  }
  return parts;
}

InstructionPrice rounded(const TransferParts& parts) {
  constexpr double kMostBytes = 1e12;  // so that those of all commands add up in 64 bits
  InstructionPrice price{
      .rule = number_of(parts.rule),
      .bytes = static_cast<std::int64_t>(std::ceil(std::min(parts.bytes, kMostBytes)))};
  price.cost = whole_cycles(parts.total(), parts.start, parts.bytes / parts.rate);
  return price;
}

TransferParts matrix_parts(const TransferInstruction& transfer, const Chip& chip) {
  // The side in DDR has rows and columns in h and w, the other one pieces in n and c.
  const bool is_store = transfer.source.is_local;
  const auto& ddr = is_store ? transfer.destination : transfer.source;
  const auto& local = is_store ? transfer.source : transfer.destination;
  const bool has_shape = ddr.extents[3] > 0;
  const auto& shape = has_shape ? ddr.extents : local.extents;
  const double rows = std::max(1U, shape[2]);
  const double columns = std::max(1U, shape[3]);
  const double pieces =
      static_cast<double>(std::max(1U, local.extents[0])) * std::max(1U, local.extents[1]);
  TransferForm form{.direction = transfer.direction(),
                    .bytes = bytes_of(transfer, rows * columns),
                    .runs = is_estimated(chip) ? pieces : std::max(rows, pieces),
                    .is_matrix = true};
  if (transfer.kind == TransferKind::kTransposedMatrix) form.elements_apart = rows * columns;
  return matrix_parts(form, chip);
}

TransferParts pick_parts(const TransferInstruction& transfer, const Chip& chip) {
  const SideExtents extents = whole_extents(transfer.destination.extents);
  TransferParts parts{.rate = bytes_per_cycle(chip, Direction::kDdrToDdr),
                      .rule = InstructionRule::kPick};
  parts.bytes = bytes_of(transfer, extents[1] * extents[2] * extents[3]);
  parts.start = chip.command.copy_start_cycles;
  if (transfer.kind == TransferKind::kPick) {
    parts.rows = extents[1] * extents[2] * chip.command.gather_row_cycles;
  }
  return parts;
}

TransferParts tensor_parts(const TransferInstruction& transfer, const Chip& chip) {
  const bool is_fill = transfer.kind == TransferKind::kFill;
  const bool has_source =
      !is_fill && std::all_of(transfer.source.extents.begin(), transfer.source.extents.end(),
                              [](std::uint32_t extent) { return extent > 0; });
  const SideExtents source = whole_extents(transfer.source.extents);
  const SideExtents destination = whole_extents(transfer.destination.extents);
  const double elements = product_of(has_source ? source : destination);
  const Direction direction = transfer.direction();
  TransferForm form{
      .direction = direction, .bytes = bytes_of(transfer, elements), .is_fill = is_fill};
  if (is_fill) {
    form.direction =
        transfer.destination.is_local ? Direction::kDdrToLocal : Direction::kLocalToDdr;
  }
  const std::optional<double> from = is_fill ? 1 : runs_of_side(transfer.source, source);
  const std::optional<double> to = runs_of_side(transfer.destination, destination);
  if (transfer.kind == TransferKind::kTranspose) {
    form.elements_apart = elements;
  } else if (!from || !to) {
    form.elements_apart = elements;
    form.writes_apart = direction == Direction::kLocalToDdr ||
                        (direction == Direction::kDdrToDdr && !to.has_value());
  } else {
    form.runs = std::max(*from, *to);
  }
  return form_parts(form, chip);
}

TransferParts transfer_parts(const TransferInstruction& transfer, const Chip& chip) {
  switch (transfer.kind) {
    case TransferKind::kMatrix:
    case TransferKind::kTransposedMatrix:
      return matrix_parts(transfer, chip);
    case TransferKind::kGeneral:
    case TransferKind::kPick:
      return pick_parts(transfer, chip);
    case TransferKind::kSystem:
    case TransferKind::kMessage:
      return {.start = chip.command.system_cycles, .rule = InstructionRule::kTransferSystem};
    case TransferKind::kTensor:
    case TransferKind::kBroadcast:
    case TransferKind::kTranspose:
    case TransferKind::kFill:
      return tensor_parts(transfer, chip);
  }
  unreachable();
}

}  // namespace

InstructionPrice price_of(const TransferInstruction& instruction, const Chip& chip) {
  return rounded(transfer_parts(instruction, chip));
}

InstructionPrice price_of(const TransferForm& form, const Chip& chip) {
  return rounded(form_parts(form, chip));
}

InstructionPrice gather_price(double bytes, double rows, const Chip& chip) {
  if (is_estimated(chip)) {
    return price_of(TransferForm{.direction = Direction::kDdrToDdr, .bytes = bytes, .runs = rows},
                    chip);
  }
  return rounded({.bytes = bytes,
                  .start = chip.command.copy_start_cycles,
                  .rate = bytes_per_cycle(chip, Direction::kDdrToDdr),
                  .rows = rows * chip.command.gather_row_cycles,
                  .rule = InstructionRule::kPick});
}

std::string_view class_of(const TransferInstruction& instruction) {
  switch (instruction.kind) {
    case TransferKind::kMatrix:
    case TransferKind::kTransposedMatrix:
      return "matrix";
    case TransferKind::kFill:
      return "fill";
    case TransferKind::kPick:
      return "gather";
    case TransferKind::kSystem:
    case TransferKind::kMessage:
      return "sys";
    case TransferKind::kTensor:
    case TransferKind::kBroadcast:
    case TransferKind::kTranspose:
    case TransferKind::kGeneral:
      break;
  }
  switch (instruction.direction()) {
    case Direction::kDdrToLocal:
      return "load";
    case Direction::kLocalToDdr:
      return "store";
    default:
      return "copy";
  }
}

}  // namespace tpuscope
