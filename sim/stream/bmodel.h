// The container `.bmodel` in which the vendor's compiler leaves a network: nets, their stages (one
// per input shape), sub-nets, and the command streams of every core. Weights and the kernel library
// lie beside them and are never read.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/byte_source.h"
#include "base/result.h"
#include "graph/shape.h"
#include "sim/stream/command_forms.h"
#include "sim/stream/flat_table.h"

namespace tpuscope {

/// An input or output of a network.
struct BmodelTensor {
  std::string name{};
  DType dtype = DType::kF32;
  Shape shape{};
  std::uint64_t address = 0;  ///< in DDR
  std::int64_t bytes() const;
};

/// Commands of both engines of a core that are started together. Extents count from
/// Bmodel::binary_start.
struct BmodelCommands {
  std::uint32_t bdc_count = 0;  ///< the closing command included
  std::uint32_t gdma_count = 0;
  Extent bdc{};
  Extent gdma{};
};

struct BmodelSubnet {
  enum class Mode : std::uint8_t { kTpu, kCpu, kMerge, kSwitch };
  Mode mode = Mode::kTpu;
  bool is_dynamic = false;  ///< its commands are made on the board, when it runs
  std::int32_t id = -1;
  std::vector<std::string> cpu_layers{};             ///< what the host computes: "ONNX_NMS"
  std::vector<std::string> results{};                ///< names of the tensors that it makes
  std::vector<std::vector<BmodelCommands>> cores{};  ///< by core, in running order
};

struct BmodelStage {
  std::vector<BmodelTensor> inputs{};
  std::vector<BmodelTensor> outputs{};
  std::uint64_t weight_address = 0;  ///< in DDR
  std::uint64_t weight_bytes = 0;
  std::vector<BmodelSubnet> subnets{};
  Extent locations{};  ///< JSON that names ops and tensors; empty: none
};

struct BmodelNet {
  std::string name{};
  std::vector<BmodelStage> stages{};
};

struct Bmodel {
  std::string version{};
  std::string chip{};  ///< as tpuscope names it: "bm1684x"
  InstructionSet set = InstructionSet::kBm1684x;
  std::vector<BmodelNet> nets{};
  std::uint64_t binary_start = 0;
};

/// How users choose a stage: "NAME:STAGE"; of further nets with the same name "NAME#2:STAGE".
std::string choice_text(const Bmodel& model, std::size_t net, std::size_t stage);

/// The bytes with which a file of this kind begins, decompressed.
bool is_bmodel(std::string_view head);

/// Reads header and tables. Errors: damaged, cut or encrypted (kInvalidInput), of a chip or of a
/// generation of files that is not read (kUnsupported). `where` names the file.
Result<Bmodel> read_bmodel(ByteSource& source, const std::string& where);

}  // namespace tpuscope
