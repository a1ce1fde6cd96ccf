// PerfettoPackets: packets of a Perfetto trace (.pftrace) as bytes, without a document in memory.
// The fields are those of Perfetto's protos/perfetto/trace; numbers stand beside their names below.
// What repeats is said once: names are interned, times are differences to the packet before, and
// each track is a sequence of its own, whose packets need not name their track.

#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "base/byte_sink.h"

namespace tpuscope {

/// One protobuf message.
class ProtoMessage {
 public:
  void number(std::uint32_t field, std::uint64_t value);
  void text(std::uint32_t field, std::string_view value);
  void message(std::uint32_t field, const ProtoMessage& value) { text(field, value.bytes_); }
  const std::string& bytes() const { return bytes_; }
  void clear() { bytes_.clear(); }

 private:
  void varint(std::uint64_t value);

  std::string bytes_{};
};

class PerfettoPackets {
 public:
  explicit PerfettoPackets(ByteSink& sink) : sink_(&sink) {}

  /// A track below another one; 0: by itself. `rank` orders it among its neighbours.
  void name_track(std::uint64_t track, std::uint64_t parent, std::string_view name,
                  std::uint64_t rank);
  /// A track of values with their unit.
  void name_counter(std::uint64_t track, std::uint64_t parent, std::string_view name,
                    std::string_view unit);

  // Times of the calls that follow never decrease on a track.

  /// A span begins; `detail` is its argument `key`, unless it is empty.
  void begin(std::uint64_t track, std::int64_t time_ns, std::string_view name,
             std::string_view key = "", std::string_view detail = "");
  void end(std::uint64_t track, std::int64_t time_ns);
  void count(std::uint64_t track, std::int64_t time_ns, std::int64_t value);

 private:
  /// Numbers of texts of one kind.
  struct Interned {
    std::uint32_t field = 0;  ///< of InternedData
    std::map<std::string, std::uint64_t, std::less<>> numbers{};
  };

  /// What the packets of one track have said; its number is that of the track.
  struct Sequence {
    std::int64_t time_ns = 0;
    Interned names{.field = 2};     ///< event_names
    Interned keys{.field = 3};      ///< debug_annotation_names
    Interned details{.field = 29};  ///< debug_annotation_string_values
    ProtoMessage introduced{};      ///< by the next packet

    std::uint64_t number_of(Interned& kind, std::string_view text);
  };

  Sequence& sequence_of(std::uint64_t track);
  void event(std::uint64_t track, std::int64_t time_ns, const ProtoMessage& event);
  void write(const ProtoMessage& packet);

  ByteSink* sink_;
  std::map<std::uint64_t, Sequence> sequences_{};
};

}  // namespace tpuscope
