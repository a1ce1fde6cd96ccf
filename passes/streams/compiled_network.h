// A network as a compiler left it: the streams of a file, with ops and groups that its locations
// tell of. What the compiler here makes of a graph, this has already.

#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "graph/graph.h"
#include "passes/lower/simulator.h"
#include "passes/tiling/plan.h"
#include "sim/stream/bmodel.h"
#include "sim/stream/capture.h"
#include "sim/stream/stream_program.h"
#include "sim/verify/stream_check.h"

namespace tpuscope {

/// Where a command belongs.
struct CommandPlace {
  std::uint32_t op = 0;
  std::uint32_t group = 0;
  std::uint32_t slice = 0;
};

struct CompiledNetwork {
  std::string chip{};  ///< that it was compiled for
  Chip home{};         ///< the same, with its numbers as they are
  DType precision = DType::kI8;
  Graph graph{};  ///< foreign ops between inputs and outputs
  DecodedStream stream{};
  std::vector<CommandPlace> places{};  ///< by command of the stream
  StreamOwners owners{};               ///< of commands, where the compiler names them
  Plan plan{};                         ///< its groups; nothing is lowered from it
  bool has_names = false;              ///< ops and groups are the compiler's, not guessed
  bool has_tensor_names = false;       ///< and ops are called after the network's tensors
  DdrBoundary boundary{};              ///< where inputs, weights and outputs lie
  std::int64_t boundary_bytes = 0;     ///< of inputs and outputs
  std::optional<Capture> capture{};    ///< what a board measured of these streams
  std::vector<std::string> notes{};    ///< what the user should know: parts that are not simulated
};

/// Whether the path is a compiled model (also compressed), the folder of a capture, or a folder
/// that holds compiled models.
bool is_compiled(const std::string& path);

/// The compiled model that a path stands for: of a folder that is no capture the one in it, of
/// everything else the path itself. Errors: several are there.
Result<std::string> model_in(const std::string& path);

/// Reads a compiled model or a capture. Of a model with several nets or input shapes the first is
/// taken unless another one is named; parts without commands are left out; notes say so. Names come
/// from the model, else from MODEL.json or tensor_location.json beside it; layers of a capture
/// without those from its global.profile. `net`: "NAME" or "NAME:STAGE" of another one, stages
/// counted from 0; kUsage where there is none.
Result<std::shared_ptr<const CompiledNetwork>> load_compiled(const std::string& path,
                                                             const std::string& net_choice = "");

/// As load_compiled, of a model from anywhere; `where` names it. `beside` is the text of a file of
/// locations for models that hold none themselves.
Result<CompiledNetwork> compiled_from(ByteSource& source, const std::string& where,
                                      const std::optional<std::string>& beside = {},
                                      const std::string& net_choice = "");

/// One input shape of one net of a compiled model.
struct NetStage {
  std::string choice{};  ///< "NAME:STAGE", as load_compiled takes it
  std::string inputs{};  ///< shapes, "[1,3,224,224]"
};
/// All of a compiled model, in the file's order; none of a capture.
Result<std::vector<NetStage>> stages_of(const std::string& path);

/// The commands with their prices on a chip of the same lanes.
Program program_on(const CompiledNetwork& network, const Chip& chip);

/// The network on a chip: its commands priced, or with their measured lengths, and replayed. Fails
/// with kUsage for a chip of other lanes or without costs of commands.
Result<Simulation> simulate(const CompiledNetwork& network, const Chip& chip);

/// What check_streams finds in a simulation of the network on that chip.
Errors check_compiled(const CompiledNetwork& network, const Chip& chip,
                      const Simulation& simulation);

}  // namespace tpuscope
