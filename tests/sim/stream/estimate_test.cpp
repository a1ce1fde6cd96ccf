// The compiler's estimate, rebuilt from the fields of commands, against what the compiler itself
// printed of real models.

#include <cmath>
#include <map>

#include <doctest/doctest.h>

#include "base/input_file.h"
#include "sim/cost/instruction_cost.h"
#include "sim/stream/bmodel.h"
#include "sim/stream/stream_program.h"
#include "tests/support/shared_files.h"

namespace tpuscope::test {
namespace {

/// The number behind "|key:"; -1 without one.
std::int64_t item_number(const std::string& item, const std::string& key) {
  const std::size_t at = item.find("|" + key + ":");
  return at == std::string::npos ? -1 : std::stoll(item.substr(at + key.size() + 2));
}

/// Cycles of commands of the BDC by id, as the compiler printed them.
std::map<std::uint32_t, std::int64_t> printed_estimates(const std::string& text) {
  std::map<std::uint32_t, std::int64_t> cycles;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find_first_of("\n", at), text.size());
    const std::string line = text.substr(at, end - at);
    at = end + 1;
    // The left column is the BDC's.
    const std::string item = line.substr(0, line.find('\t'));
    const std::size_t bar = item.find('|');
    if (bar == std::string::npos || item.compare(bar + 1, 4, "GDMA") == 0) continue;
    const std::int64_t id = item_number(item, "b");
    const std::int64_t length = item_number(item, "t");
    if (id > 0 && length >= 0 && item_number(item, "s") >= 0)
      cycles[static_cast<std::uint32_t>(id)] = length;
  }
  return cycles;
}

struct Agreement {
  std::size_t commands = 0;
  std::size_t equal = 0;
  double printed = 0;
  double rebuilt = 0;
};

TEST_CASE("the compiler's estimate can be rebuilt from the fields") {
  const auto shared = shared_folder();
  if (!shared) return;
  std::map<std::string, Agreement> classes;
  std::size_t files = 0;
  for (const auto& path : shared_files(*shared / "compiled", "model.bmodel.gz")) {
    const auto printed_path = path.parent_path() / "profile_0.txt.gz";
    if (!std::filesystem::exists(printed_path)) continue;
    const auto source = open_source(path.string());
    REQUIRE(source.ok());
    const Result<Bmodel> model = read_bmodel(**source, path.string());
    REQUIRE(model.ok());
    const BmodelSubnet& subnet = model->nets.at(0).stages.at(0).subnets.at(0);
    if (subnet.cores.size() != 1 || subnet.cores[0].size() != 1) continue;
    const BmodelCommands& group = subnet.cores[0][0];
    const auto read = [&](const Extent& extent) {
      return (*source)->read(model->binary_start + extent.start, extent.size).value();
    };
    const auto stream =
        decode_parts(model->set, {{{.bdc = read(group.bdc), .gdma = read(group.gdma)}}}, "s");
    REQUIRE(stream.ok());
    const Chip chip = load_chip(model->chip).value();
    const auto text = read_input(printed_path.string());
    REQUIRE(text.ok());
    const auto printed = printed_estimates(*text);
    ++files;
    for (const StreamCommand& command : stream->commands) {
      const auto found = printed.find(command.id);
      if (command.engine != Engine::kBdc || found == printed.end()) continue;
      const ComputeInstruction& compute = stream->computes[command.index];
      const double estimate = estimate_of(compute, chip);
      Agreement& agreement = classes[model->chip + " " + std::string(class_of(compute))];
      ++agreement.commands;
      const auto cycles = static_cast<double>(found->second);
      agreement.equal += std::abs(estimate - cycles) <= 1 ? 1U : 0U;
      agreement.printed += cycles;
      agreement.rebuilt += estimate;
    }
  }
  CHECK(files > 20);
  for (const auto& [name, agreement] : classes) {
    const double share =
        static_cast<double>(agreement.equal) / static_cast<double>(agreement.commands);
    MESSAGE(name, ": ", agreement.commands, " commands, ", share, " equal, sum ",
            agreement.rebuilt / std::max(1.0, agreement.printed));
  }
  for (const std::string name : {"bm1684x CONV", "bm1688 CONV", "bm1684x MM2", "bm1684x AR one",
                                 "bm1684x CMP", "bm1684x RQ&DQ"}) {
    const Agreement& agreement = classes[name];
    CAPTURE(name);
    CHECK(agreement.equal * 100 >= agreement.commands * 95);
  }
}

}  // namespace
}  // namespace tpuscope::test
