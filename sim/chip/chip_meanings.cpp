// What each number of a chip means, for people who read or change one.

#include <algorithm>
#include <array>

#include "base/check.h"
#include "sim/chip/chip_fields.h"

namespace tpuscope {
namespace {

struct Meaning {
  std::string_view path{};
  std::string_view text{};
};

constexpr auto kMeanings = std::to_array<Meaning>({
    {"array.cores", "cores, each with its own engines and local memory"},
    {"array.lanes", "lanes of a core; channel c of a tensor is in lane c mod lanes"},
    {"array.eu_bytes_per_lane", "what a lane's execution units work on in a cycle"},
    {"array.i8_eu_bytes_per_lane", "of that, what instructions of 8 bits use"},
    {"array.i8_batch", "images that convolutions of 8 bits take together; fewer cost as much"},
    {"array.native_4_bit", "1: the cube takes weights of 4 bits; 0: they are unpacked first"},
    {"clock.tiu_mhz", "clock of the compute engine (BDC)"},
    {"clock.dma_mhz", "clock of the transfer engine (GDMA)"},
    {"local_memory.kib_per_lane", "local memory of each lane"},
    {"local_memory.banks", "parts of a lane's memory that serve one access at a time each"},
    {"cube.i8_channels", "products of 8 bits summed per lane, column and cycle"},
    {"cube.f16_channels", "products of 16 bits summed per lane, column and cycle; 0: none"},
    {"cube.columns", "result columns or pixels per lane and cycle"},
    {"cube.f32_macs_per_lane", "multiply-accumulates of 32 bits per lane and cycle; 0: none"},
    {"cube.scales_results",
     "1: scales 8-bit results and adds biases itself; 0: further commands do"},
    {"ddr.peak_gbps", "peak of the DDR, 10^9 bytes per second"},
    {"ddr.efficiency", "most of the peak that transfers in one direction reach"},
    {"ddr.granule_bytes", "smallest access of the DDR"},
    {"ddr.capacity_gib", "memory of a board: weights, inputs, outputs and intermediate tensors"},
    {"overhead.launch_us", "from the host's call to the first command of a planned network"},
    {"overhead.core_sync_cycles", "message between cores that meet"},
    {"overhead.net_us", "of a language model, what each of its nets takes beyond its commands"},
    {"overhead.host_net_us", "the same where a Python program calls the nets"},
    {"overhead.host_kv_us_per_mb", "of such a program, per MB of keys and values that it copies"},
    {"command.cube_16_channels", "channels that a 16-bit command of the cube sums per cycle"},
    {"command.cube_16_columns", "columns or pixels of a 16-bit command of the cube per cycle"},
    {"command.conv_start_cycles", "start-up of a convolution"},
    {"command.conv_pass_cycles", "of a convolution, per image and pass over the lanes"},
    {"command.conv_row_cycles", "of a convolution, per row of a strided or wide result"},
    {"command.conv_f32_factor", "on the products of an f32 convolution"},
    {"command.conv_f32_channel_cycles", "of an f32 convolution, per vector and input channel"},
    {"command.matmul_start_cycles", "start-up of a matrix product beside the cube"},
    {"command.matmul_f32_narrow_factor", "on f32 matrix products of one vector per lane"},
    {"command.matmul_f32_wide_factor", "on f32 matrix products of more vectors"},
    {"command.cube_start_cycles", "start-up of a matrix product in the cube"},
    {"command.cube_f16_factor", "on 16-bit matrix products in the cube"},
    {"command.arith_start_cycles", "start-up of arithmetic with one tensor operand"},
    {"command.arith_pair_start_cycles", "start-up of arithmetic with two tensor operands"},
    {"command.cast_start_cycles", "start-up of a cast between element types"},
    {"command.divide_cycles", "of a division, per vector"},
    {"command.special_start_cycles", "start-up of series (exp, erf) and roots"},
    {"command.rsqrt_cycles", "of an inverse square root, per vector"},
    {"command.window_start_cycles", "start-up of depthwise convolution and pooling"},
    {"command.depthwise_cycles", "of depthwise convolution, per vector and tap"},
    {"command.depthwise_narrow_cycles", "the same where a row is shorter than a vector"},
    {"command.depthwise_column_cycles", "the same where a row is one element"},
    {"command.depthwise_strided_cycles", "the same with a stride"},
    {"command.depthwise_strided_narrow_cycles", "with a stride, rows of at most a quarter vector"},
    {"command.pool_strided_cycles", "of pooling with a stride, per vector and tap"},
    {"command.pool_strided_narrow_cycles", "the same, rows of at most a quarter vector"},
    {"command.gather_start_cycles", "start-up of a gather or look-up"},
    {"command.gather_cycles", "of a gather or look-up, per element and lane"},
    {"command.lines_start_cycles", "start-up of a gather of lines"},
    {"command.requant_start_cycles", "start-up of requantisation and dequantisation"},
    {"command.broadcast_start_cycles", "start-up of copies between lanes"},
    {"command.static_start_cycles", "start-up of constants spread over lanes"},
    {"command.compare_start_cycles", "start-up of comparisons and selections"},
    {"command.system_cycles", "of ends, messages and register writes"},
    {"command.bank_conflict_cycles", "per vector and operand in the bank of the result"},
    {"command.load_bytes_per_cycle", "rate from DDR to local memory"},
    {"command.store_bytes_per_cycle", "rate from local memory to DDR"},
    {"command.copy_bytes_per_cycle", "rate from DDR to DDR"},
    {"command.load_start_cycles", "start-up of a load"},
    {"command.load_ramp_cycles", "most that a sixteenth of a load's bytes adds to its start-up"},
    {"command.store_start_cycles", "start-up of a store"},
    {"command.store_ramp_cycles", "most that a 200th of a store's bytes adds to its start-up"},
    {"command.copy_start_cycles", "start-up of a copy in DDR"},
    {"command.fill_start_cycles", "start-up of a fill with a constant"},
    {"command.matrix_start_cycles", "start-up of a transfer in matrix form"},
    {"command.outstanding_runs", "rows of a transfer that are under way at once"},
    {"command.load_run_cycles", "per further row of a load"},
    {"command.store_run_cycles", "per further row of a store"},
    {"command.copy_run_cycles", "per further row of a copy"},
    {"command.gather_row_cycles", "per row that an index picks in DDR"},
    {"command.load_element_cycles", "per loaded element with a stride of its own"},
    {"command.store_element_cycles", "per stored element with a stride of its own"},
    {"command.tiu_gap_cycles", "between two commands of the compute engine"},
    {"command.dma_gap_cycles", "between two transfers"},
    {"command.sync_cycles", "from the end on one engine to the start on the other"},
    {"command.sharing_factor", "on transfers of two cores that run at once"},
    {"command.launch_us", "before the streams of a compiled model"},
    {"estimate.load_bytes_per_cycle", "loads, as the compiler estimates them when it plans"},
    {"estimate.store_bytes_per_cycle", "stores, as the compiler estimates them when it plans"},
    {"estimate.copy_bytes_per_cycle", "copies in DDR, as the compiler estimates them"},
});

/// By the end of a number's name; the first that fits.
constexpr std::array<std::pair<std::string_view, std::string_view>, 11> kUnitOfEnding = {{
    {"bytes_per_cycle", "bytes/cycle"},
    {"bytes_per_lane", "bytes"},
    {"granule_bytes", "bytes"},
    {"_mhz", "MHz"},
    {"_us", "µs"},
    {"us_per_mb", "µs/MB"},
    {"_gbps", "GB/s"},
    {"_gib", "GiB"},
    {"kib_per_lane", "KiB"},
    {"_cycles", "cycles"},
    {"_factor", "times"},
}};

}  // namespace

std::string_view meaning_of(std::string_view path) {
  const auto found = std::find_if(kMeanings.begin(), kMeanings.end(),
                                  [&](const Meaning& row) { return row.path == path; });
  TPU_CHECK(found != kMeanings.end(), "nothing says what {} means", path);
  return found->text;
}

std::string_view unit_of(std::string_view path) {
  for (const auto& [ending, unit] : kUnitOfEnding) {
    if (path.ends_with(ending)) return unit;
  }
  return "";
}

}  // namespace tpuscope
