// Every field of every command against the vendor's own registers. `scripts/oracle fields` compiles
// models, writes what the vendor's disassembler finds in them beside them and names their folder in
// the environment variable TPUSCOPE_FIELDS; without it there is nothing to compare.

#include <cstdlib>
#include <map>
#include <sstream>

#include <doctest/doctest.h>

#include "sim/stream/bmodel.h"
#include "sim/stream/hardware_command.h"
#include "tests/support/shared_files.h"

namespace tpuscope::test {
namespace {

/// Commands of a whole model by core and engine, in running order; the bytes must live on.
using VendorStreams = std::map<std::pair<std::size_t, Engine>, std::vector<HardwareCommand>>;

void add_stream(const Bmodel& model, ByteSource& source, std::size_t core, Engine engine,
                const Extent& extent, std::vector<std::string>& kept, VendorStreams& streams) {
  const auto bytes = source.read(model.binary_start + extent.start, extent.size);
  REQUIRE(bytes.ok());
  kept.push_back(*bytes);
  const auto commands = decode_stream(model.set, engine, kept.back(), "model");
  if (!commands.ok()) FAIL(commands.error().message);
  std::vector<HardwareCommand>& all = streams[{core, engine}];
  all.insert(all.end(), commands->begin(), commands->end());
}

VendorStreams streams_in(const Bmodel& model, ByteSource& source, std::vector<std::string>& kept) {
  kept.reserve(4096);  // strings that move would take their bytes along
  VendorStreams streams;
  for (const BmodelNet& net : model.nets) {
    for (const BmodelStage& stage : net.stages) {
      for (const BmodelSubnet& subnet : stage.subnets) {
        for (std::size_t core = 0; core < subnet.cores.size(); ++core) {
          for (const BmodelCommands& group : subnet.cores[core]) {
            add_stream(model, source, core, Engine::kBdc, group.bdc, kept, streams);
            add_stream(model, source, core, Engine::kGdma, group.gdma, kept, streams);
          }
        }
      }
    }
  }
  REQUIRE(kept.size() <= 4096);
  return streams;
}

/// "0 BDC cmd_id=1 cmd_id_dep=0 ...": a command of core 0. Returns how many fields were compared.
std::size_t compare_fields(const std::string& line, const HardwareCommand& command,
                           const std::string& model) {
  std::istringstream words(line);
  std::string word;
  words >> word >> word;
  std::size_t compared = 0;
  while (words >> word) {
    const std::size_t at = word.find('=');
    const std::string name = word.substr(0, at);
    const CommandField field = command.form->field(name);
    if (field.width == 0) FAIL(model, ": ", command.form->name, " has no field ", name);
    if (command[name] != std::stoull(word.substr(at + 1))) {
      FAIL(model, ": ", command.form->name, " ", command.id, ": ", name, " is ", command[name],
           ", not ", word);
    }
    ++compared;
  }
  if (compared != command.form->fields.size()) {
    FAIL(model, ": ", command.form->name, " has ", command.form->fields.size(), " fields, ",
         compared, " told");
  }
  return compared;
}

TEST_CASE("every field of fresh compiles is what the vendor's registers hold") {
  const char* folder = std::getenv("TPUSCOPE_FIELDS");
  if (folder == nullptr || *folder == '\0') return;
  std::size_t all_commands = 0;
  std::size_t all_fields = 0;
  for (const auto& path : shared_files(folder, ".bmodel")) {
    const std::string name = path.filename().string();
    const auto source = open_source(path.string());
    REQUIRE(source.ok());
    const Result<Bmodel> model = read_bmodel(**source, path.string());
    REQUIRE(model.ok());
    std::vector<std::string> kept;
    const VendorStreams streams = streams_in(*model, **source, kept);
    std::map<std::pair<std::size_t, Engine>, std::size_t> next;
    std::size_t fields = 0;
    std::istringstream lines(shared_text(path.string() + ".fields"));
    std::string line;
    while (std::getline(lines, line)) {
      const std::size_t core = std::stoull(line);
      const Engine engine = line.find(" BDC ") != std::string::npos ? Engine::kBdc : Engine::kGdma;
      const std::vector<HardwareCommand>& own = streams.at({core, engine});
      const std::size_t at = next[{core, engine}]++;
      REQUIRE(at < own.size());
      fields += compare_fields(line, own[at], name);
    }
    std::size_t commands = 0;
    for (const auto& [queue, own] : streams) {
      CHECK(next[queue] == own.size());
      commands += own.size();
    }
    CHECK(commands > 0);
    all_commands += commands;
    all_fields += fields;
    MESSAGE(name, ": ", commands, " commands, ", fields, " fields equal");
  }
  MESSAGE("together: ", all_commands, " commands, ", all_fields, " fields equal");
}

}  // namespace
}  // namespace tpuscope::test
