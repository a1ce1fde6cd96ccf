// Any bytes are either refused with an error or a compiled model whose streams can be taken apart,
// named, priced, replayed and verified.

#include "passes/streams/compiled_network.h"
#include "sim/stream/bmodel.h"
#include "sim/stream/hardware_command.h"
#include "tests/fuzz/fuzz.h"

namespace {

using namespace tpuscope;

void decode(ByteSource& source, const Bmodel& model, Engine engine, const Extent& extent) {
  const auto bytes = source.read(model.binary_start + extent.start, extent.size);
  if (!bytes.ok()) return;
  const auto commands = decode_stream(model.set, engine, *bytes, "fuzz");
  if (!commands.ok()) return;
  for (const HardwareCommand& command : *commands) {
    for (const CommandField& field : command.form->fields)
      TPU_CHECK(field.width == 64 || bits_of(command.bytes, field) >> field.width == 0,
                "{} is wider than {} bits", field.name, field.width);
  }
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  MemorySource source(as_text(data, size));
  const Result<Bmodel> model = read_bmodel(source, "fuzz");
  if (!model.ok()) return 0;
  for (const BmodelNet& net : model->nets) {
    for (const BmodelStage& stage : net.stages) {
      for (const BmodelSubnet& subnet : stage.subnets) {
        for (const std::vector<BmodelCommands>& core : subnet.cores) {
          for (const BmodelCommands& group : core) {
            decode(source, *model, Engine::kBdc, group.bdc);
            decode(source, *model, Engine::kGdma, group.gdma);
          }
        }
      }
    }
  }
  const Result<CompiledNetwork> network = compiled_from(source, "fuzz");
  if (!network.ok()) return 0;
  const Status sound = verify(network->graph);
  TPU_CHECK(sound.ok(), "the graph of a compiled model is unsound: {}", sound.error().message);
  const Result<Simulation> simulation = simulate(*network, network->home);
  if (!simulation.ok()) return 0;
  TPU_CHECK(simulation->timeline.makespan.value >= 0, "a run ends before it begins");
  static_cast<void>(check_compiled(*network, network->home, *simulation));
  return 0;
}
