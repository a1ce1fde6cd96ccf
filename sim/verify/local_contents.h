// What every byte of a core's local memory holds as the timeline goes on.

#pragma once

#include <array>
#include <span>
#include <vector>

#include "sim/verify/queues.h"
#include "sim/verify/storage.h"

namespace tpuscope {

/// Bytes of an element in local memory. The chip has no integers of 64 bits: of indices it
/// takes 32.
std::int64_t local_element_bytes(DType type);

/// Commands must be shown in the order of their starts, each with its reads before its writes. All
/// lanes hold the same ranges.
class LocalContents {
 public:
  LocalContents(const Run& run, const Storage& storage, const Queues& queues, Findings& findings)
      : run_(run), storage_(storage), queues_(queues), findings_(findings) {}

  /// The command reads the range and expects the part in it (kNone: working space of its op).
  void read(std::uint32_t command, const LocalRange& range, std::uint32_t part);
  void write(std::uint32_t command, const LocalRange& range, std::uint32_t part);

 private:
  /// Bytes [begin, end), written by one command at once.
  struct Segment {
    std::uint32_t begin = 0;
    std::uint32_t end = 0;
    std::uint32_t writer = kNone;
    std::uint32_t part = kNone;
    std::array<std::uint32_t, kEngineCount> readers{kNone, kNone};  ///< the last of each engine
  };

  bool is_in_memory(std::uint32_t command, const LocalRange& range, std::uint32_t part);
  /// Segments cut so that some of them are exactly the range; indices of the first of them and of
  /// the one after the last. Bytes that were never written have no segment.
  std::pair<std::size_t, std::size_t> cut(const LocalRange& range);
  void check_order(std::uint32_t earlier, std::uint32_t later, const LocalRange& range,
                   const char* verb);
  void report_wrong(std::uint32_t command, const LocalRange& range, std::uint32_t part,
                    const Segment& segment);
  const Segment* foreign_space(std::uint32_t command, std::span<const Segment> segments) const;
  const Segment* foreign_part(std::uint32_t part, std::span<const Segment> segments) const;
  void check_part(std::uint32_t command, const LocalRange& range, std::uint32_t part,
                  std::size_t first, std::size_t last);

  const Run& run_;
  const Storage& storage_;
  const Queues& queues_;
  Findings& findings_;
  std::vector<Segment> segments_{};  ///< by address, without overlap
};

}  // namespace tpuscope
