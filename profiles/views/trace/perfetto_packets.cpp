// Field numbers of Perfetto, each named where it is used.

#include "profiles/views/trace/perfetto_packets.h"

namespace tpuscope {
namespace {

/// A clock of the sequence itself, whose times are differences.
constexpr std::uint64_t kOwnClock = 64;
constexpr std::uint64_t kBootTime = 6;

constexpr std::uint64_t kStateCleared = 1;

enum Packet : std::uint32_t {
  kClockSnapshot = 6,
  kTimestamp = 8,
  kSequenceId = 10,
  kTrackEvent = 11,
  kInternedData = 12,
  kSequenceFlags = 13,
  kDefaults = 59,
  kTrackDescriptor = 60,
};
enum Event : std::uint32_t {
  kAnnotations = 4,
  kType = 9,
  kNameNumber = 10,
  kTrack = 11,
  kCounterValue = 30,
};
enum EventType : std::uint64_t { kBegin = 1, kEnd = 2, kCounter = 4 };

}  // namespace

void ProtoMessage::varint(std::uint64_t value) {
  constexpr std::uint64_t kMore = 128;
  for (; value >= kMore; value /= kMore)
    bytes_.push_back(static_cast<char>(value % kMore + kMore));
  bytes_.push_back(static_cast<char>(value));
}

void ProtoMessage::number(std::uint32_t field, std::uint64_t value) {
  varint(std::uint64_t{field} * 8);
  varint(value);
}

void ProtoMessage::text(std::uint32_t field, std::string_view value) {
  varint(std::uint64_t{field} * 8 + 2);
  varint(value.size());
  bytes_.append(value);
}

/// The sequence of a track begins with its clock and with what all its packets share.
PerfettoPackets::Sequence& PerfettoPackets::sequence_of(std::uint64_t track) {
  const auto [place, is_new] = sequences_.try_emplace(track);
  if (!is_new) return place->second;
  ProtoMessage own;
  own.number(1, kOwnClock);  // clock_id
  own.number(2, 0);          // timestamp
  own.number(3, 1);          // is_incremental
  ProtoMessage boot;
  boot.number(1, kBootTime);
  boot.number(2, 0);
  ProtoMessage snapshot;
  snapshot.message(1, own);
  snapshot.message(1, boot);
  ProtoMessage clocks;
  clocks.message(kClockSnapshot, snapshot);
  clocks.number(kSequenceId, track);
  write(clocks);
  ProtoMessage of_events;
  of_events.number(kTrack, track);
  ProtoMessage defaults;
  defaults.message(kTrackEvent, of_events);  // track_event_defaults
  defaults.number(58, kOwnClock);            // timestamp_clock_id
  ProtoMessage first;
  first.message(kDefaults, defaults);
  first.number(kSequenceId, track);
  first.number(kSequenceFlags, kStateCleared);
  write(first);
  return place->second;
}

void PerfettoPackets::write(const ProtoMessage& packet) {
  ProtoMessage framed;
  framed.message(1, packet);  // Trace.packet
  sink_->write(framed.bytes());
}

void PerfettoPackets::name_track(std::uint64_t track, std::uint64_t parent, std::string_view name,
                                 std::uint64_t rank) {
  ProtoMessage descriptor;
  descriptor.number(1, track);  // uuid
  descriptor.text(2, name);
  if (parent != 0) descriptor.number(5, parent);
  descriptor.number(11, 3);     // child_ordering: by the ranks of the children
  descriptor.number(12, rank);  // sibling_order_rank
  ProtoMessage packet;
  packet.message(kTrackDescriptor, descriptor);
  packet.number(kSequenceId, track);
  write(packet);
}

void PerfettoPackets::name_counter(std::uint64_t track, std::uint64_t parent, std::string_view name,
                                   std::string_view unit) {
  ProtoMessage counter;
  counter.text(6, unit);  // unit_name
  ProtoMessage descriptor;
  descriptor.number(1, track);
  descriptor.text(2, name);
  if (parent != 0) descriptor.number(5, parent);
  descriptor.message(8, counter);
  ProtoMessage packet;
  packet.message(kTrackDescriptor, descriptor);
  packet.number(kSequenceId, track);
  write(packet);
}

std::uint64_t PerfettoPackets::Sequence::number_of(Interned& kind, std::string_view text) {
  const auto known = kind.numbers.find(text);
  if (known != kind.numbers.end()) return known->second;
  const std::uint64_t number = kind.numbers.size() + 1;
  kind.numbers.emplace(text, number);
  ProtoMessage entry;
  entry.number(1, number);  // iid
  entry.text(2, text);      // name, or str
  introduced.message(kind.field, entry);
  return number;
}

// No packet asks readers to drop it where earlier ones were lost: files lose none.
void PerfettoPackets::event(std::uint64_t track, std::int64_t time_ns, const ProtoMessage& event) {
  Sequence& sequence = sequence_of(track);
  ProtoMessage packet;
  packet.number(kTimestamp, static_cast<std::uint64_t>(time_ns - sequence.time_ns));
  sequence.time_ns = time_ns;
  packet.number(kSequenceId, track);
  packet.message(kTrackEvent, event);
  if (!sequence.introduced.bytes().empty()) {
    packet.message(kInternedData, sequence.introduced);
    sequence.introduced.clear();
  }
  write(packet);
}

void PerfettoPackets::begin(std::uint64_t track, std::int64_t time_ns, std::string_view name,
                            std::string_view key, std::string_view detail) {
  Sequence& sequence = sequence_of(track);
  ProtoMessage begin;
  begin.number(kType, kBegin);
  begin.number(kNameNumber, sequence.number_of(sequence.names, name));
  if (!detail.empty()) {
    ProtoMessage annotation;
    annotation.number(1, sequence.number_of(sequence.keys, key));         // name_iid
    annotation.number(17, sequence.number_of(sequence.details, detail));  // string_value_iid
    begin.message(kAnnotations, annotation);
  }
  event(track, time_ns, begin);
}

void PerfettoPackets::end(std::uint64_t track, std::int64_t time_ns) {
  ProtoMessage end;
  end.number(kType, kEnd);
  event(track, time_ns, end);
}

void PerfettoPackets::count(std::uint64_t track, std::int64_t time_ns, std::int64_t value) {
  ProtoMessage count;
  count.number(kType, kCounter);
  count.number(kCounterValue, static_cast<std::uint64_t>(value));
  event(track, time_ns, count);
}

}  // namespace tpuscope
