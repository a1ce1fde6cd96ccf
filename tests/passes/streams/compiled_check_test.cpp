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

TEST_CASE("compiled models of the vendor's compiler are sound, damaged ones are not") {
  const auto shared = shared_folder();
  if (!shared) return;
  const std::vector<std::pair<std::string, Damage>> damages{{"a write left out", drop_write},
                                                            {"a write elsewhere", move_write},
                                                            {"a read elsewhere", move_read},
                                                            {"a wait left out", drop_wait}};
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
        if (!damages[d].second(damaged, i)) continue;
        ++counts[d].second;
        if (!found_in(damaged).empty()) ++counts[d].first;
      }
    }
  }
  CHECK(sound > 40);
  for (std::size_t d = 0; d < damages.size(); ++d) {
    MESSAGE(damages[d].first, ": ", counts[d].first, " of ", counts[d].second, " found");
    // Some waits are for what another one of the queue brings about as well, and what is where a
    // moved tensor is looked for may be another slice of it.
    CHECK(counts[d].first * 10 >= counts[d].second * 8);
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
