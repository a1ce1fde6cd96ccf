// Chip: the numbers that describe one machine. Chips are data (sim/chips/*.json), so that a new one
// or a what-if needs no code; every number names its evidence, so that a reader of a prediction can
// ask what it rests on.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/units.h"
#include "graph/dtype.h"
#include "sim/program/command.h"

namespace tpuscope {

/// Why a number is believed.
enum class Evidence : std::uint8_t {
  kDocumented,  ///< read in a public document or source
  kInferred,    ///< computed from documented facts, or carried over from a sibling chip
  kCalibrated,  ///< fitted to measured latencies within a physical range
  kAssumed,     ///< a starting value that nothing public confirms
  kUser,        ///< set by an override
};
std::string_view name_of(Evidence evidence);

/// One number of a chip with its evidence, for printing and for `list`.
struct ChipValue {
  std::string path{};  ///< "gdma.start_cycles"
  double value = 0;
  Evidence evidence = Evidence::kAssumed;
  std::string source{};
  double low = 0;  ///< physical range; low == high == 0 when none is given
  double high = 0;
};

/// The most values of a chip that may be fitted to measurements.
inline constexpr std::size_t kMaxCalibrated = 12;

/// By which of two models commands are priced: see sim/cost/instruction_cost.h.
enum class PriceModel : std::uint8_t { kSilicon, kEstimate };

/// Rates are at the clock of the file; a field's unit is in its name.
struct Chip {
  std::string name{};
  std::string summary{};

  struct Clock {
    double tiu_mhz = 0;
    double dma_mhz = 0;
  } clock{};

  struct Array {
    std::int64_t cores = 0;
    std::int64_t lanes = 0;
    std::int64_t eu_bytes_per_lane = 0;     ///< width of a lane's execution units
    std::int64_t i8_eu_bytes_per_lane = 0;  ///< of that, what 8-bit instructions use
    /// Images that 8-bit convolution and pooling work on together; fewer cost as much.
    std::int64_t i8_batch = 1;
    std::int64_t native_4_bit = 0;  ///< 1: instructions take packed 4-bit operands
  } array{};

  struct LocalMemory {
    std::int64_t kib_per_lane = 0;
    std::int64_t banks = 0;
  } local_memory{};

  /// The multiply-accumulate array of convolution and matmul. A width of 0: no such precision.
  struct Cube {
    std::int64_t i8_channels = 0;   ///< products summed per lane, column and cycle
    std::int64_t f16_channels = 0;  ///< f16 and bf16
    std::int64_t columns = 0;       ///< result columns or pixels per lane and cycle
    std::int64_t f32_macs_per_lane = 0;
    /// 1: its instructions add bias and scale 8-bit results themselves, by registers that are
    /// written before, and read a value that is copied before; 0: instructions of their own do so.
    std::int64_t scales_results = 0;
  } cube{};

  struct Ddr {
    double peak_gbps = 0;   ///< 10^9 bytes per second
    double efficiency = 0;  ///< most of the peak that one direction of transfers reaches
    std::int64_t granule_bytes = 0;
    std::int64_t capacity_gib = 0;  ///< of a board: what weights, inputs, outputs and tensors share
  } ddr{};

  struct Overhead {
    double launch_us = 0;
    std::int64_t core_sync_cycles = 0;  ///< message between cores that meet; TIU clock
    double net_us = 0;                  ///< per net of a program, by the runtime
    double host_net_us = 0;             ///< per net, where a Python program drives it
    double host_kv_us_per_mb = 0;       ///< of cache, likewise
  } overhead{};

  /// What commands cost by the fields that the hardware has: those of programs that are planned
  /// here and those of compiled models alike. Cycles are of the command's engine.
  struct Instructions {
    std::int64_t cube_16_channels = 0;    ///< summed per lane, column and cycle in 16 bits
    std::int64_t cube_16_columns = 0;     ///< result columns or pixels in 16 bits
    double conv_start_cycles = 0;         ///< of a convolution
    double conv_pass_cycles = 0;          ///< per image and pass over the lanes
    double conv_row_cycles = 0;           ///< per row of a strided or wide result
    double conv_f32_factor = 0;           ///< on the products
    double conv_f32_channel_cycles = 0;   ///< per vector and input channel
    double matmul_start_cycles = 0;       ///< of a product beside the cube
    double matmul_f32_narrow_factor = 0;  ///< with one vector per lane
    double matmul_f32_wide_factor = 0;    ///< with more
    double cube_start_cycles = 0;         ///< of a product in the cube
    double cube_f16_factor = 0;           ///< on such products in 16 bits
    double arith_start_cycles = 0;        ///< with one operand that is no constant
    double arith_pair_start_cycles = 0;   ///< with two
    double cast_start_cycles = 0;
    double divide_cycles = 0;             ///< per vector
    double special_start_cycles = 0;      ///< of series and roots
    double rsqrt_cycles = 0;              ///< per vector
    double window_start_cycles = 0;       ///< of depthwise convolution and pooling
    double depthwise_cycles = 0;          ///< per vector and tap
    double depthwise_narrow_cycles = 0;   ///< where a row is shorter than a vector
    double depthwise_column_cycles = 0;   ///< where a row is one element
    double depthwise_strided_cycles = 0;  ///< with a stride
    /// With a stride, rows of at most a quarter vector.
    double depthwise_strided_narrow_cycles = 0;
    double pool_strided_cycles = 0;         ///< of pooling with a stride
    double pool_strided_narrow_cycles = 0;  ///< with a stride, rows of at most a quarter vector
    double gather_start_cycles = 0;
    double gather_cycles = 0;       ///< per element and lane
    double lines_start_cycles = 0;  ///< of gathered lines
    double requant_start_cycles = 0;
    double broadcast_start_cycles = 0;  ///< of copies between lanes
    double static_start_cycles = 0;     ///< of constants spread over lanes
    double compare_start_cycles = 0;
    double system_cycles = 0;          ///< of ends, messages and registers
    double bank_conflict_cycles = 0;   ///< per vector and operand in the result's bank
    double load_bytes_per_cycle = 0;   ///< DDR to local memory
    double store_bytes_per_cycle = 0;  ///< local memory to DDR
    double copy_bytes_per_cycle = 0;   ///< DDR to DDR
    double load_start_cycles = 0;
    double load_ramp_cycles = 0;  ///< most that a sixteenth of a load's bytes adds
    double store_start_cycles = 0;
    double store_ramp_cycles = 0;  ///< most that a 200th of a store's bytes adds
    double copy_start_cycles = 0;
    double fill_start_cycles = 0;
    double matrix_start_cycles = 0;     ///< of transfers in matrix form
    std::int64_t outstanding_runs = 0;  ///< rows under way at once
    double load_run_cycles = 0;         ///< per further row of a load
    double store_run_cycles = 0;        ///< per further row of a store
    double copy_run_cycles = 0;         ///< per further row of a copy
    double gather_row_cycles = 0;       ///< per row that an index picks
    double load_element_cycles = 0;     ///< per element with a stride of its own
    double store_element_cycles = 0;    ///< per element with a stride of its own
    double tiu_gap_cycles = 0;          ///< between commands of the BDC
    double dma_gap_cycles = 0;          ///< between transfers
    double sync_cycles = 0;             ///< from one engine's end to the other's start; TIU clock
    double sharing_factor = 0;          ///< on two transfers of different cores at once
    /// Before a stream; 13 on the device, 150 as the vendor's bmrt_test counts.
    double launch_us = 0;
  } command{};

