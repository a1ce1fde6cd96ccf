// What one command costs: pure functions from a chip and a command's shape to cycles. Nothing here
// knows an op, a network or the commands around it. docs/model.md lists every rule with its source.

#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "graph/work.h"
#include "sim/chip/chip.h"
#include "sim/cost/layout.h"
#include "sim/program/command.h"

namespace tpuscope {

/// How a block is laid out in one dense tensor in DDR: `count` runs of `bytes` that are contiguous.
/// `alignment` divides the address of every run.
struct Runs {
  std::int64_t count = 1;
  std::int64_t bytes = 0;
  std::int64_t alignment = 1;
  std::int64_t transfers = 1;  ///< instructions needed, since one describes at most 4 axes
  /// Runs of one element that follow each other at `stride` bytes, which one address reaches.
  std::int64_t row = 1;
  std::int64_t stride = 0;

  std::int64_t total_bytes() const { return count * bytes; }
  /// Bytes from the first to the last that one address reaches.
  std::int64_t row_bytes() const { return (row - 1) * stride + bytes; }
};

/// Collapses axes whose stride continues the run before them; the order of `axes` is free.
Runs runs_of(std::vector<StridedAxis> axes, std::int64_t offset, std::int64_t element_bytes);

/// Both sides of a copy within DDR, collapsed only where both sides continue.
struct CopyRuns {
  Runs source{};
  Runs destination{};
};
CopyRuns runs_of(const StridedCopy& copy, std::int64_t element_bytes);

/// Runs of a region of a dense tensor.
Runs runs_of(const Region& region, const TensorType& tensor);

/// A transfer, priced by what DDR sees on each side it touches.
struct Transfer {
  Direction direction = Direction::kNone;
  Runs source{};       ///< DDR side of a load or copy
  Runs destination{};  ///< DDR side of a store or copy
  /// Contiguous pieces on the side of local memory; those of different lanes never join.
  std::int64_t local_runs = 1;
  std::int64_t element_bytes = 1;
  bool is_apart = false;   ///< what is contiguous in DDR is in different lanes
  bool is_matrix = false;  ///< by the command that deals rows and columns out to lanes
};

struct GdmaCost {
  EngineCost<GdmaClock> cost{};
  Bytes bytes{};     ///< payload
  Bytes ddr_read{};  ///< on the DDR bus, whole granules
  Bytes ddr_write{};
  std::uint8_t rule = 0;  ///< as InstructionPrice::rule
};

/// A load, a store or a copy within DDR.
GdmaCost gdma_cost(const Chip& chip, const Transfer& transfer);

/// A constant written to DDR.
GdmaCost fill_cost(const Chip& chip, Bytes bytes);

/// Rows that an index picks within DDR, and the index.
GdmaCost gather_cost(const Chip& chip, const Runs& rows, std::int64_t index_bytes);

/// Bytes per GDMA cycle that the DDR carries at best: peak * efficiency / clock.
double ddr_bytes_per_cycle(const Chip& chip);

/// How many times longer transfers take while `cores` of them load at full rate and share the DDR.
double crowding(const Chip& chip, std::int64_t cores);

/// Bytes that cross the DDR bus for these runs: every row of them takes whole granules.
Bytes bus_bytes(const Chip& chip, const Runs& runs);

/// Bytes per cycle of the GDMA's clock in a direction.
double bytes_per_cycle(const Chip& chip, Direction direction);

}  // namespace tpuscope
