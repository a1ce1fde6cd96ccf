// Blocks of iterN.profile: a type, a length, and records of a fixed size.

#include "sim/stream/capture.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <optional>
#include <regex>

#include <fmt/core.h>

#include "base/figures.h"
#include "base/input_file.h"
#include "base/number.h"
#include "base/text.h"

namespace tpuscope {
namespace {

constexpr std::uint32_t kBdcBlock = 3;
constexpr std::uint32_t kGdmaBlock = 4;
constexpr std::size_t kBdcRecordBytes = 32;
constexpr std::uint64_t kRecordIds = 1U << 16U;

std::uint64_t number_at(std::string_view bytes, std::size_t at, std::size_t count) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < count; ++i)
    value |= std::uint64_t{static_cast<unsigned char>(bytes[at + i])} << (8 * i);
  return value;
}

/// Counters are of 32 bits and may turn over once.
MonitorRecord record_at(std::string_view bytes, std::size_t at) {
  const std::uint64_t start = number_at(bytes, at, 4);
  std::uint64_t end = number_at(bytes, at + 4, 4);
  if (end < start) end += std::uint64_t{1} << 32U;
  const std::uint64_t id = number_at(bytes, at + 8, 4) & (kRecordIds - 1);
  return {.id = static_cast<std::uint32_t>(id + 1), .start = start, .end = end};
}

std::vector<MonitorRecord> records_of(std::string_view block, std::size_t record_bytes) {
  std::vector<MonitorRecord> records;
  for (std::size_t at = 0; at + record_bytes <= block.size(); at += record_bytes)
    records.push_back(record_at(block, at));
  return records;
}

/// The value behind "[bmprofile] KEY=".
std::string profile_value(const std::string& text, const std::string& key) {
  const std::string mark = "[bmprofile] " + key + "=";
  const std::size_t at = text.find(mark);
  if (at == std::string::npos) return "";
  const std::size_t begin = at + mark.size();
  return text.substr(begin, text.find_first_of("\r\n", begin) - begin);
}

struct ChipOfCapture {
  std::string_view architecture{};
  std::string_view name{};
  InstructionSet set = InstructionSet::kBm1684x;
};
constexpr ChipOfCapture kCaptureChips[] = {
    {"3", "bm1684x", InstructionSet::kBm1684x},
    {"4", "bm1688", InstructionSet::kBm1688},
};

std::vector<std::filesystem::path> entries_of(const std::string& folder) {
  std::error_code problem;
  std::vector<std::filesystem::path> entries;
  for (auto at = std::filesystem::directory_iterator(folder, problem);
       !problem && at != std::filesystem::directory_iterator(); at.increment(problem))
    entries.push_back(at->path());
  std::sort(entries.begin(), entries.end());
  return entries;
}

/// "cmd_12425c000_0_1.dat": core 0, engine 1.
struct StreamName {
  std::size_t core = 0;
  Engine engine = Engine::kBdc;
};
std::optional<StreamName> stream_name(const std::string& name) {
  static const std::regex pattern("cmd_[0-9a-f]{1,16}_([0-9]{1,2})_([01])\\.dat");
  std::smatch match;
  if (!std::regex_match(name, match, pattern)) return std::nullopt;
  return StreamName{static_cast<std::size_t>(std::stoi(match[1].str())),
                    match[2].str() == "0" ? Engine::kBdc : Engine::kGdma};
}

bool is_records(const std::string& name) {
  return name.starts_with("iter") && name.ends_with(".profile");
}

/// A command of one queue and what the monitor saw of it.
struct MeasuredCommand {
  std::uint32_t command = 0;  ///< index in the program
  const MonitorRecord* record = nullptr;
};

std::vector<MeasuredCommand> queue_of(const Program& program, std::size_t core, Engine engine) {
  std::vector<MeasuredCommand> queue;
  for (std::uint32_t i = 0; i < program.commands.size(); ++i) {
    const Command& command = program.commands[i];
    if (command.core == core && command.engine == engine) queue.push_back({.command = i});
  }
  return queue;
}

/// The parts of the price up to a length; what is longer is padding.
void set_length(CommandCost& cost, std::int64_t cycles) {
  cost.initial = std::min(cost.initial, cycles);
  cost.useful = std::min(cost.useful, cycles - cost.initial);
  cost.conflict = 0;
  cost.padding = cycles - cost.initial - cost.useful;
}

