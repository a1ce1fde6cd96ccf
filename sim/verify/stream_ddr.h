// What the DDR holds as the commands of a real stream go on: inputs and weights, then what they
// store.

#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <vector>

#include "sim/stream/ddr_ranges.h"
#include "sim/verify/findings.h"
#include "sim/verify/stream_order.h"

namespace tpuscope {

class StreamDdr {
 public:
  StreamDdr(const DdrBoundary& boundary, const StreamOrder& order, const Run& run,
            Findings& findings);

  /// Of the command issued last, reads before writes. Returns who wrote what is read, each once, as
  /// far as commands did.
  std::vector<std::uint32_t> read(std::uint32_t command, const DdrRanges& ranges);
  void write(std::uint32_t command, const DdrRanges& ranges);
  /// After the last command: whether the outputs are there, and whether what was stored is read.
  void finish();

 private:
  /// The same in all bytes of a segment; those without one hold nothing.
  struct Segment {
    std::uint64_t end = 0;
    std::uint32_t writer = kNone;          ///< kNone: there before the run
    std::vector<std::uint32_t> readers{};  ///< the last of each core, kNone
  };

  void give(const DdrRange& range);
  /// What a command was found to read.
  struct Found {
    bool is_any = false;
    std::uint64_t missing = ~std::uint64_t{0};  ///< the first byte where nothing is
    std::set<std::uint32_t> writers{};
  };
  void read_range(std::uint32_t command, const DdrRange& range, Found& found);
  void write_range(std::uint32_t command, const DdrRange& range);
  void mark_read(std::uint32_t writer);
  void check_order(std::uint32_t command, std::uint32_t earlier, const DdrRange& range,
                   const char* verb);

  const DdrBoundary& boundary_;
  const StreamOrder& order_;
  const Run& run_;
  Findings& findings_;
  std::size_t cores_ = 1;
  std::map<std::uint64_t, Segment> segments_{};      ///< by first byte, without overlap
  std::set<std::uint32_t> read_ops_{};               ///< ops of whose stores some were read
  std::map<std::uint32_t, std::uint64_t> unread_{};  ///< commands whose stores nobody read: address
};

}  // namespace tpuscope
