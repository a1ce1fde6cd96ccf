// Who wrote and who read every byte of a core's local memory, lane by lane, as the commands of a
// real stream go on.

#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <vector>

#include "sim/program/command.h"
#include "sim/stream/local_access.h"

namespace tpuscope {

class LaneContents {
 public:
  /// What a range is found to hold: of each command that it was written by, the lanes.
  struct Found {
    std::uint64_t unwritten = 0;           ///< lanes in which some byte was never written
    std::uint32_t first_unwritten = 0;     ///< the first such byte
    std::vector<std::uint32_t> writers{};  ///< commands, each once, ascending
    /// Commands, each once, ascending, that must have ended before: those that wrote what is read
    /// or written, and for a write those that read it, of the other engine.
    std::vector<std::uint32_t> before{};
  };

  /// Commands in the order in which they may be issued, reads before writes. `found` is added to.
  void read(std::uint32_t command, Engine engine, const LaneRange& range, Found& found);
  void write(std::uint32_t command, Engine engine, const LaneRange& range, Found& found);
  /// Nothing is known of the whole memory any longer.
  void forget();
  bool is_known() const { return is_known_; }

 private:
  /// The same in all bytes of a segment.
  struct Cell {
    std::uint64_t lanes = 0;
    std::uint32_t writer = kNone;
    Engine engine = Engine::kBdc;                                   ///< of the writer
    std::array<std::uint32_t, kEngineCount> readers{kNone, kNone};  ///< the last of each engine
  };
  struct Segment {
    std::uint32_t end = 0;
    std::vector<Cell> cells{};  ///< without common lanes
  };
  /// Marks the lanes of a segment as read; returns those of them that nobody wrote.
  static std::uint64_t read_cells(std::uint32_t command, Engine engine, std::uint64_t lanes,
                                  std::vector<Cell>& cells, Found& found);
  /// Takes the lanes from who had written them.
  static void clear_cells(std::uint32_t command, Engine engine, std::uint64_t lanes,
                          std::vector<Cell>& cells, Found& found);

  std::map<std::uint32_t, Segment> segments_{};  ///< by first byte, without overlap
  bool is_known_ = true;
};

}  // namespace tpuscope
