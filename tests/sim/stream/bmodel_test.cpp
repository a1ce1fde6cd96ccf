// Compiled models: what is written is read; damage, other chips and other files get one error each.

#include "sim/stream/bmodel.h"

#include <doctest/doctest.h>

#include "sim/stream/hardware_command.h"
#include "tests/support/bmodel_writer.h"

namespace tpuscope::test {
namespace {

std::string bmodel_command(std::string_view form,
                           const std::vector<std::pair<std::string, std::uint64_t>>& fields) {
  return command_bytes(InstructionSet::kBm1684x, form, fields);
}

/// A load, a cast that waits for it, a store that waits for the cast, and both ends.
BmodelFile small_bmodel() {
  BmodelFile file;
  file.cores = {
      {.bdc = {bmodel_command("sAR", {{"cmd_short", 1},
                                      {"cmd_id", 1},
                                      {"cmd_id_dep", 1},
                                      {"tsk_typ", 3},
                                      {"tsk_eu_typ", 14},
                                      {"res0_c", 8}}),
               bmodel_command("SYSID", {{"cmd_id", 2}, {"tsk_typ", 15}, {"tsk_eu_typ", 31}})},
       .gdma = {bmodel_command("DMA_tensor", {{"cmd_id", 1}, {"src_csize", 8}}),
                bmodel_command("DMA_tensor", {{"cmd_id", 2}, {"cmd_id_dep", 1}}),
                bmodel_command("sDMA_sys", {{"cmd_id", 3}, {"cmd_type", 6}})}}};
  return file;
}

Result<Bmodel> bmodel_read(const std::string& bytes) {
  MemorySource source(bytes);
  return read_bmodel(source, "small.bmodel");
}

/// Reads everything that the tables name.
Status read_streams(const std::string& bytes) {
  MemorySource source(bytes);
  TPU_TRY(const Bmodel model, read_bmodel(source, "small.bmodel"));
  for (const BmodelNet& net : model.nets) {
    for (const BmodelStage& stage : net.stages) {
      for (const BmodelSubnet& subnet : stage.subnets) {
        for (const auto& core : subnet.cores) {
          for (const BmodelCommands& group : core) {
            TPU_TRY(const std::string bdc,
                    source.read(model.binary_start + group.bdc.start, group.bdc.size));
            TPU_TRY_STATUS([&]() -> Status {
              TPU_TRY(const auto commands,
                      decode_stream(model.set, Engine::kBdc, bdc, "small.bmodel"));
              return Ok{};
            }());
          }
        }
      }
    }
  }
  return Ok{};
}

TEST_CASE("a bmodel tells its nets, tensors and streams") {
  const std::string bytes = small_bmodel().bytes();
  CHECK(is_bmodel(bytes));
  const Result<Bmodel> model = bmodel_read(bytes);
  REQUIRE(model.ok());
  CHECK(model->chip == "bm1684x");
  REQUIRE(model->nets.size() == 1);
  CHECK(model->nets[0].name == "small");
  const BmodelStage& stage = model->nets[0].stages.at(0);
  REQUIRE(stage.inputs.size() == 1);
  CHECK(stage.inputs[0].name == "in");
  CHECK(stage.inputs[0].shape == Shape{1, 8, 4, 4});
  CHECK(stage.inputs[0].dtype == DType::kU8);
  CHECK(stage.inputs[0].bytes() == 128);
  CHECK(stage.outputs.at(0).address == 0x100020000);
  CHECK(stage.weight_address == 0x100000000);
  CHECK(stage.weight_bytes == 4096);
  REQUIRE(stage.subnets.size() == 1);
  const BmodelCommands& group = stage.subnets[0].cores.at(0).at(0);
  CHECK(group.bdc_count == 2);
  CHECK(group.gdma_count == 3);

  const std::string bdc = bytes.substr(model->binary_start + group.bdc.start, group.bdc.size);
  CHECK(bdc.size() == 128);  // 64 + 16 bytes, filled up
  const auto commands = decode_stream(model->set, Engine::kBdc, bdc, "small.bmodel");
  REQUIRE(commands.ok());
  REQUIRE(commands->size() == 2);
  CHECK((*commands)[0].form->name == "sAR");
  CHECK((*commands)[0].wait_id == 1);
  CHECK((*commands)[0]["res0_c"] == 8);
  CHECK((*commands)[0]["tsk_eu_typ"] == 14);
  CHECK((*commands)[0]["of no form"] == 0);
  CHECK((*commands)[1].form->name == "SYSID");
}

TEST_CASE("each core of several has its own streams") {
  BmodelFile file = small_bmodel();
  file.cores.push_back(file.cores.front());
  const Result<Bmodel> model = bmodel_read(file.bytes());
  REQUIRE(model.ok());
  const BmodelSubnet& subnet = model->nets[0].stages[0].subnets.at(0);
  REQUIRE(subnet.cores.size() == 2);
  CHECK(subnet.cores[1].at(0).bdc.start > subnet.cores[0].at(0).bdc.start);
}

TEST_CASE("commands without ids are counted, those with ids must count 1, 2, ...") {
  const auto numbered = [](std::uint64_t id) {
    return bmodel_command("DMA_tensor", {{"cmd_id", id}, {"src_csize", 8}});
  };
  const auto decoded = [](const std::string& bytes) {
    return decode_stream(InstructionSet::kBm1684x, Engine::kGdma, bytes, "s");
  };
  CHECK(decoded(numbered(1) + numbered(2)).ok());
  const auto wrong = decoded(numbered(1) + numbered(3));
  REQUIRE(!wrong.ok());
  CHECK(wrong.error().message == "command 2 of GDMA at byte 96 has the id 3");

  const std::string plain =
      command_bytes(InstructionSet::kBm1688, "DMA_tensor", {{"src_csize", 8}});
  const auto counted = decode_stream(InstructionSet::kBm1688, Engine::kGdma, plain + plain, "s");
  REQUIRE(counted.ok());
  CHECK(counted->at(1).id == 2);
}

TEST_CASE("unknown and cut commands are refused at their place") {
  const std::string good = bmodel_command("DMA_tensor", {{"cmd_id", 1}});
  const auto decoded = [](const std::string& bytes) {
    return decode_stream(InstructionSet::kBm1684x, Engine::kGdma, bytes, "s");
  };
  const auto unknown =
      decoded(good + bmodel_command("DMA_tensor", {{"cmd_id", 2}, {"cmd_type", 15}}));
  REQUIRE(!unknown.ok());
  CHECK(unknown.error().message == "command 2 of GDMA at byte 96 is of no known kind");
  const auto cut = decoded(good.substr(0, 95));
  REQUIRE(!cut.ok());
  CHECK(cut.error().message == "command 1 of GDMA at byte 0 is cut off");
  CHECK(decoded(good + std::string(32, '\0')).value().size() == 1);
}

TEST_CASE("other chips, other files and other toolchains have an error of their own") {
  BmodelFile file = small_bmodel();
  file.chip = "BM1690";
  const Result<Bmodel> other = bmodel_read(file.bytes());
  REQUIRE(!other.ok());
  CHECK(other.error().code == ErrorCode::kUnsupported);
  CHECK(other.error().message == "the bmodel is for BM1690, whose commands are not known");
  CHECK(other.error().where == "small.bmodel");

  std::string former = small_bmodel().bytes();
  former[0] = '\xFF';
  CHECK(bmodel_read(former).error().message == "the bmodel is of the toolchain before tpu-mlir");
  CHECK(bmodel_read("CviModel" + std::string(100, '\0')).error().message ==
        "the file is no bmodel");
  CHECK(!is_bmodel("CviModel"));
}

TEST_CASE("a file that lost its end is cut off, though nothing of that is read") {
  const std::string bytes = small_bmodel().bytes();
  // Weights come first in these files: a longer end is what libraries of kernels are in others.
  const Result<Bmodel> cut = bmodel_read(bytes.substr(0, bytes.size() - 1));
  REQUIRE(!cut.ok());
  CHECK(cut.error().message == "the bmodel is cut off: " + std::to_string(bytes.size() - 1) +
                                   " of " + std::to_string(bytes.size()) + " bytes are there");
}

TEST_CASE("encrypted tables are named as a cause") {
  std::string bytes = small_bmodel().bytes();
  for (std::size_t i = 8; i < 400; ++i)
    bytes[i] = static_cast<char>(static_cast<unsigned char>(bytes[i]) ^ (i * 37 + 11));
  const Result<Bmodel> model = bmodel_read(bytes);
  REQUIRE(!model.ok());
  CHECK(model.error().message == "the tables of the bmodel are damaged or encrypted");
}

TEST_CASE("a tensor of more elements than a tensor may have is damage") {
  BmodelFile file = small_bmodel();
  file.input = {std::uint64_t{1} << 36U, std::uint64_t{1} << 34U};  // their product is 2^70
  CHECK(!bmodel_read(file.bytes()).ok());
  file.input = {1, 0};
  CHECK(!bmodel_read(file.bytes()).ok());
  file.input = {1, 1, 1, 1, 1, 1, 1, 1, 1};  // nine axes
  CHECK(!bmodel_read(file.bytes()).ok());
}

TEST_CASE("no cut of a file is read as a whole") {
  const std::string bytes = small_bmodel().bytes();
  REQUIRE(read_streams(bytes).ok());
  const std::size_t needed = bytes.rfind('\x55') + 1;  // weights are not read
  for (std::size_t size = 0; size < bytes.size(); size += size < needed ? 1 : 64) {
    const Status status = read_streams(bytes.substr(0, size));
    // The last stream is that of the GDMA, which this test does not read.
    if (size + 512 < bytes.size()) CHECK_MESSAGE(!status.ok(), size, " bytes");
  }
}

TEST_CASE("whatever byte of the tables changes, reading ends with a model or one error") {
  const std::string bytes = small_bmodel().bytes();
  const std::size_t tables = bytes.find('\x55');
  for (std::size_t at = 0; at < tables; ++at) {
    for (const unsigned change : {0x01U, 0x80U, 0xFFU}) {
      std::string changed = bytes;
      changed[at] = static_cast<char>(static_cast<unsigned char>(changed[at]) ^ change);
      const Status status = read_streams(changed);
      if (!status.ok()) CHECK(status.errors().size() == 1);
    }
  }
}

}  // namespace
}  // namespace tpuscope::test
