// Streams on a chip: pace, messages and sharing on streams that the tests write; then, where they
// are at hand, what boards measured.

#include "sim/engine/replay.h"

#include <cmath>
#include <map>
#include <tuple>

#include <doctest/doctest.h>

#include "sim/cost/instruction_cost.h"
#include "sim/stream/capture.h"
#include "sim/stream/stream_program.h"
#include "tests/support/bmodel_writer.h"
#include "tests/support/shared_files.h"

namespace tpuscope::test {
namespace {

using StreamFields = std::vector<std::pair<std::string, std::uint64_t>>;

Chip stream_chip(const std::string& name) {
  const Result<Chip> chip = load_chip(name);
  REQUIRE(chip.ok());
  return *chip;
}

/// BM1684X: an end of the BDC takes 5 cycles and a cast of one vector 1 + 10.
std::string cast_of(std::uint64_t id, std::uint64_t wait) {
  return command_bytes(InstructionSet::kBm1684x, "sAR",
                       {{"cmd_short", 1},
                        {"cmd_id", id},
                        {"cmd_id_dep", wait},
                        {"tsk_typ", 3},
                        {"tsk_eu_typ", 14},
                        {"tsk_opd_num", 1},
                        {"res0_n", 1},
                        {"res0_c", 64},
                        {"res0_h", 1},
                        {"res0_w", 16},
                        {"res0_addr", 0x1000},
                        {"res0_prec", 2},
                        {"opd0_prec", 1}});
}

/// A load of 64 x 32 bytes in one row: 155 + 2048 / 16 + 1 + 2048 / 57.9 = 319.4 cycles.
std::string load_of(std::uint64_t id, std::uint64_t wait) {
  return command_bytes(InstructionSet::kBm1684x, "DMA_tensor",
                       {{"cmd_id", id},
                        {"cmd_id_dep", wait},
                        {"nchw_copy", 1},
                        {"src_nsize", 1},
                        {"src_csize", 1},
                        {"src_hsize", 1},
                        {"src_wsize", 2048},
                        {"src_wstride", 1},
                        {"dst_wstride", 1},
                        {"src_start_addr_l32", 0x10000},
                        {"src_start_addr_h8", 1},
                        {"dst_start_addr_l32", 0x8000000}});
}

Result<Program> program_from(const std::vector<std::vector<StreamBytes>>& parts, const Chip& chip,
                             InstructionSet set = InstructionSet::kBm1684x) {
  TPU_TRY(const DecodedStream stream, decode_parts(set, parts, "s"));
  return program_of(stream, chip, {});
}

std::int64_t cycles_of(const Chip& chip, Picoseconds time, Engine engine) {
  return std::llround(static_cast<double>(time.value) * chip.engine_mhz(engine) / 1e6);
}

TEST_CASE("a stream is paced by gaps of its engines and by ends of what it awaits") {
  const Chip chip = *load_chip(
      "bm1684x", {{"clock.tiu_mhz", "1000"}, {"clock.dma_mhz", "1000"}});  // 1 ns a cycle
  const auto program = program_from(
      {{{.bdc = cast_of(1, 1) + cast_of(2, 0), .gdma = load_of(1, 0) + load_of(2, 2)}}}, chip);
  REQUIRE(program.ok());
  const auto timeline = replay(*program, chip);
  REQUIRE(timeline.ok());
  std::map<std::pair<Engine, std::uint32_t>, std::pair<std::int64_t, std::int64_t>> spans;
  for (std::size_t i = 0; i < program->commands.size(); ++i) {
    const Command& command = program->commands[i];
    spans[{command.engine, command.id}] = {timeline->start[i].value / 1000,
                                           timeline->end[i].value / 1000};
  }
  const std::int64_t load = 319;
  const std::int64_t cast = 11;
  CHECK(spans[{Engine::kGdma, 1}] == std::pair{std::int64_t{0}, load});
  CHECK(spans[{Engine::kBdc, 1}] == std::pair{load + 3, load + 3 + cast});
  CHECK(spans[{Engine::kBdc, 2}] == std::pair{load + 3 + cast + 1, load + 3 + cast + 1 + cast});
  const std::int64_t second = load + 3 + cast + 1 + cast + 3;
  CHECK(spans[{Engine::kGdma, 2}] == std::pair{second, second + load});
  CHECK(timeline->makespan.value == (second + load) * 1000);
  CHECK(timeline->reason.at(0) != WaitReason::kNothing);
}

TEST_CASE("parts follow each other, with ids that go on") {
  const Chip chip = stream_chip("bm1684x");
  const StreamBytes part{.bdc = cast_of(1, 1), .gdma = load_of(1, 0)};
  const auto one = program_from({{part}}, chip);
  const auto two = program_from({{part}, {part}}, chip);
  REQUIRE(one.ok());
  REQUIRE(two.ok());
  CHECK(two->commands.size() == 4);
  CHECK(two->commands[3].id == 2);
  CHECK(two->commands[3].wait_id == 2);
  CHECK(replay(*two, chip)->makespan.value == 2 * replay(*one, chip)->makespan.value);
}

TEST_CASE("an id beyond the other stream stands for its last command") {
  const Chip chip = stream_chip("bm1684x");
  const auto last = program_from({{{.bdc = cast_of(1, 1), .gdma = load_of(1, 0)}}}, chip);
  const auto beyond = program_from({{{.bdc = cast_of(1, 9), .gdma = load_of(1, 0)}}}, chip);
  REQUIRE(beyond.ok());
  CHECK(replay(*beyond, chip)->makespan == replay(*last, chip)->makespan);
}

TEST_CASE("streams that wait for each other for ever are refused") {
  const Chip chip = stream_chip("bm1684x");
  const auto stuck = program_from({{{.bdc = cast_of(1, 1), .gdma = load_of(1, 1)}}}, chip);
  REQUIRE(!stuck.ok());
  CHECK(stuck.error().message == "command 1 of BDC on core 0 waits for ever");
}

/// A message of BM1688 and how long it takes alone.
std::string message_of(Engine engine, bool waits, std::uint64_t number, std::uint64_t count) {
  if (engine == Engine::kBdc) {
    return command_bytes(
        InstructionSet::kBm1688, "SYS",
        {{"tsk_typ", 15}, {"tsk_eu_typ", waits ? 9U : 8U}, {"imm", number | count << 16U}});
  }
  return command_bytes(InstructionSet::kBm1688, "sDMA_sys",
                       {{"cmd_type", 6},
                        {"cmd_special_function", waits ? 4U : 3U},
                        {"constant_value", number | count << 8U}});
}

/// A load of one row.
std::string row_of(std::uint64_t bytes) {
  return command_bytes(InstructionSet::kBm1688, "DMA_tensor",
                       {{"nchw_copy", 1},
                        {"src_nsize", 1},
                        {"src_csize", 1},
                        {"src_hsize", 1},
                        {"src_wsize", bytes},
                        {"src_wstride", 1},
                        {"dst_wstride", 1},
                        {"src_start_addr_h8", 0x90}});
}

TEST_CASE("a wait ends when as many engines have sent as it counts") {
  const Chip chip = stream_chip("bm1688");
  const auto core = [&](const std::string& before) {
    return StreamBytes{
        .bdc = message_of(Engine::kBdc, false, 30, 4) + message_of(Engine::kBdc, true, 30, 4),
        .gdma = before + message_of(Engine::kGdma, false, 30, 4) +
                message_of(Engine::kGdma, true, 30, 4)};
  };
  const auto program =
      program_from({{core(""), core(row_of(31800))}}, chip, InstructionSet::kBm1688);
  REQUIRE(program.ok());
  const auto timeline = replay(*program, chip);
  REQUIRE(timeline.ok());
  // 180 + 20 + 1 + 31800 / 31.8 = 1201 cycles, a gap of 4, the send and the wait of 5 each.
  CHECK(cycles_of(chip, timeline->makespan, Engine::kGdma) == 1201 + 4 + 5 + 4 + 5);
  // One send too few, and nobody goes on.
  const auto lonely = program_from({{core(""), {}}}, chip, InstructionSet::kBm1688);
  REQUIRE(!lonely.ok());
}

TEST_CASE("two transfers at once take 1.6 times as long, one after the other do not") {
  const Chip chip = stream_chip("bm1688");
  const StreamBytes row{.bdc = {}, .gdma = row_of(31800)};
  const auto alone = program_from({{row}}, chip, InstructionSet::kBm1688);
  const auto both = program_from({{row, row}}, chip, InstructionSet::kBm1688);
  REQUIRE(both.ok());
  const double ratio = static_cast<double>(replay(*both, chip)->makespan.value) /
                       static_cast<double>(replay(*alone, chip)->makespan.value);
  CHECK(ratio == doctest::Approx(1.6).epsilon(0.001));
  CHECK(replay(*both, chip)->slowed.at(0).value > 0);
}

// --- what boards measured ---

Program capture_program(const Capture& capture, const Chip& chip) {
  std::vector<StreamBytes> cores;
  for (const CaptureCore& core : capture.cores)
    cores.push_back(core.streams);
  const auto program = program_from({cores}, chip, capture.set);
  REQUIRE(program.ok());
  return *program;
}

TEST_CASE("a capture of BM1684X with its measured lengths replays to the cycle") {
  const auto shared = shared_folder();
  if (!shared) return;
  auto capture = read_capture_folder((*shared / "artefacts/bm1684x_blazeface_f16").string());
  REQUIRE(capture.ok());
  CHECK(capture->chip == "bm1684x");
  CHECK(capture->tiu_mhz == 1000);
  Chip chip = stream_chip("bm1684x");
  chip.clock.tiu_mhz = chip.clock.dma_mhz = 1000;  // as the board of the capture ran
  Program program = capture_program(*capture, chip);
  CHECK(program.commands.size() == 161 + 93);
  const Program priced = program;
  join_records(capture.value(), program);
  CHECK(set_measured(*capture, chip, program) == 250);
  CHECK(program.commands.size() == 253);  // the monitor was too late for the last end
  const auto timeline = replay(program, chip);
  REQUIRE(timeline.ok());
  CHECK(timeline->makespan.value / 1000 == 181176);
  std::map<std::uint32_t, std::uint64_t> seen;
  for (const MonitorRecord& record : capture->cores.at(0).gdma)
    if (record.id > 0) seen[record.id] = record.start;
  for (std::size_t i = 0; i < program.commands.size(); ++i) {
    const Command& command = program.commands[i];
    if (command.engine != Engine::kGdma) continue;
    const auto start = static_cast<std::int64_t>(seen.at(command.id) - seen.at(1));
    CHECK(std::abs(timeline->start[i].value / 1000 - start) <= 1);
  }
  const auto predicted = replay(priced, chip);
  const double ratio = static_cast<double>(predicted->makespan.value) /
                       static_cast<double>(timeline->makespan.value);
  MESSAGE("BlazeFace F16: ", predicted->makespan.value / 1000, " of 181176 cycles");
  CHECK(ratio == doctest::Approx(1).epsilon(0.03));
}

TEST_CASE("a capture of two cores of BM1688 replays within 0.5 %, priced within 3 %") {
  const auto shared = shared_folder();
  if (!shared) return;
  auto capture = read_capture_folder((*shared / "artefacts/bm1688_resnet50_int8_2core").string());
  REQUIRE(capture.ok());
  const Chip chip = stream_chip("bm1688");
  Program program = capture_program(*capture, chip);
  const Program priced = program;
  join_records(capture.value(), program);
  set_measured(*capture, chip, program);
  const double span = 1958442.0;  // of the BDC of core 0, first start to last end
  // What was measured contains how transfers slowed each other down.
  Chip fair = chip;
  fair.command.sharing_factor = 1;
  const auto measured = replay(program, fair);
  REQUIRE(measured.ok());
  const auto predicted = replay(priced, chip);
  REQUIRE(predicted.ok());
  const double replayed = static_cast<double>(cycles_of(chip, measured->makespan, Engine::kBdc));
  const double simulated = static_cast<double>(cycles_of(chip, predicted->makespan, Engine::kBdc));
  MESSAGE("ResNet-50 on two cores: replayed ", replayed, ", priced ", simulated, " of ", span);
  CHECK(replayed / span == doctest::Approx(1).epsilon(0.005));
  CHECK(simulated / span == doctest::Approx(1).epsilon(0.03));
}

/// Sums by class: measured and priced cycles of commands that have a record.
std::map<std::string, std::array<double, 3>> class_sums(Capture& capture, const Chip& chip,
                                                        std::size_t core) {
  std::vector<StreamBytes> cores;
  for (const CaptureCore& each : capture.cores)
    cores.push_back(each.streams);
  const auto stream = decode_parts(capture.set, {cores}, "s");
  REQUIRE(stream.ok());
  const Program priced = program_of(*stream, chip, {});
  Program measured = priced;
  join_records(capture, measured);
  set_measured(capture, chip, measured);
  std::map<std::string, std::array<double, 3>> sums;
  std::map<std::tuple<std::uint8_t, Engine, std::uint32_t>, std::int64_t> lengths;
  for (const Command& command : measured.commands)
    lengths[{command.core, command.engine, command.id}] = command.cost.total();
  for (std::size_t i = 0; i < priced.commands.size(); ++i) {
    const StreamCommand& read = stream->commands[i];
    const auto length = lengths.find({read.core, read.engine, read.id});
    if (read.core != core || length == lengths.end()) continue;
    const bool is_bdc = read.engine == Engine::kBdc;
    const std::string name(is_bdc ? class_of(stream->computes[read.index])
                                  : class_of(stream->transfers[read.index]));
    auto& sum = sums[name];
    sum[0] += static_cast<double>(length->second);
    sum[1] += static_cast<double>(priced.commands[i].cost.total());
    if (is_bdc) sum[2] += estimate_of(stream->computes[read.index], chip);
  }
  return sums;
}

TEST_CASE("classes of commands cost within 10 % in sum what the captures show") {
  const auto shared = shared_folder();
  if (!shared) return;
  using Folder = std::pair<std::string, std::string>;
  for (const auto& [folder, name] : {Folder{"artefacts/bm1684x_blazeface_f16", "bm1684x"},
                                     Folder{"artefacts/bm1688_resnet50_int8_2core", "bm1688"}}) {
    auto capture = read_capture_folder((*shared / folder).string());
    REQUIRE(capture.ok());
    for (const auto& [what, sum] : class_sums(capture.value(), stream_chip(name), 0)) {
      MESSAGE(name, " ", what, ": measured ", sum[0], ", priced ", sum[1], ", ratio ",
              sum[1] / sum[0], ", estimate ", sum[2]);
      // The other core stores at the same time, which the price of one command does not contain;
      // ends and messages of 4 cycles are priced as 5, and what takes a few cycles is no sum.
      if ((name == "bm1688" && what == "store") || what == "SYS" || sum[0] < 50) continue;
      CHECK(sum[1] / sum[0] == doctest::Approx(1).epsilon(0.1));
    }
  }
}

}  // namespace
}  // namespace tpuscope::test