  /// What the vendor's compiler takes transfers for when it plans; 0: not known.
  struct Estimate {
    double load_bytes_per_cycle = 0;   ///< DDR to local memory
    double store_bytes_per_cycle = 0;  ///< local memory to DDR
    double copy_bytes_per_cycle = 0;   ///< DDR to DDR
  } estimate{};

  PriceModel prices = PriceModel::kSilicon;  ///< no number of the file

  /// Every field above, in the order of the field table.
  std::vector<ChipValue> values{};

  std::int64_t local_bytes_per_lane() const { return local_memory.kib_per_lane * 1024; }
  std::int64_t ddr_bytes() const { return ddr.capacity_gib << 30; }
  std::int64_t local_bytes() const { return local_bytes_per_lane() * array.lanes; }
  std::int64_t bank_bytes() const { return local_bytes_per_lane() / local_memory.banks; }
  /// Elements of this type that a lane works on at once; at least 1.
  std::int64_t eu_count(DType type) const;
  double engine_mhz(Engine engine) const {
    return engine == Engine::kBdc ? clock.tiu_mhz : clock.dma_mhz;
  }
};

/// The chip as the vendor's compiler sees it when it plans: commands cost what it estimates, and
/// nothing passes between them. None where its estimate of transfers is not known.
std::optional<Chip> as_estimated(Chip chip);

/// The same for planning alone: what no estimate asks for, numbers that only silicon's prices know
/// and where all of them come from, is left out. Chips that differ in nothing else are one.
std::optional<Chip> as_planned(const Chip& chip);

/// Equal for chips of equal numbers, whatever their names and the evidence of each.
std::string number_key(const Chip& chip);

/// Multiply-accumulates per cycle and core at the peak; 0 when the chip lacks the precision.
std::int64_t peak_macs_per_cycle(const Chip& chip, DType type);
/// Whether the cube has 16 bits and does not scale its results itself. For BM1684X, which is so,
/// the vendor's compiler has kernels that BM1684 and BM1688 lack: heads of attention, products of
/// f32.
bool has_unscaled_half_cube(const Chip& chip);
/// Multiply-accumulates per second of all cores; an error when the chip lacks the precision.
Result<double> peak_macs_per_second(const Chip& chip, DType type);
/// Elements per second of one-pass vector arithmetic of all cores.
double peak_vector_elements_per_second(const Chip& chip, DType type);
double peak_ddr_bytes_per_second(const Chip& chip);

/// Overrides in the manner of `--set chip.clock.tiu_mhz=950`: path ("chip." may be left out) and
/// number.
using ChipOverrides = std::vector<std::pair<std::string, std::string>>;

/// Names of the embedded chips, sorted.
std::vector<std::string> builtin_chip_names();

/// An embedded chip by name ("bm1684x", "BM1684X", "1684x"), or a file by path (anything that ends
/// in .json or contains a slash). Errors carry file and JSON pointer: unknown key, duplicate key,
/// wrong type, missing value or evidence, number out of range.
Result<Chip> load_chip(const std::string& name_or_path, const ChipOverrides& overrides = {});

/// The chip with only `cores` of its cores in use: as with array.cores overridden, but never more
/// than there are; kUsage otherwise.
Result<Chip> with_cores(Chip chip, std::int64_t cores);

/// As load_chip, from JSON text; `where` names it in errors.
Result<Chip> parse_chip(std::string_view json, const std::string& where,
                        const ChipOverrides& overrides = {});

/// The chip as a file that parse_chip reads back to an equal chip.
std::string to_json(const Chip& chip);

}  // namespace tpuscope
