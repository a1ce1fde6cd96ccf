// Contiguous runs, the bytes that they take on the bus, and their price as a command.

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <numeric>

#include "sim/cost/cost.h"
#include "sim/cost/instruction_cost.h"

namespace tpuscope {
namespace {

/// Axes that one instruction describes: n, c, h, w.
constexpr std::size_t kTransferAxes = 4;

/// Bytes by which the elements of an instruction's innermost axis may be apart (kernel guide).
constexpr std::int64_t kMaxElementStride = 128;

/// A loop of a block with its stride on up to two sides.
struct Axis {
  std::int64_t extent = 1;
  std::int64_t source = 1;
  std::int64_t destination = 1;
};

/// Drops unit axes, sorts by the source stride and merges neighbours that continue on both sides.
/// Where a side repeats its elements the other side alone has an order.
std::vector<Axis> collapsed(std::vector<Axis> axes) {
  std::erase_if(axes, [](const Axis& axis) { return axis.extent == 1; });
  const bool repeats_source =
      std::any_of(axes.begin(), axes.end(), [](const Axis& axis) { return axis.source == 0; });
  std::sort(axes.begin(), axes.end(), [&](const Axis& a, const Axis& b) {
    const auto key = [&](const Axis& axis) {
      const std::int64_t source = std::abs(axis.source);
      const std::int64_t destination = std::abs(axis.destination);
      return repeats_source ? std::pair(destination, source) : std::pair(source, destination);
    };
    return key(a) < key(b);
  });
  std::vector<Axis> merged;
  for (const Axis& axis : axes) {
    if (!merged.empty()) {
      Axis& inner = merged.back();
      if (axis.source == inner.source * inner.extent &&
          axis.destination == inner.destination * inner.extent) {
        inner.extent *= axis.extent;
        continue;
      }
    }
    merged.push_back(axis);
  }
  return merged;
}

/// The lowest place of a side that a block with strides below zero touches, in elements.
std::int64_t lowest(const std::vector<Axis>& axes, std::int64_t Axis::*stride_of,
                    std::int64_t offset) {
  for (const Axis& axis : axes)
    offset += std::min<std::int64_t>(0, (axis.extent - 1) * (axis.*stride_of));
  return offset;
}

/// Strides below zero take the same bytes as those above, from their other end on.
Runs runs_from(const std::vector<Axis>& axes, std::int64_t Axis::*stride_of, std::int64_t offset,
               std::int64_t element_bytes) {
  Runs runs{.bytes = element_bytes};
  std::size_t first = 0;
  if (!axes.empty() && axes[0].source == 1 && axes[0].destination == 1) {
    runs.bytes *= axes[0].extent;
    first = 1;
  }
  const std::int64_t stride =
      first < axes.size() ? std::abs(axes[first].*stride_of) * element_bytes : 0;
  if (first == 0 && !axes.empty() && stride <= kMaxElementStride) {
    runs.row = axes[0].extent;
    runs.stride = stride;
  }
  std::int64_t alignment = lowest(axes, stride_of, offset) * element_bytes;
  for (std::size_t i = first; i < axes.size(); ++i) {
    runs.count *= axes[i].extent;
    alignment = std::gcd(alignment, axes[i].*stride_of * element_bytes);
  }
  // Tensors begin on pages, so that a run at offset 0 is aligned to anything that matters.
  constexpr std::int64_t kPage = 4096;
  runs.alignment = alignment == 0 ? kPage : std::gcd(alignment, kPage);
  // The run itself is the innermost of an instruction's axes, even when it is one element.
  const std::size_t described = axes.size() - first + 1;
  for (std::size_t outer = axes.size();
       outer > first && axes.size() - outer + kTransferAxes < described; --outer) {
    runs.transfers *= axes[outer - 1].extent;
  }
  return runs;
}

/// Granules that a row touches on average over the places where it can begin.
double granules(const Chip& chip, const Runs& runs) {
  const std::int64_t granule = chip.ddr.granule_bytes;
  const std::int64_t step = std::gcd(runs.alignment, granule);
  std::int64_t sum = 0;
  for (std::int64_t start = 0; start < granule; start += step) {
    sum += ceil_div(start + runs.row_bytes(), granule);
  }
  return static_cast<double>(sum) / static_cast<double>(granule / step);
}

double rows(const Runs& runs) {
  return static_cast<double>(runs.count) / static_cast<double>(runs.row);
}

double bus_bytes_of(const Chip& chip, const Runs& runs) {
  return rows(runs) * granules(chip, runs) * static_cast<double>(chip.ddr.granule_bytes);
}

}  // namespace

double ddr_bytes_per_cycle(const Chip& chip) {
  return chip.ddr.peak_gbps * chip.ddr.efficiency * 1e3 / chip.clock.dma_mhz;
}

double bytes_per_cycle(const Chip& chip, Direction direction) {
  const double ddr = ddr_bytes_per_cycle(chip);
  switch (direction) {
    case Direction::kDdrToLocal:
      return std::min(chip.command.load_bytes_per_cycle, ddr);
    case Direction::kLocalToDdr:
      return std::min(chip.command.store_bytes_per_cycle, ddr);
    // Every byte crosses the bus twice. Within local memory it goes the same way.
    case Direction::kDdrToDdr:
      return std::min(chip.command.copy_bytes_per_cycle, ddr / 2);
    case Direction::kLocalToLocal:
      return chip.command.copy_bytes_per_cycle;
    case Direction::kNone:
      break;
  }
  unreachable();
}

double crowding(const Chip& chip, std::int64_t cores) {
  const double wanted = static_cast<double>(cores) * bytes_per_cycle(chip, Direction::kDdrToLocal);
  return cores > 1 ? std::max(1.0, wanted / ddr_bytes_per_cycle(chip)) : 1.0;
}

Runs runs_of(std::vector<StridedAxis> axes, std::int64_t offset, std::int64_t element_bytes) {
  std::vector<Axis> both;
  both.reserve(axes.size());
  for (const StridedAxis& axis : axes) {
    // One side alone: what it repeats it has once.
    if (axis.stride != 0) both.push_back({axis.extent, axis.stride, axis.stride});
  }
  return runs_from(collapsed(std::move(both)), &Axis::source, offset, element_bytes);
}

Runs runs_of(const Region& region, const TensorType& tensor) {
  const std::vector<std::int64_t> strides = dense_strides(tensor.shape);
  std::vector<StridedAxis> axes;
  axes.reserve(region.size());
  std::int64_t offset = 0;
  for (std::size_t axis = 0; axis < region.size(); ++axis) {
    axes.push_back({region[axis].extent(), strides[axis]});
    offset += region[axis].begin * strides[axis];
  }
  return runs_of(std::move(axes), offset, size_of(tensor.dtype));
}

CopyRuns runs_of(const StridedCopy& copy, std::int64_t element_bytes) {
  std::vector<Axis> axes;
  axes.reserve(copy.extents.size());
  for (std::size_t i = 0; i < copy.extents.size(); ++i) {
    axes.push_back({copy.extents[i], copy.operand_strides[i], copy.result_strides[i]});
  }
  axes = collapsed(std::move(axes));
  return {runs_from(axes, &Axis::source, copy.operand_offset, element_bytes),
          runs_from(axes, &Axis::destination, copy.result_offset, element_bytes)};
}

Bytes bus_bytes(const Chip& chip, const Runs& runs) {
  return {static_cast<std::int64_t>(std::llround(bus_bytes_of(chip, runs)))};
}

namespace {

GdmaCost priced(const InstructionPrice& price, std::int64_t commands) {
  GdmaCost cost{.rule = price.rule};
  cost.cost = {.initial = {price.cost.initial * commands},
               .useful = {price.cost.useful},
               .padding = {price.cost.padding}};
  return cost;
}

/// Whether neighbours of this side are one element each and lie apart.
bool lies_apart(const Runs& runs, std::int64_t element_bytes) {
  return runs.bytes == element_bytes && runs.count > 1;
}

}  // namespace

GdmaCost gdma_cost(const Chip& chip, const Transfer& transfer) {
  const bool reads = transfer.direction != Direction::kLocalToDdr;
  const bool writes = transfer.direction != Direction::kDdrToLocal;
  const Runs& runs = reads ? transfer.source : transfer.destination;
  const auto bytes = static_cast<double>(runs.total_bytes());
  TransferForm form{
      .direction = transfer.direction, .bytes = bytes, .is_matrix = transfer.is_matrix};
  const bool source_apart = reads && lies_apart(transfer.source, transfer.element_bytes);
  const bool destination_apart = writes && lies_apart(transfer.destination, transfer.element_bytes);
  if (source_apart || destination_apart || transfer.is_apart) {
    form.elements_apart = bytes / static_cast<double>(transfer.element_bytes);
    form.writes_apart = writes && !source_apart;
  }
  std::int64_t most = transfer.local_runs;
  if (reads) most = std::max(most, transfer.source.count);
  if (writes) most = std::max(most, transfer.destination.count);
  form.runs = static_cast<double>(most);
  if (reads) form.bus_bytes += bus_bytes_of(chip, transfer.source);
  if (writes) form.bus_bytes += bus_bytes_of(chip, transfer.destination);
  GdmaCost cost = priced(price_of(form, chip), runs.transfers);
  cost.bytes = {runs.total_bytes()};
  if (reads) cost.ddr_read = bus_bytes(chip, transfer.source);
  if (writes) cost.ddr_write = bus_bytes(chip, transfer.destination);
  return cost;
}

GdmaCost fill_cost(const Chip& chip, Bytes bytes) {
  const TransferForm form{.direction = Direction::kLocalToDdr,
                          .bytes = static_cast<double>(bytes.value),
                          .is_fill = true};
  GdmaCost cost = priced(price_of(form, chip), 1);
  cost.bytes = bytes;
  cost.ddr_write = {align_up(bytes.value, chip.ddr.granule_bytes)};
  return cost;
}

GdmaCost gather_cost(const Chip& chip, const Runs& rows, std::int64_t index_bytes) {
  GdmaCost cost = priced(gather_price(static_cast<double>(rows.total_bytes() + index_bytes),
                                      static_cast<double>(rows.count), chip),
                         1);
  cost.bytes = {rows.total_bytes()};
  cost.ddr_read = bus_bytes(chip, rows) + Bytes{index_bytes};
  cost.ddr_write = bus_bytes(chip, rows);
  return cost;
}

}  // namespace tpuscope
