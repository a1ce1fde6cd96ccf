// Cycles and bus bytes of GDMA transfers. Structure after the open CV18xx model: contiguous runs,
// DRAM granules, page boundaries; bandwidths from the vendor's profiling tools.

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <numeric>

#include "sim/cost/cost.h"

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

/// Addresses of all rows: one segment per page that a row touches.
double segment_cycles(const Chip& chip, const Runs& runs) {
  return rows(runs) * chip.gdma.segment_cycles *
         static_cast<double>(ceil_div(runs.row_bytes(), chip.ddr.boundary_bytes));
}

double ddr_cycles(const Chip& chip, const Runs& runs, double rate) {
  return std::max(bus_bytes_of(chip, runs) / rate, segment_cycles(chip, runs));
}

GdmaCost finished(std::int64_t initial, double useful, double busy) {
  GdmaCost cost;
  const auto whole = static_cast<std::int64_t>(std::ceil(busy - 1e-9));
  const auto done = std::min(whole, static_cast<std::int64_t>(std::llround(useful)));
  cost.cost = {.initial = {initial}, .useful = {done}, .padding = {whole - done}};
  return cost;
}

}  // namespace

double ddr_bytes_per_cycle(const Chip& chip) {
  return chip.ddr.peak_gbps * chip.ddr.efficiency * 1e3 / chip.clock.dma_mhz;
}

double bytes_per_cycle(const Chip& chip, Direction direction) {
  const double ddr = ddr_bytes_per_cycle(chip);
  switch (direction) {
    case Direction::kDdrToLocal:
      return std::min(chip.gdma.ddr_to_local_bytes_per_cycle, ddr);
    case Direction::kLocalToDdr:
      return std::min(chip.gdma.local_to_ddr_bytes_per_cycle, ddr);
    // Every byte crosses the bus twice.
    case Direction::kDdrToDdr:
      return std::min(chip.gdma.ddr_to_ddr_bytes_per_cycle, ddr / 2);
    case Direction::kLocalToLocal:
      return chip.gdma.local_to_local_bytes_per_cycle;
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
  for (const StridedAxis& axis : axes) {
    // One side alone: what it repeats it has once.
    if (axis.stride != 0) both.push_back({axis.extent, axis.stride, axis.stride});
  }
  return runs_from(collapsed(std::move(both)), &Axis::source, offset, element_bytes);
}

Runs runs_of(const Region& region, const TensorType& tensor) {
  const std::vector<std::int64_t> strides = dense_strides(tensor.shape);
  std::vector<StridedAxis> axes;
  std::int64_t offset = 0;
  for (std::size_t axis = 0; axis < region.size(); ++axis) {
    axes.push_back({region[axis].extent(), strides[axis]});
    offset += region[axis].begin * strides[axis];
  }
  return runs_of(std::move(axes), offset, size_of(tensor.dtype));
}

CopyRuns runs_of(const StridedCopy& copy, std::int64_t element_bytes) {
  std::vector<Axis> axes;
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

GdmaCost gdma_cost(const Chip& chip, const Transfer& transfer) {
  const bool reads = transfer.direction != Direction::kLocalToDdr;
  const bool writes = transfer.direction != Direction::kDdrToLocal;
  const Runs& runs = reads ? transfer.source : transfer.destination;
  const double rate = bytes_per_cycle(chip, transfer.direction);
  const auto bytes = static_cast<double>(runs.total_bytes());
  const double elements = bytes / static_cast<double>(transfer.element_bytes);
  double busy = bytes / rate;
  if (reads && writes) {
    const double peak = chip.ddr.peak_gbps * 1e9 / (chip.clock.dma_mhz * 1e6);
    const double both =
        bus_bytes_of(chip, transfer.source) + bus_bytes_of(chip, transfer.destination);
    // Both sides' addresses come from one generator.
    const double segments =
        segment_cycles(chip, transfer.source) + segment_cycles(chip, transfer.destination);
    busy = std::max({busy, both / peak, segments});
  } else {
    busy = std::max(busy, ddr_cycles(chip, runs, rate));
    busy = std::max({busy, bytes / static_cast<double>(chip.gdma.local_bytes_per_cycle),
                     static_cast<double>(transfer.local_pieces),
                     chip.gdma.segment_cycles * static_cast<double>(transfer.local_segments)});
  }
  if (runs.bytes == transfer.element_bytes && runs.count > 1 && !transfer.transposes) {
    busy = std::max(busy, elements / chip.gdma.gather_elements_per_cycle);
  }
  if (transfer.transposes) {
    const double blocks = std::ceil(bytes / static_cast<double>(chip.gdma.transpose_block_bytes));
    busy = std::max(busy, blocks * chip.gdma.segment_cycles);
  }
  std::int64_t initial = chip.gdma.start_cycles * runs.transfers;
  // Later runs hide the penalty behind outstanding writes; the first of a transfer cannot.
  if (writes && transfer.destination.alignment % chip.ddr.granule_bytes != 0) {
    busy += static_cast<double>(chip.gdma.unaligned_cycles);
  }
  GdmaCost cost = finished(initial, bytes / rate, busy);
  cost.bytes = {runs.total_bytes()};
  if (reads) cost.ddr_read = bus_bytes(chip, transfer.source);
  if (writes) cost.ddr_write = bus_bytes(chip, transfer.destination);
  return cost;
}

GdmaCost fill_cost(const Chip& chip, Bytes bytes) {
  const double busy =
      static_cast<double>(bytes.value) / bytes_per_cycle(chip, Direction::kLocalToDdr);
  GdmaCost cost = finished(chip.gdma.start_cycles, busy, busy);
  cost.bytes = bytes;
  cost.ddr_write = {align_up(bytes.value, chip.ddr.granule_bytes)};
  return cost;
}

}  // namespace tpuscope
