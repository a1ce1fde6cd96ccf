// Any bytes are either refused with an error or a compiled model whose streams can be taken apart.

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
  return 0;
}
