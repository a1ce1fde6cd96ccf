// What commands cost by their fields, as the arithmetic that gives it; chip BM1684X: 64 lanes of 64
// bytes, cube of 32 channels by 4 columns in 16 bits.

#include "sim/cost/instruction_cost.h"

#include <cmath>

#include <doctest/doctest.h>

#include "sim/cost/instruction_rules.h"
#include "tests/support/mini_chip.h"

namespace tpuscope::test {
namespace {

const Chip& priced_chip() {
  static const Chip chip = load_chip("bm1684x").value();
  return chip;
}

std::int64_t cycles(const ComputeInstruction& instruction) {
  return price_of(instruction, priced_chip()).cost.total();
}

std::int64_t cycles(const TransferInstruction& instruction) {
  return price_of(instruction, priced_chip()).cost.total();
}

ComputeInstruction conv_16(std::uint32_t channels, std::uint32_t width, std::uint32_t kernel) {
  return {.kind = ComputeKind::kConv,
          .dtype = DType::kF16,
          .result = {1, 64, width, width},
          .input = {1, channels, width, width},
          .kernel = {kernel, kernel},
          .operands = {InstructionOperand{.bits = 16}}};
}

TEST_CASE("a convolution takes quads of pixels, blocks of channels, taps and a start") {
  // 1 pass * ceil(16 * 16 / 4) * ceil(32 / 32) * 9 taps + 37 + 1.5
  CHECK(cycles(conv_16(32, 16, 3)) == 64 * 9 + 39);
  CHECK(estimate_of(conv_16(32, 16, 3), priced_chip()) == 64 * 9);
  CHECK(cycles(conv_16(33, 16, 3)) == 2 * 64 * 9 + 39);
  // Rows of 48 pixels and more cost 5 cycles each, unless the kernel has one tap.
  CHECK(cycles(conv_16(32, 48, 3)) == 48 * 12 * 9 + 39 + 48 * 5);
  CHECK(cycles(conv_16(32, 48, 1)) == 48 * 12 + 39);
}

TEST_CASE("the parts of a price add up, and useful is what is not padded") {
  const InstructionPrice price = price_of(conv_16(16, 16, 3), priced_chip());
  CHECK(price.cost.total() == price.cost.initial + price.cost.useful + price.cost.padding);
  CHECK(price.cost.useful == 64 * 9 / 2);  // half of the channels
  CHECK(price.useful_ops == 2 * 64 * 16 * 16 * 16 * 9);
}

/// A command whose elements fill all lanes and whole vectors, or half of the lanes.
ComputeInstruction filling(ComputeKind kind, std::uint32_t bits, bool half) {
  const std::uint32_t channels = half ? 32 : 64;
  return {.kind = kind,
          .dtype = bits == 32 ? DType::kF32 : DType::kF16,
          .result = {1, channels, 16, 64},
          .input = {1, channels, 16, 64},
          .reduced = 64,
          .terms = 8,
          .operand_count = 1,
          .output = {.bits = bits, .address = 0x4000},
          .operands = {InstructionOperand{.bits = bits, .address = 0x4000}}};
}

TEST_CASE("what a unit takes longer for than its peak rate is work, and only unfilled lanes pad") {
  for (const ComputeKind kind :
       {ComputeKind::kArith, ComputeKind::kDivide, ComputeKind::kCast, ComputeKind::kRequant,
        ComputeKind::kGather, ComputeKind::kHazardGather, ComputeKind::kTaylor, ComputeKind::kRsqrt,
        ComputeKind::kCompare, ComputeKind::kPool}) {
    CAPTURE(static_cast<int>(kind));
    for (const std::uint32_t bits : {16U, 32U}) {
      const InstructionPrice full = price_of(filling(kind, bits, false), priced_chip());
      CHECK(full.issued_ops == full.useful_ops);
      CHECK(full.cost.padding == 0);
      const InstructionPrice half = price_of(filling(kind, bits, true), priced_chip());
      CHECK(half.issued_ops == 2 * half.useful_ops);
      // Half of the work, but for rounding.
      CHECK(std::abs(half.cost.padding - half.cost.useful) <= 1);
    }
  }
}

ComputeInstruction arith(std::uint32_t operands) {
  ComputeInstruction op{.kind = ComputeKind::kArith,
                        .dtype = DType::kF16,
                        .result = {1, 64, 1, 320},
                        .operand_count = operands,
                        .output = {.bits = 16, .address = 0x4000}};
  for (InstructionOperand& operand : op.operands)
    operand = {.bits = 16, .address = 0x8000};
  return op;
}

TEST_CASE("arithmetic takes a cycle per vector, two where it works in place") {
  CHECK(cycles(arith(2)) == 10 + 11);
  CHECK(cycles(arith(1)) == 10 + 8);
  ComputeInstruction in_place = arith(2);
  in_place.operands[0].address = in_place.output.address;
  CHECK(cycles(in_place) == 20 + 11);
  ComputeInstruction constant = arith(2);
  constant.operands[1].is_constant = true;
  CHECK(cycles(constant) == 10 + 8);
}

TEST_CASE("elements that lie apart take a line of memory each") {
  ComputeInstruction op = arith(1);
  op.operands[0].is_strided = true;
  op.operands[0].w_stride = 4;
  CHECK(cycles(op) == 10 * 4 + 8);  // a vector of 32 elements touches 4 lines of 64 bytes
}

TEST_CASE("a lane copy moves lane after lane, a broadcast all at once") {
  ComputeInstruction op{.kind = ComputeKind::kLaneBroadcast,
                        .result = {1, 64, 1, 64},
                        .output = {.bits = 8, .address = 0x100}};
  CHECK(cycles(op) == 1 + 28);
  op.kind = ComputeKind::kLaneCopy;
  CHECK(cycles(op) == 64 + 28);
}

/// One row of so many bytes from DDR to local memory.
TransferInstruction row_load(std::uint32_t bytes) {
  return {.source = {.address = 0x100000000, .extents = {1, 1, 1, bytes}, .strides = {0, 0, 0, 1}},
          .destination = {.is_local = true, .extents = {1, 1, 1, bytes}, .strides = {0, 0, 0, 1}}};
}

TEST_CASE("a load takes a start that grows, and its bytes at the direction's rate") {
  CHECK(cycles(row_load(64)) == std::llround(155 + 64 / 16.0 + 1 + 64 / 57.9));
  CHECK(cycles(row_load(57900)) == 155 + 165 + 1 + 1000);
}

TEST_CASE("more rows than are under way at once cost cycles each") {
  TransferInstruction load = row_load(2);
  load.source.extents[2] = load.destination.extents[2] = 132;
  load.source.strides[2] = 1000;
  load.destination.strides[2] = 2;
  // 100 rows beyond 32 take longer than 264 bytes.
  CHECK(cycles(load) == std::llround(155 + 264 / 16.0 + 32 + 100 * 3.7));
}

TEST_CASE("every number that a rule of commands names is one of the chip's") {
  for (const CostRule& rule : instruction_rules()) {
    for (const auto& paths : rule.values)
      CHECK_NOTHROW(static_cast<void>(standing_of(priced_chip(), paths)));
  }
}

/// A load of n x c rows of w contiguous elements each, the rows `stride` elements apart in DDR.
TransferInstruction load_of_rows(std::uint32_t rows, std::uint32_t width, std::uint32_t bits,
                                 std::uint32_t stride) {
  TransferInstruction load{.kind = TransferKind::kTensor, .element_bits = bits};
  load.source = {.extents = {1, rows, 1, width}, .strides = {rows * stride, stride, stride, 1}};
  load.destination = {
      .is_local = true, .extents = {1, rows, 1, width}, .strides = {width, width, width, 1}};
  return load;
}

TEST_CASE("the compiler takes every row of a load for a burst on a channel of the DDR, at least") {
  const Chip estimated = *as_estimated(priced_chip());
  const auto estimate = [&](const TransferInstruction& load) {
    return price_of(load, estimated).cost.total();
  };
  // What the compiler itself prints for these transfers, in cycles.
  // 64 rows of 4 bytes lie in one page, so on one of four channels: 64 * 256 bytes at 54.02 / 4.
  CHECK(std::abs(estimate(load_of_rows(64, 1, 32, 1)) - 1213) <= 1);
  // 64 rows of 448 bytes lie in seven pages: 28 672 bytes at 54.02.
  CHECK(std::abs(estimate(load_of_rows(64, 224, 16, 224)) - 530) <= 1);
  // 64 rows of 128 bytes in two pages: bursts of 256 on two channels.
  CHECK(std::abs(estimate(load_of_rows(64, 64, 16, 64)) - 606) <= 1);
  // 256 rows of 128 bytes in eight: on four.
  CHECK(std::abs(estimate(load_of_rows(256, 64, 16, 64)) - 1213) <= 1);
  // Silicon keeps 32 rows under way and has starts instead.
  CHECK(cycles(load_of_rows(64, 1, 32, 1)) < 400);
  // Of BM1688 no such estimate is known.
  CHECK_FALSE(as_estimated(load_chip("bm1688").value()));
}

TEST_CASE("the compiler's estimate of a computation has neither start nor silicon's factors") {
  const Chip estimated = *as_estimated(priced_chip());
  const InstructionPrice price = price_of(conv_16(32, 16, 3), estimated);
  CHECK(price.cost.total() == 64 * 9);
  CHECK(price.cost.initial == 0);
  CHECK(cycles(conv_16(32, 16, 3)) > 64 * 9);
}

TEST_CASE("chips are one to the planner where they differ in what no estimate asks for") {
  const auto key = [](const ChipOverrides& overrides) {
    return number_key(as_planned(load_chip("bm1684x", overrides).value()).value());
  };
  const std::string plain = key({});
  CHECK(key({{"command.load_start_cycles", "77"}, {"command.conv_start_cycles", "9"}}) == plain);
  CHECK(key({{"overhead.launch_us", "7"}}) == plain);
  for (const std::string number : {"clock.tiu_mhz", "estimate.load_bytes_per_cycle",
                                   "command.bank_conflict_cycles", "array.lanes"}) {
    CAPTURE(number);
    CHECK(key({{number, "16"}}) != plain);
  }
  CHECK_FALSE(as_planned(load_chip("bm1688").value()));
}

}  // namespace
}  // namespace tpuscope::test
