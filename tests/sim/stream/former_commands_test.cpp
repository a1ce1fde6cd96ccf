// Commands of BM1684: one form of 1024 bits per engine, types and formats with codes of their own.

#include <array>

#include <doctest/doctest.h>

#include "sim/cost/instruction_cost.h"
#include "sim/stream/instructions.h"
#include "sim/stream/stream_program.h"
#include "tests/support/bmodel_writer.h"

namespace tpuscope::test {
namespace {

using FormerFields = std::vector<std::pair<std::string, std::uint64_t>>;
constexpr InstructionSet kFormerSet = InstructionSet::kBm1684;
constexpr std::uint64_t kFormerLocal = 0x8000000;
constexpr std::uint64_t kFormerDdr = 0x100000000;

std::string former_bdc(FormerFields fields) {
  fields.insert(fields.end(), {{"cmd_id", 1},
                               {"res0_n", 1},
                               {"res0_c", 64},
                               {"res0_h", 4},
                               {"res0_w", 8},
                               {"res0_prec", 2},
                               {"opd0_prec", 2}});
  return command_bytes(kFormerSet, "CONV", fields);
}

/// 64 channels of 4 x 8 words.
std::string former_transfer(std::uint64_t source, std::uint64_t destination,
                            FormerFields more = {}) {
  FormerFields fields{{"cmd_id", 1},
                      {"src_start_addr_l32", source & 0xFFFFFFFF},
                      {"src_start_addr_h8", source >> 32U},
                      {"dst_start_addr_l32", destination & 0xFFFFFFFF},
                      {"dst_start_addr_h8", destination >> 32U}};
  for (const std::string side : {"src", "dst"}) {
    const FormerFields shape{{side + "_nsize", 1},    {side + "_csize", 64},
                             {side + "_hsize", 4},    {side + "_wsize", 8},
                             {side + "_nstride", 32}, {side + "_cstride", 32},
                             {side + "_hstride", 8},  {side + "_wstride", 1}};
    fields.insert(fields.end(), shape.begin(), shape.end());
  }
  fields.insert(fields.end(), more.begin(), more.end());
  return command_bytes(kFormerSet, "DMA_tensor", fields);
}

HardwareCommand former_command(Engine engine, const std::string& bytes) {
  const auto commands = decode_stream(kFormerSet, engine, bytes, "s");
  if (!commands.ok()) FAIL(commands.error().message);
  REQUIRE(commands->size() == 1);
  return commands->front();
}

ComputeKind former_kind(FormerFields fields) {
  const std::string bytes = former_bdc(std::move(fields));
  return InstructionReader(kFormerSet).compute(former_command(Engine::kBdc, bytes)).kind;
}

TransferInstruction former_moved(const std::string& bytes) {
  return InstructionReader(kFormerSet).transfer(former_command(Engine::kGdma, bytes));
}

TEST_CASE("on BM1684 the type tells what a command does, and the unit how") {
  CHECK(former_kind({}) == ComputeKind::kConv);
  CHECK(former_kind({{"tsk_typ", 1}, {"tsk_eu_typ", 4}}) == ComputeKind::kPool);
  CHECK(former_kind({{"tsk_typ", 1}, {"tsk_eu_typ", 1}}) == ComputeKind::kDepthwise);
  // An average is a filter of one constant.
  CHECK(former_kind({{"tsk_typ", 1}, {"tsk_eu_typ", 1}, {"opd1_const", 1}}) == ComputeKind::kPool);
  CHECK(former_kind({{"tsk_typ", 2}}) == ComputeKind::kMatMul);
  CHECK(former_kind({{"tsk_typ", 3}, {"tsk_eu_typ", 2}}) == ComputeKind::kArith);
  CHECK(former_kind({{"tsk_typ", 6}}) == ComputeKind::kGather);
  CHECK(former_kind({{"tsk_typ", 8}, {"tsk_eu_typ", 12}}) == ComputeKind::kDivide);
  CHECK(former_kind({{"tsk_typ", 9}, {"tsk_eu_typ", 13}}) == ComputeKind::kTaylor);
  CHECK(former_kind({{"tsk_typ", 9}, {"tsk_eu_typ", 14}}) == ComputeKind::kCast);
  CHECK(former_kind({{"tsk_typ", 11}, {"tsk_eu_typ", 19}}) == ComputeKind::kCopy);
  CHECK(former_kind({{"tsk_typ", 13}, {"tsk_eu_typ", 23}}) == ComputeKind::kCompare);
  const auto unknown = decode_stream(kFormerSet, Engine::kBdc, former_bdc({{"tsk_typ", 15}}), "s");
  REQUIRE(!unknown.ok());
  CHECK(unknown.error().message == "command 1 of BDC at byte 0 is of no known kind");
}

TEST_CASE("the GDMA of BM1684 counts element types on its own") {
  constexpr std::array kBits{32, 16, 8, 8, 16};
  for (std::uint64_t code = 0; code < kBits.size(); ++code) {
    const std::string bytes =
        former_transfer(kFormerDdr, kFormerLocal, {{"src_data_format", code}});
    CHECK(former_moved(bytes).element_bits == static_cast<std::uint32_t>(kBits[code]));
  }
}

TEST_CASE(
    "where the GDMA of BM1684 moves to follows from addresses, what it does from its function") {
  const TransferInstruction load = former_moved(former_transfer(kFormerDdr, kFormerLocal));
  CHECK(load.kind == TransferKind::kTensor);
  CHECK(load.direction() == Direction::kDdrToLocal);
  CHECK(former_moved(former_transfer(kFormerLocal, kFormerDdr)).direction() ==
        Direction::kLocalToDdr);
  const std::string fill =
      former_transfer(0, kFormerDdr, {{"cmd_special_function", 4}, {"constant_value", 7}});
  CHECK(former_moved(fill).kind == TransferKind::kFill);
  CHECK(former_moved(former_transfer(kFormerLocal, kFormerLocal, {{"cmd_special_function", 5}}))
            .kind == TransferKind::kTranspose);
  CHECK(former_moved(former_transfer(kFormerDdr, kFormerLocal, {{"sys_mem_type", 1}})).kind ==
        TransferKind::kMatrix);
}

TEST_CASE("commands of BM1684 wait by ids of the other engine and are priced by its chip file") {
  const std::string load = former_transfer(kFormerDdr, kFormerLocal);
  const std::string store = former_transfer(kFormerLocal + 0x1000, kFormerDdr + 0x10000,
                                            {{"cmd_id_dep", 1}, {"cmd_id", 0}});
  const std::string add = former_bdc({{"cmd_id_dep", 1},
                                      {"tsk_typ", 3},
                                      {"tsk_eu_typ", 2},
                                      {"tsk_opd_num", 2},
                                      {"opd1_const", 1},
                                      {"opd0_addr", kFormerLocal},
                                      {"res0_addr", kFormerLocal + 0x1000}});
  const auto stream = decode_parts(kFormerSet, {{{.bdc = add, .gdma = load}}}, "s");
  REQUIRE(stream.ok());
  REQUIRE(stream->commands.size() == 2);
  CHECK(stream->commands[0].engine == Engine::kGdma);
  CHECK(stream->commands[1].wait_id == 1);
  const Result<Chip> chip = load_chip("bm1684");
  REQUIRE(chip.ok());
  const Program program = program_of(*stream, *chip);
  // 32 words per lane are one vector of 128 bytes: one cycle, and 8 to start.
  CHECK(program.commands[1].cost.total() == 1 + 8);
  CHECK(program.commands[0].bytes == 64 * 32 * 4);
  // What its computations touch is not read, and nothing is said of it.
  CHECK(stream->commands[1].is_opaque);
  // Ids that do not count are damage, as on the other chips.
  CHECK(!decode_stream(kFormerSet, Engine::kGdma, load + store, "s").ok());
}

}  // namespace
}  // namespace tpuscope::test
