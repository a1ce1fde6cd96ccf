// Field numbers of Perfetto, each named where it is used.

#include "profiles/views/trace/perfetto_packets.h"

namespace tpuscope {
namespace {

/// A clock of the sequence itself, whose times are differences.
constexpr std::uint64_t kOwnClock = 64;
constexpr std::uint64_t kBootTime = 6;

constexpr std::uint64_t kStateCleared = 1;
constexpr std::uint64_t kNeedsState = 2;

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

PerfettoPackets::PerfettoPackets(ByteSink& sink, std::uint64_t sequence)
    : sink_(&sink), sequence_(sequence) {
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
  clocks.number(kSequenceId, sequence_);
  write(clocks);
  ProtoMessage defaults;
  defaults.number(58, kOwnClock);  // timestamp_clock_id
  ProtoMessage first;
  first.message(kDefaults, defaults);
  first.number(kSequenceId, sequence_);
  first.number(kSequenceFlags, kStateCleared);
  write(first);
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
  packet.number(kSequenceId, sequence_);
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
  packet.number(kSequenceId, sequence_);
  write(packet);
}

std::uint64_t PerfettoPackets::number_of(Interned& kind, std::string_view text) {
  const auto known = kind.numbers.find(text);
  if (known != kind.numbers.end()) return known->second;
  const std::uint64_t number = kind.numbers.size() + 1;
  kind.numbers.emplace(text, number);
  ProtoMessage entry;
  entry.number(1, number);  // iid
  entry.text(2, text);      // name, or str
  introduced_.message(kind.field, entry);
  return number;
}

void PerfettoPackets::event(std::int64_t time_ns, const ProtoMessage& event, bool needs_state) {
  ProtoMessage packet;
  packet.number(kTimestamp, static_cast<std::uint64_t>(time_ns - time_ns_));
  time_ns_ = time_ns;
  packet.number(kSequenceId, sequence_);
  packet.message(kTrackEvent, event);
  if (!introduced_.bytes().empty()) {
    packet.message(kInternedData, introduced_);
    introduced_.clear();
  }
  // Ends and values refer to nothing that was introduced before.
  if (needs_state) packet.number(kSequenceFlags, kNeedsState);
  write(packet);
}

void PerfettoPackets::begin(std::uint64_t track, std::int64_t time_ns, std::string_view name,
                            std::string_view key, std::string_view detail) {
  ProtoMessage begin;
  begin.number(kType, kBegin);
  begin.number(kTrack, track);
  begin.number(kNameNumber, number_of(names_, name));
  if (!detail.empty()) {
    ProtoMessage annotation;
    annotation.number(1, number_of(keys_, key));         // name_iid
    annotation.number(17, number_of(details_, detail));  // string_value_iid
    begin.message(kAnnotations, annotation);
  }
  event(time_ns, begin, true);
}

void PerfettoPackets::end(std::uint64_t track, std::int64_t time_ns) {
  ProtoMessage end;
  end.number(kType, kEnd);
  end.number(kTrack, track);
  event(time_ns, end, false);
}

void PerfettoPackets::count(std::uint64_t track, std::int64_t time_ns, std::int64_t value) {
  ProtoMessage count;
  count.number(kType, kCounter);
  count.number(kTrack, track);
  count.number(kCounterValue, static_cast<std::uint64_t>(value));
  event(time_ns, count, false);
}

}  // namespace tpuscope
