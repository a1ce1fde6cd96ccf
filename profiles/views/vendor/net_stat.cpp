// net_stat.sim: the text in which the vendor's cost model reports commands, which its
// `tpu_profile --mode sim` draws. Times in whole nanoseconds, bandwidth in GiB/s; ids count
// commands of each engine. A command is printed between an id of its own engine and the id of the
// other engine that it needs.

#include <fmt/core.h>

#include "base/figures.h"
#include "base/text.h"
#include "profiles/views/results.h"
#include "profiles/views/vendor/vendor_tables.h"

namespace tpuscope {
namespace {

constexpr std::string_view kNetStatMark = "ENGINE_BD|ENGINE_GDMA";
constexpr double kBytesPerGib = 1024.0 * 1024.0 * 1024.0;

/// The vendor numbers directions S2L, L2S, S2S, L2L from 0.
int direction_code(Direction direction) {
  switch (direction) {
    case Direction::kNone:
    case Direction::kDdrToLocal:
      return 0;
    case Direction::kLocalToDdr:
      return 1;
    case Direction::kDdrToDdr:
      return 2;
    case Direction::kLocalToLocal:
      return 3;
  }
  unreachable();
}

/// "Load weight" as "LOAD_WEIGHT"; the reader expects one word.
std::string word_of(std::string_view name) {
  std::string word;
  for (const char c : name)
    word += c == ' ' ? '_' : c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return word;
}

void write_net_stat(const Results& results, ByteSink& sink) {
  const Program& program = results.after->simulation.program;
  const Timeline& timeline = results.after->simulation.timeline;
  sink.write(std::string(kNetStatMark) + "\n");
  for (std::size_t i = 0; i < program.commands.size(); ++i) {
    const Command& command = program.commands[i];
    const bool is_bdc = command.engine == Engine::kBdc;
    const std::int64_t start = nanoseconds(timeline.start[i]);
    const std::int64_t length = nanoseconds(timeline.end[i]) - start;
    const std::string layer = command.op == kNone ? "0" : std::to_string(command.op);
    std::string line =
        is_bdc ? fmt::format("LAYER_{}|{}", layer, word_of(name_of(command.kind)))
               : fmt::format("{}_{}|GDMA_TENSOR",
                             command.direction == Direction::kLocalToDdr ? "ST" : "LD", layer);
    line += fmt::format("|s:{}|b:{}|g:{}|e:{}|t:{}", start, is_bdc ? command.id : command.wait_id,
                        is_bdc ? command.wait_id : command.id, start + length, length);
    if (!is_bdc) {
      const double seconds = static_cast<double>(length) * 1e-9;
      const double rate =
          length == 0 ? 0 : static_cast<double>(command.bytes) / seconds / kBytesPerGib;
      line += fmt::format("|dr:{}|sz:{}|bw:{:.2f}", direction_code(command.direction),
                          command.bytes, rate);
    }
    sink.write(line + "\n");
  }
  sink.write(fmt::format("{:-<40}\nflops: {}\n", "", 2 * results.after->report.summary.macs));
}

TPU_REGISTER(
    register_writer<Results>({.name = "net_stat",
                              .summary = "net_stat.sim for the vendor's tpu_profile",
                              .signature = kNetStatMark,
                              .flag = {.name = "--net-stat",
                                       .value = "FILE",
                                       .help = "write net_stat.sim for the vendor's tpu_profile"},
                              .folder = kBmprofileFlag,
                              .file_in_folder = "net_stat.sim",
                              .write = write_net_stat}));

}  // namespace
}  // namespace tpuscope