/// Gives commands [begin, end), which have no records, no more time than their neighbours leave.
void fit_between(const std::vector<MeasuredCommand>& queue, std::size_t begin, std::size_t end,
                 std::int64_t gap, Program& program) {
  if (begin == 0 || end == queue.size()) return;
  const auto count = static_cast<std::int64_t>(end - begin);
  std::int64_t left = static_cast<std::int64_t>(queue[end].record->start) -
                      static_cast<std::int64_t>(queue[begin - 1].record->end) - (count + 1) * gap;
  std::int64_t priced = 0;
  for (std::size_t i = begin; i < end; ++i)
    priced += program.commands[queue[i].command].cost.total();
  if (priced <= left) return;
  for (std::size_t i = begin; i < end; ++i) {
    CommandCost& cost = program.commands[queue[i].command].cost;
    const std::int64_t own = cost.total();
    const std::int64_t fits = priced > 0 && left > 0 ? mul_div(left, own, priced) : std::int64_t{0};
    set_length(cost, fits);
    left -= fits;
    priced -= own;
  }
}

std::size_t set_measured(const std::vector<MeasuredCommand>& queue, std::int64_t gap,
                         Program& program) {
  std::size_t found = 0;
  std::size_t begin = 0;  // of commands without records before the one at hand
  for (std::size_t i = 0; i < queue.size(); ++i) {
    if (queue[i].record == nullptr) continue;
    if (begin < i) fit_between(queue, begin, i, gap, program);
    begin = i + 1;
    ++found;
    set_length(program.commands[queue[i].command].cost,
               static_cast<std::int64_t>(queue[i].record->cycles()));
  }
  return found;
}

/// Takes out the last command of its queue.
void remove_command(Program& program, std::uint32_t at) {
  program.commands.erase(program.commands.begin() + at);
  const auto is_behind = [at](std::uint32_t place) { return place > at; };
  for (std::uint32_t& start : program.stream->starts)
    if (is_behind(start)) --start;
  for (Message& message : program.stream->messages)
    if (is_behind(message.command)) --message.command;
}

}  // namespace

bool is_capture(const std::string& folder) {
  std::error_code problem;
  if (!std::filesystem::is_directory(folder, problem)) return false;
  const auto entries = entries_of(folder);
  return std::any_of(entries.begin(), entries.end(), [](const auto& path) {
    const std::string name = path.filename().string();
    return stream_name(name).has_value() || is_records(name);
  });
}

Result<std::vector<CoreRecords>> read_records(std::string_view bytes, InstructionSet set,
                                              const std::string& where) {
  const std::size_t gdma_bytes = set == InstructionSet::kBm1684x ? 192 : 256;
  std::vector<CoreRecords> cores;
  for (std::size_t at = 0; at < bytes.size();) {
    if (bytes.size() - at < 8) return Error{.message = "the records are cut off", .where = where};
    const auto type = static_cast<std::uint32_t>(number_at(bytes, at, 4));
    const std::uint64_t length = number_at(bytes, at + 4, 4);
    at += 8;
    if (length > bytes.size() - at) {
      return Error{.message = fmt::format("a block of {} bytes is cut off", length),
                   .where = where};
    }
    const std::string_view block = bytes.substr(at, length);
    at += length;
    if (type == kBdcBlock) cores.push_back({.bdc = records_of(block, kBdcRecordBytes), .gdma = {}});
    if (type == kGdmaBlock) {
      if (cores.empty() || !cores.back().gdma.empty()) cores.emplace_back();
      cores.back().gdma = records_of(block, gdma_bytes);
    }
  }
  return cores;
}

void join_records(std::vector<MonitorRecord>& records, std::size_t commands) {
  // The runtime's copies count from the first id on as the stream does. The longest run in which
  // ids only rise is the stream's.
  std::size_t best_begin = 0;
  std::size_t best_end = 0;
  for (std::size_t begin = 0; begin < records.size();) {
    std::size_t end = begin + 1;
    // Ids beyond 2^16 begin anew, which is a fall by nearly all of them.
    const auto rises = [&](std::uint32_t before, std::uint32_t after) {
      return after > before || (before > kRecordIds / 2 && after < kRecordIds / 2);
    };
    while (end < records.size() && rises(records[end - 1].id, records[end].id))
      ++end;
    if (end - begin > best_end - best_begin) {
      best_begin = begin;
      best_end = end;
    }
    begin = end;
  }
  std::uint32_t turns = 0;
  for (std::size_t i = 0; i < records.size(); ++i) {
    MonitorRecord& record = records[i];
    if (i < best_begin || i >= best_end) {
      record.id = 0;
      continue;
    }
    record.id += turns * static_cast<std::uint32_t>(kRecordIds);
    const bool turns_over = i + 1 < best_end && (record.id - 1) % kRecordIds >= records[i + 1].id;
    if (turns_over) ++turns;
    if (record.id > commands) record.id = 0;
  }
}

