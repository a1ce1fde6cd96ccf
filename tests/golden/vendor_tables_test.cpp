// The vendor's files of one small run, byte by byte. The run is made by hand, so that no change of
// the machine's costs moves them: a difference is a change of format. After a wanted change, run
// the tests once with TPUSCOPE_WRITE_GOLDEN=1 and read the difference.

#include <cstdlib>
#include <fstream>

#include "base/output_file.h"
#include "tests/profiles/timelines.h"
#include "tests/support/places.h"
#include "tests/support/temporary_folder.h"

namespace tpuscope::test {
namespace {

/// A convolution with ReLU and a pooling: windows of both sorts.
constexpr std::string_view kVendorTablesNetwork = R"(
  x = Input f16[1,3,8,8]
  w = Weight f16[4,3,3,3]
  conv = Conv(x, w) strides=[2,1] pads=[1,0,1,2]
  p = MaxPool(conv) kernel=[2,2] strides=[2,2]
  return p
)";

Command transfer_vendor_tables(CommandKind kind, Direction direction, std::uint32_t id,
                               std::uint32_t wait_id, std::uint32_t op, std::int64_t bytes) {
  Command command{.kind = kind,
                  .engine = Engine::kGdma,
                  .direction = direction,
                  .dtype = DType::kF16,
                  .id = id,
                  .wait_id = wait_id,
                  .op = op,
                  .cost = {.initial = 50, .useful = 150, .padding = 25},
                  .bytes = bytes,
                  .shape = {1, 3, 8, 8}};
  if (direction == Direction::kDdrToLocal) command.result = {0, 128};
  if (direction == Direction::kLocalToDdr) command.operands[0] = {512, 32};
  return command;
}

Command compute(CommandKind kind, std::uint32_t id, std::uint32_t wait_id, std::uint32_t op,
                LocalRange operand, LocalRange result) {
  return {.kind = kind,
          .engine = Engine::kBdc,
          .dtype = DType::kF16,
          .operand_count = 1,
          .id = id,
          .wait_id = wait_id,
          .op = op,
          .cost = {.initial = 10, .useful = 60, .padding = 40, .conflict = 2},
          .useful_ops = 600,
          .issued_ops = 1000,
          .shape = {1, 4, 4, 8},
          .result = result,
          .operands = {operand}};
}

Profile small_profile() {
  Graph graph = testing::graph_of(kVendorTablesNetwork);
  graph.set_name(OpId{2}, "conv, \"first\"");
  const Simulation run =
      RunBuilder()
          .add(transfer_vendor_tables(CommandKind::kLoad, Direction::kDdrToLocal, 1, 0, 2, 384), 0,
               2361)
          .add(transfer_vendor_tables(CommandKind::kLoadWeight, Direction::kDdrToLocal, 2, 0, 2,
                                      216),
               2361, 2761)
          .add(compute(CommandKind::kConv, 1, 2, 2, {0, 128}, {256, 64}), 2761, 3761)
          .add(compute(CommandKind::kDepthwise, 2, 2, 3, {256, 64}, {512, 32}), 3761, 4000)
          .add(transfer_vendor_tables(CommandKind::kStore, Direction::kLocalToDdr, 3, 2, 3, 96),
               4000, 4500)
          .run();
  return make_profile(std::move(graph), run, mini_chip(), {.chip = "mini"}, {});
}

void check_golden(std::string_view writer, const std::string& name) {
  const std::string path = test::source_folder() + "/tests/golden/vendor/" + name;
  const Profile profile = small_profile();
  const std::string text = written(writer, {.after = &profile});
  if (std::getenv("TPUSCOPE_WRITE_GOLDEN") != nullptr) {
    std::ofstream(path, std::ios::binary) << text;
  }
  CHECK(text == read_bytes(path));
}

TEST_CASE("layer.csv of a small run, byte by byte") {
  check_golden("layer_csv", "layer.csv");
}

TEST_CASE("summary.csv of a small run, byte by byte") {
  check_golden("summary_csv", "summary.csv");
}

TEST_CASE("instruction.csv of a small run, byte by byte") {
  check_golden("instruction_csv", "instruction.csv");
}

TEST_CASE("net_stat.sim of a small run, byte by byte") {
  check_golden("net_stat", "net_stat.sim");
}

}  // namespace
}  // namespace tpuscope::test
