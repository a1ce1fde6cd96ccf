// A capture: the folder that the vendor's runtime leaves when a model runs with
// BMRUNTIME_ENABLE_PROFILE on a board. It holds the streams as the engines obeyed them
// (cmd_ADDRESS_CORE_ENGINE.dat), when each command started and ended (iterN.profile) and what the
// compiler knew of them (global.profile).

#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "sim/stream/command_forms.h"
#include "sim/stream/stream_program.h"

namespace tpuscope {

/// When the monitor of an engine saw a command, in cycles of the engine's counter. Counters of
/// different engines and cores have different origins.
struct MonitorRecord {
  std::uint32_t id = 0;  ///< of the command, 1, 2, ...; 0: not of the streams
  std::uint64_t start = 0;
  std::uint64_t end = 0;  ///< the last cycle: the next command starts a gap of the engine later
  std::uint64_t cycles() const { return end - start; }
};

struct CaptureCore {
  StreamBytes streams{};
  std::vector<MonitorRecord> bdc{};
  std::vector<MonitorRecord> gdma{};
};

struct Capture {
  std::string chip{};  ///< as tpuscope names it
  InstructionSet set = InstructionSet::kBm1684x;
  std::string net{};
  std::int64_t tiu_mhz = 0;  ///< 0: the capture does not say
  std::vector<CaptureCore> cores{};
  std::string layers{};  ///< the text of global.profile, see profile_text.h
};

/// Whether the folder looks like a capture: it has streams or records.
bool is_capture(const std::string& folder);

/// Reads a folder. Errors: a file is missing or damaged, the chip is not known. A capture without
/// records has cores without them.
Result<Capture> read_capture_folder(const std::string& folder);

/// The records of one iterN.profile, joined with no stream: as they stand, ids 1, 2, ... modulo
/// 2^16. One entry per core. `where` names the file.
struct CoreRecords {
  std::vector<MonitorRecord> bdc{};
  std::vector<MonitorRecord> gdma{};
};
Result<std::vector<CoreRecords>> read_records(std::string_view bytes, InstructionSet set,
                                              const std::string& where);

/// Gives records the ids of the stream's commands. Those of the runtime's own copies before and
/// after it keep id 0.
void join_records(std::vector<MonitorRecord>& records, std::size_t commands);

/// Joins the records of every engine of the capture; `program` is made of its streams.
void join_records(Capture& capture, const Program& program);

/// The program with the lengths that were measured in place of prices, whose proportions stay. A
/// command without a record keeps its price, as far as its neighbours' records leave it time; a
/// closing command without one, which the monitor was too late for, is left out. Records must be
/// joined. Returns how many commands have one.
std::size_t set_measured(const Capture& capture, const Chip& chip, Program& program);

}  // namespace tpuscope