Result<Capture> read_capture_folder(const std::string& folder) {
  const std::string where = sanitised_utf8(folder);
  const std::filesystem::path place(folder);
  Capture capture;
  TPU_TRY(const std::string global, read_input((place / "global.profile").string()));
  const std::string architecture = profile_value(global, "arch");
  const auto chip = std::find_if(
      std::begin(kCaptureChips), std::end(kCaptureChips),
      [&](const ChipOfCapture& candidate) { return candidate.architecture == architecture; });
  if (chip == std::end(kCaptureChips)) {
    return Error{.code = ErrorCode::kUnsupported,
                 .message = "the capture is of a chip whose commands are not known",
                 .where = where,
                 .hint = "captures of BM1684X and BM1688 are read"};
  }
  capture.chip = chip->name;
  capture.set = chip->set;
  capture.net = sanitised_utf8(profile_value(global, "net_name"));
  const std::string frequency = profile_value(global, "tpu_freq");
  std::string_view clock = frequency;
  capture.tiu_mhz = take_number<decltype(capture.tiu_mhz)>(clock).value_or(capture.tiu_mhz);
  capture.layers = global;
  std::string records;
  for (const std::filesystem::path& path : entries_of(folder)) {
    const std::string name = path.filename().string();
    if (is_records(name) && records.empty()) records = path.string();
    const std::optional<StreamName> stream = stream_name(name);
    if (!stream) continue;
    if (capture.cores.size() <= stream->core) capture.cores.resize(stream->core + 1);
    StreamBytes& bytes = capture.cores[stream->core].streams;
    TPU_TRY((stream->engine == Engine::kBdc ? bytes.bdc : bytes.gdma), read_input(path.string()));
  }
  if (capture.cores.empty()) {
    return Error{.message = "the capture has no streams (cmd_ADDRESS_CORE_ENGINE.dat)",
                 .where = where};
  }
  if (records.empty()) return capture;
  TPU_TRY(const std::string bytes, read_input(records));
  TPU_TRY(std::vector<CoreRecords> cores,
          read_records(bytes, capture.set, sanitised_utf8(records)));
  for (std::size_t i = 0; i < std::min(cores.size(), capture.cores.size()); ++i) {
    capture.cores[i].bdc = std::move(cores[i].bdc);
    capture.cores[i].gdma = std::move(cores[i].gdma);
  }
  return capture;
}

void join_records(Capture& capture, const Program& program) {
  std::vector<std::array<std::size_t, kEngineCount>> counts(capture.cores.size());
  for (const Command& command : program.commands)
    ++counts.at(command.core)[static_cast<std::size_t>(command.engine)];
  for (std::size_t core = 0; core < capture.cores.size(); ++core) {
    join_records(capture.cores[core].bdc, counts[core][static_cast<std::size_t>(Engine::kBdc)]);
    join_records(capture.cores[core].gdma, counts[core][static_cast<std::size_t>(Engine::kGdma)]);
  }
}

std::size_t set_measured(const Capture& capture, const Chip& chip, Program& program) {
  std::size_t found = 0;
  std::vector<std::uint32_t> unseen;
  const auto measure = [&](std::size_t core, Engine engine,
                           const std::vector<MonitorRecord>& records, double gap) {
    std::vector<MeasuredCommand> queue = queue_of(program, core, engine);
    for (const MonitorRecord& record : records) {
      if (record.id > 0 && record.id <= queue.size()) queue[record.id - 1].record = &record;
    }
    found += set_measured(queue, static_cast<std::int64_t>(gap), program);
    if (!records.empty() && !queue.empty() && queue.back().record == nullptr &&
        program.commands[queue.back().command].kind == CommandKind::kSystem) {
      unseen.push_back(queue.back().command);
    }
  };
  for (std::size_t core = 0; core < capture.cores.size(); ++core) {
    measure(core, Engine::kBdc, capture.cores[core].bdc, chip.command.tiu_gap_cycles);
    measure(core, Engine::kGdma, capture.cores[core].gdma, chip.command.dma_gap_cycles);
  }
  std::sort(unseen.rbegin(), unseen.rend());
  for (const std::uint32_t command : unseen)
    remove_command(program, command);
  return found;
}

}  // namespace tpuscope
