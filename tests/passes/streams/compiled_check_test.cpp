// The verifier of real streams: nothing is found in sound ones, and what is done to them is.

#include <doctest/doctest.h>

#include "base/text.h"
#include "passes/streams/compiled_network.h"
#include "sim/engine/replay.h"
#include "tests/support/bmodel_examples.h"
#include "tests/support/shared_files.h"

namespace tpuscope::test {
namespace {

CompiledNetwork network_of(const BmodelFile& file) {
  const std::string bytes = file.bytes();
  MemorySource source(bytes);
  Result<CompiledNetwork> network = compiled_from(source, "small.bmodel");
  if (!network.ok()) FAIL(network.error().message);
  return std::move(network).value();
}

std::vector<std::string> found_in(const CompiledNetwork& network) {
  const Result<Simulation> simulation = simulate(network, network.home);
  REQUIRE(simulation.ok());
  std::vector<std::string> texts;
  for (const Error& error : check_compiled(network, network.home, *simulation))
    texts.push_back(error.message);
  return texts;
}

std::string first_in(const CompiledNetwork& network) {
  const std::vector<std::string> texts = found_in(network);
  return texts.empty() ? "" : texts.front();
}

BmodelFile named_file() {
  BmodelFile file = convolution_file();
  file.locations = small_locations();
  return file;
}

/// A load, then another one in place of the third transfer, which stored.
std::string& gdma(BmodelFile& file, std::size_t command) {
  return file.cores.at(0).gdma.at(command);
}

TEST_CASE("nothing is found in a sound stream") {
  CHECK(first_in(network_of(convolution_file())) == "");
  CHECK(first_in(network_of(named_file())) == "");
}

TEST_CASE("what was never written is not read") {
  BmodelFile file = convolution_file();
  gdma(file, 1) = tensor_transfer(2, 0, 0x100000000, 0x8005000);  // the filter, elsewhere
  const std::vector<std::string> texts = found_in(network_of(file));
  REQUIRE(texts.size() == 2);
  CHECK(texts[0].find("Conv") != std::string::npos);
  CHECK(texts[0].find("at 0x1000, which nothing wrote") != std::string::npos);
  CHECK(texts[1].find("at 0x5000, which nothing reads") != std::string::npos);
}

TEST_CASE("what is stored was written to its last byte") {
  BmodelFile file = convolution_file();
  gdma(file, 2) = tensor_transfer(3, 2, 0x8003008, file.output_address);
  CHECK(first_in(network_of(file)).find("of which those from 0x3010 on were never written") !=
        std::string::npos);
}

TEST_CASE("a command waits for what it reads, overwrites or is read before it") {
  BmodelFile file = convolution_file();
  file.cores.at(0).bdc.at(0) = convolution(1, 1);  // not for the filter
  CHECK(first_in(network_of(file)).find("without waiting for command") != std::string::npos);
  file = convolution_file();
  gdma(file, 2) = tensor_transfer(3, 1, 0x8003000, file.output_address);
  CHECK(first_in(network_of(file)).find("without waiting for command") != std::string::npos);
  file = convolution_file();
  // The input once more, over the one that the convolution may still read.
  gdma(file, 2) = tensor_transfer(3, 0, file.input_address, 0x8000000);
  gdma(file, 3) = tensor_transfer(4, 2, 0x8003000, file.output_address);
  file.cores.at(0).gdma.push_back(of_bm1684x("sDMA_sys", {{"cmd_id", 5}, {"cmd_type", 6}}));
  CHECK(first_in(network_of(file)).find("without waiting for command") != std::string::npos);
}

TEST_CASE("a lane ends") {
  BmodelFile file = convolution_file();
  gdma(file, 0) = tensor_transfer(1, 0, file.input_address, 0x803FFF8);
  CHECK(first_in(network_of(file)).find("a lane has 262144 bytes") != std::string::npos);
}

TEST_CASE("where tensors have names, what another op made is not read") {
  // The addition reads the filter in place of the convolution's result.
  const auto shifted = [](BmodelFile file) {
    file.cores.at(0).bdc.at(1) = addition(0x1000);
    return network_of(file);
  };
  CHECK(first_in(shifted(named_file())).find("nobody whose results its op reads") !=
        std::string::npos);
  // Without names the result that is in vain is all that can be seen.
  CHECK(first_in(shifted(convolution_file())).find("which nothing reads") != std::string::npos);
}

/// As small_locations, with places.
std::string placed_locations(const std::string& conv_place = "8192") {
  const auto tensor = [](const std::string& name, const std::string& address) {
    return "{\"name\": \"" + name + "\", \"address\": " + address +
           ", \"layout\": \"eu_align\", \"memory_type\": \"<1x8x4x4xsi8>\", \"shape\": [1, 8, 4, "
           "4], "
           "\"slice\": \"[0:1, 0:8, 0:1, 0:4, 0:4]\"}";
  };
  const std::string in = std::to_string(0x100010000);
  const std::string out = std::to_string(0x100020000);
  const std::string filter = std::to_string(0x100000000);
  return "[" +
         located("tpu.Load", 10, true, "[0, 0]", "[0, 1]", tensor("in", in),
                 tensor("load_in", "0")) +
         "," +
         located("tpu.Load", 11, true, "[0, 1]", "[0, 2]", tensor("filter", filter),
                 tensor("load_filter", "4096")) +
         "," +
         located("tpu.Conv2D", 12, true, "[0, 2]", "[1, 2]",
                 tensor("load_in", "0") + "," + tensor("load_filter", "4096"),
                 tensor("conv", conv_place)) +
         "," +
         located("tpu.AddConst", 13, true, "[1, 2]", "[2, 2]", tensor("conv", conv_place),
                 tensor("sum", "12288")) +
         "," +
         located("tpu.Store", 14, true, "[2, 2]", "[2, 3]", tensor("sum", "12288"),
                 tensor("out", out)) +
         "]";
}

/// The filter as the convolution reads it: its 8 input channels are padded to a vector of 64.
std::string whole_filter() {
  return of_bm1684x("DMA_tensor", {{"cmd_id", 2},
                                   {"nchw_copy", 1},
                                   {"src_nsize", 1},
                                   {"src_csize", 8},
                                   {"src_hsize", 1},
                                   {"src_wsize", 64},
                                   {"src_cstride", 64},
                                   {"src_wstride", 1},
                                   {"dst_cstride", 64},
                                   {"dst_wstride", 1},
                                   {"src_start_addr_h8", 1},
                                   {"dst_start_addr_l32", 0x8001000}});
}

TEST_CASE("where tensors have places, commands touch nothing else") {
  BmodelFile file = convolution_file();
  gdma(file, 1) = whole_filter();
  file.locations = placed_locations();
  CHECK(first_in(network_of(file)) == "");
  file.locations = placed_locations("16384");  // the convolution writes at 0x2000
  CHECK(first_in(network_of(file)).find("where its op has neither tensor nor working space") !=
        std::string::npos);
}

TEST_CASE("what is read in DDR was there or was stored, and outputs are stored") {
  constexpr std::uint64_t kNowhere = 0x100030000;
  BmodelFile file = convolution_file();
  gdma(file, 0) = tensor_transfer(1, 0, kNowhere, 0x8000000);
  CHECK(first_in(network_of(file)).find("reads 0x100030000 in DDR, where nothing was written") !=
        std::string::npos);
  file = convolution_file();
  gdma(file, 2) = tensor_transfer(3, 2, 0x8003000, file.output_address + 64);
  CHECK(first_in(network_of(file))
            .find("nothing writes 0x100020000 in DDR, which is of the "
                  "output") != std::string::npos);
  file = convolution_file();
  gdma(file, 2) = tensor_transfer(3, 2, 0x8003000, 0x100000000);
  CHECK(first_in(network_of(file)).find("where the weights are") != std::string::npos);
  // Where weights were taken out of the file, nobody knows what else is missing.
  file = convolution_file();
  gdma(file, 0) = tensor_transfer(1, 0, kNowhere, 0x8000000);
  file.weight_bytes = 0;
  CHECK(first_in(network_of(file)) == "");
}

TEST_CASE("what another core stored is read after a message") {
  const auto transfer = [](std::uint64_t source, std::uint64_t destination) {
    std::vector<std::pair<std::string, std::uint64_t>> fields{
        {"nchw_copy", 1},
        {"src_start_addr_l32", source & 0xFFFFFFFF},
        {"src_start_addr_h8", source >> 32U},
        {"dst_start_addr_l32", destination & 0xFFFFFFFF},
        {"dst_start_addr_h8", destination >> 32U}};
    for (const std::string side : {"src", "dst"}) {
      const auto whole = {std::pair<std::string, std::uint64_t>{side + "_nstride", 128},
                          {side + "_cstride", 16},
                          {side + "_hstride", 4},
                          {side + "_wstride", 1}};
      fields.insert(fields.end(), whole.begin(), whole.end());
    }
    fields.insert(fields.end(),
                  {{"src_nsize", 1}, {"src_csize", 8}, {"src_hsize", 4}, {"src_wsize", 4}});
    return command_bytes(InstructionSet::kBm1688, "DMA_tensor", fields);
  };
  const auto message = [](bool waits) {
    return command_bytes(InstructionSet::kBm1688, "sDMA_sys",
                         {{"cmd_type", 6},
                          {"cmd_special_function", waits ? 4U : 3U},
                          {"constant_value", 7 | 1U << 8U}});
  };
  constexpr std::uint64_t kBetween = 0x100030000;
  BmodelFile file;
  file.chip = "BM1688";
  const std::string load = transfer(file.input_address, 0);
  const std::string store = transfer(0, kBetween);
  const std::string again = transfer(kBetween, 0);
  const std::string last = transfer(0, file.output_address);
  file.cores = {{.bdc = {}, .gdma = {load, store, message(false)}},
                {.bdc = {}, .gdma = {message(true), again, last}}};
  CHECK(first_in(network_of(file)) == "");
  file.cores = {{.bdc = {}, .gdma = {load, store, message(false)}},
                {.bdc = {}, .gdma = {again, last, message(true)}}};
  // Both are one after the other in the file's order of cores, which nothing enforces.
  CHECK(first_in(network_of(file)).find("in DDR without waiting for command") != std::string::npos);
}

/// Damages: each takes a command of the network and does one thing to it; false: not to this one.
using Damage = bool (*)(CompiledNetwork&, std::size_t);

std::size_t first_block(const CompiledNetwork& network, std::size_t command) {
  return command == 0 ? 0 : network.stream.commands[command - 1].blocks_end;
}

bool drop_write(CompiledNetwork& network, std::size_t command) {
  bool drops = false;
  for (std::size_t b = first_block(network, command);
       b < network.stream.commands[command].blocks_end; ++b) {
    LocalBlock& block = network.stream.blocks[b];
    drops = drops || block.is_written;
    if (block.is_written) block.extents[3] = 0;
  }
  return drops;
}

bool move_write(CompiledNetwork& network, std::size_t command) {
  for (std::size_t b = first_block(network, command);
       b < network.stream.commands[command].blocks_end; ++b) {
    LocalBlock& block = network.stream.blocks[b];
    if (!block.is_written) continue;
    const std::uint32_t lane = local_geometry(network.stream.set).lane_bytes;
    block.address = (block.address + lane / 2) % lane;
    return true;
  }
  return false;
}

bool move_read(CompiledNetwork& network, std::size_t command) {
  const std::size_t b = first_block(network, command);
  if (b == network.stream.commands[command].blocks_end || network.stream.blocks[b].is_written) {
    return false;
  }
  const std::uint32_t lane = local_geometry(network.stream.set).lane_bytes;
  network.stream.blocks[b].address = (network.stream.blocks[b].address + lane / 2) % lane;
  return true;
}

/// Waits that no earlier command of the queue had waited for.
bool drop_wait(CompiledNetwork& network, std::size_t command) {
  StreamCommand& own = network.stream.commands[command];
  std::uint32_t before = 0;
  for (std::size_t i = 0; i < command; ++i) {
    const StreamCommand& other = network.stream.commands[i];
    if (other.core == own.core && other.engine == own.engine)
      before = std::max(before, other.wait_id);
  }
  if (own.wait_id <= before || network.stream.blocks_of(command).empty()) return false;
  own.wait_id = before;
  return true;
}

TransferInstruction* moved_data(CompiledNetwork& network, std::size_t command) {
  const StreamCommand& own = network.stream.commands[command];
  if (own.engine != Engine::kGdma) return nullptr;
  TransferInstruction& transfer = network.stream.transfers[own.index];
  const bool is_system =
      transfer.kind == TransferKind::kSystem || transfer.kind == TransferKind::kMessage;
  return is_system ? nullptr : &transfer;
}

constexpr std::uint64_t kFarAway = 1U << 22U;

bool move_load(CompiledNetwork& network, std::size_t command) {
  TransferInstruction* transfer = moved_data(network, command);
  const bool loads =
      transfer != nullptr && !transfer->source.is_local && transfer->kind != TransferKind::kFill;
  if (loads) transfer->source.address += kFarAway;
  return loads;
}

bool move_store(CompiledNetwork& network, std::size_t command) {
  TransferInstruction* transfer = moved_data(network, command);
  const bool stores = transfer != nullptr && !transfer->destination.is_local;
  if (stores) transfer->destination.address += kFarAway;
  return stores;
}

bool drop_store(CompiledNetwork& network, std::size_t command) {
  TransferInstruction* transfer = moved_data(network, command);
  const bool stores = transfer != nullptr && !transfer->destination.is_local;
  if (stores) transfer->kind = TransferKind::kSystem;
  return stores;
}

bool do_conflict(const CompiledNetwork& network, std::size_t a, std::size_t b) {
  const LocalGeometry geometry = local_geometry(network.stream.set);
  for (const LocalBlock& one : network.stream.blocks_of(a)) {
    for (const LocalBlock& other : network.stream.blocks_of(b)) {
      if (!one.is_written && !other.is_written) continue;
      const LaneRanges ours = ranges_of(one, geometry);
      const LaneRanges theirs = ranges_of(other, geometry);
      for (const LaneRange& x : ours.ranges) {
        for (const LaneRange& y : theirs.ranges) {
          if ((x.mask & y.mask) != 0 && x.begin < y.end && y.begin < x.end) return true;
        }
      }
    }
  }
  return false;
}

/// Whether any pair of commands that only this wait keeps apart touches a byte which one of them
/// writes: pair by pair, without the verifier's bookkeeping.
bool guards_anything(const CompiledNetwork& network, std::size_t command, std::uint32_t before) {
  const std::vector<StreamCommand>& commands = network.stream.commands;
  const StreamCommand& own = commands[command];
  std::vector<std::size_t> awaited;
  for (std::size_t i = 0; i < commands.size(); ++i) {
    const StreamCommand& other = commands[i];
    const bool is_awaited = other.core == own.core && other.engine != own.engine &&
                            other.id > before && other.id <= own.wait_id;
    if (is_awaited) awaited.push_back(i);
  }
  for (std::size_t i = command; i < commands.size(); ++i) {
    if (commands[i].core != own.core || commands[i].engine != own.engine) continue;
    if (i > command && commands[i].wait_id >= own.wait_id) break;
    if (i > command) before = std::max(before, commands[i].wait_id);
    for (const std::size_t other : awaited) {
      if (commands[other].id > before && do_conflict(network, i, other)) return true;
    }
  }
  return false;
}

TEST_CASE("compiled models of the vendor's compiler are sound, damaged ones are not") {
  const auto shared = shared_folder();
  if (!shared) return;
  // In how many of 100 the damage has to be found: kernels that place their own buffers may find
  // another slice of a tensor where they look, or an earlier one that was not overwritten.
  struct Kind {
    std::string name{};
    Damage damage = nullptr;
    int least = 0;
  };
  const std::vector<Kind> damages{
      {"a write left out", drop_write, 98},     {"a write elsewhere", move_write, 95},
      {"a read elsewhere", move_read, 92},      {"a wait left out", drop_wait, 80},
      {"a load from elsewhere", move_load, 90}, {"a store elsewhere", move_store, 99},
      {"a store left out", drop_store, 90}};
  std::vector<std::pair<int, int>> counts(damages.size());
  constexpr std::size_t kMostForDamage = 1000;
  std::size_t sound = 0;
  for (const auto& path : shared_files(*shared / "compiled", "model.bmodel.gz")) {
    CAPTURE(path);
    const auto loaded = load_compiled(path.string());
    REQUIRE(loaded.ok());
    CHECK(first_in(**loaded) == "");
    ++sound;
    const std::size_t commands = (*loaded)->stream.commands.size();
    if (commands > kMostForDamage) continue;
    for (std::size_t d = 0; d < damages.size(); ++d) {
      for (std::size_t i = d; i < commands; i += commands / 16 + 1) {
        CompiledNetwork damaged = **loaded;
        if (!damages[d].damage(damaged, i)) continue;
        ++counts[d].second;
        if (!found_in(damaged).empty()) {
          ++counts[d].first;
        } else if (damages[d].damage == drop_wait) {
          // Those that are not found bring nothing about that another wait does not as well.
          CHECK(!guards_anything(**loaded, i, damaged.stream.commands[i].wait_id));
        }
      }
    }
  }
  CHECK(sound > 40);
  for (std::size_t d = 0; d < damages.size(); ++d) {
    MESSAGE(damages[d].name, ": ", counts[d].first, " of ", counts[d].second, " found");
    CHECK(counts[d].first * 100 >= counts[d].second * damages[d].least);
  }
}

TEST_CASE("captures of boards and the vendor's own models are sound") {
  const auto shared = shared_folder();
  if (!shared) return;
  for (const char* name :
       {"artefacts/bm1684x_blazeface_f16", "artefacts/bm1688_resnet50_int8_2core",
        "artefacts/bmodels/yolov5s_bm1684x_int8_sym.bmodel",
        "artefacts/bmodels/yolov5s_bm1688_int8_sym.bmodel",
        "artefacts/bmodels/yolov5s_bm1688_int8_sym_core2.bmodel",
        "artefacts/bmodels/resnet50-v2_bm1688_2_int8_sym.bmodel"}) {
    CAPTURE(name);
    const auto loaded = load_compiled((*shared / name).string());
    REQUIRE(loaded.ok());
    CHECK(first_in(**loaded) == "");
  }
}

}  // namespace
}  // namespace tpuscope::test
