// The Perfetto trace, read back by protobuf's own reader of unknown messages: what is in it is what
// ran, and it is small.

#include <map>

#include <doctest/doctest.h>
#include <google/protobuf/unknown_field_set.h>

#include "base/byte_sink.h"
#include "base/figures.h"
#include "base/text.h"
#include "profiles/report/local_memory.h"
#include "profiles/views/results.h"
#include "profiles/views/trace/perfetto_packets.h"
#include "tests/profiles/timelines.h"

namespace tpuscope::test {
namespace {

/// One field of a message: a number, or the bytes of a text or a message.
struct Field {
  int number = 0;
  std::uint64_t varint = 0;
  std::string bytes{};
};
using Message = std::vector<Field>;

Message parsed(const std::string& bytes) {
  google::protobuf::UnknownFieldSet set;
  REQUIRE(set.ParseFromString(bytes));
  Message fields;
  for (int i = 0; i < set.field_count(); ++i) {
    const google::protobuf::UnknownField& field = set.field(i);
    const bool is_number = field.type() == google::protobuf::UnknownField::TYPE_VARINT;
    fields.push_back({.number = field.number(),
                      .varint = is_number ? field.varint() : 0,
                      .bytes = is_number ? "" : field.length_delimited()});
  }
  return fields;
}

/// The fields with a number, in order.
Message fields_of(const Message& message, int number) {
  Message found;
  for (const Field& field : message) {
    if (field.number == number) found.push_back(field);
  }
  return found;
}
std::uint64_t number_of(const Message& message, int number) {
  const Message found = fields_of(message, number);
  return found.empty() ? 0 : found.front().varint;
}
std::string text_of(const Message& message, int number) {
  const Message found = fields_of(message, number);
  return found.empty() ? "" : found.front().bytes;
}

struct DecodedSpan {
  std::uint64_t track = 0;
  std::string name{};
  std::string op{};
  std::uint64_t begin_ns = 0;
  std::uint64_t end_ns = 0;

  bool operator==(const DecodedSpan&) const = default;
};

/// What a viewer makes of a trace: tracks, spans and counters.
struct Decoded {
  std::map<std::uint64_t, std::string> tracks{};
  std::vector<DecodedSpan> spans{};  ///< in the order of their ends
  std::map<std::uint64_t, std::vector<std::uint64_t>> counts{};
  std::size_t packets = 0;
};

class Decoder {
 public:
  explicit Decoder(const std::string& bytes) {
    for (const Field& packet : fields_of(parsed(bytes), 1))
      take(parsed(packet.bytes));
    for (const auto& [track, open] : open_)
      CHECK(open.empty());
  }
  Decoded result{};

 private:
  /// State of a sequence: its clock and what it has introduced, by field and number.
  struct Sequence {
    std::uint64_t time_ns = 0;
    std::uint64_t track = 0;  ///< of packets that name none
    std::map<std::pair<int, std::uint64_t>, std::string> texts{};
  };

  void take(const Message& packet) {
    ++result.packets;
    Sequence& sequence = sequences_[number_of(packet, 10)];
    for (const Field& field : fields_of(packet, 60)) {
      const Message track = parsed(field.bytes);
      result.tracks[number_of(track, 1)] = text_of(track, 2);
    }
    for (const Field& field : fields_of(packet, 59)) {
      for (const Field& of_events : fields_of(parsed(field.bytes), 11))
        sequence.track = number_of(parsed(of_events.bytes), 11);
    }
    for (const Field& interned : fields_of(packet, 12)) {
      const Message data = parsed(interned.bytes);
      for (const int kind : {2, 3, 29}) {
        for (const Field& entry : fields_of(data, kind)) {
          const Message text = parsed(entry.bytes);
          sequence.texts[{kind, number_of(text, 1)}] = text_of(text, 2);
        }
      }
    }
    for (const Field& field : fields_of(packet, 11)) {
      sequence.time_ns += number_of(packet, 8);
      take_event(parsed(field.bytes), sequence);
    }
  }

  void take_event(const Message& event, const Sequence& sequence) {
    const Message named = fields_of(event, 11);
    const std::uint64_t track = named.empty() ? sequence.track : named.front().varint;
    CHECK(result.tracks.contains(track));
    switch (number_of(event, 9)) {
      case 1: {
        DecodedSpan span{.track = track, .begin_ns = sequence.time_ns};
        span.name = sequence.texts.at({2, number_of(event, 10)});
        for (const Field& field : fields_of(event, 4)) {
          const Message detail = parsed(field.bytes);
          CHECK(sequence.texts.at({3, number_of(detail, 1)}) == "op");
          span.op = sequence.texts.at({29, number_of(detail, 17)});
        }
        open_[track].push_back(std::move(span));
        return;
      }
      case 2:
        REQUIRE_FALSE(open_[track].empty());
        result.spans.push_back(open_[track].back());
        result.spans.back().end_ns = sequence.time_ns;
        open_[track].pop_back();
        return;
      default:
        result.counts[track].push_back(number_of(event, 30));
    }
  }

  std::map<std::uint64_t, Sequence> sequences_{};
  std::map<std::uint64_t, std::vector<DecodedSpan>> open_{};
};

TEST_CASE("packets come back: spans with names and details, counters, times that add up") {
  StringSink sink;
  PerfettoPackets packets(sink);
  packets.name_track(7, 0, "row", 1);
  packets.name_counter(8, 7, "bytes", "B");
  packets.begin(7, 5, "Silu: Divide", "op", "/act");
  packets.count(8, 5, 300);
  packets.end(7, 1'000'000);
  packets.begin(7, 1'000'000, "Silu: Divide", "op", "/act");
  packets.end(7, 1'000'001);
  const Decoded decoded = Decoder(sink.text()).result;
  CHECK(decoded.tracks == std::map<std::uint64_t, std::string>{{7, "row"}, {8, "bytes"}});
  CHECK(decoded.spans ==
        std::vector<DecodedSpan>{{7, "Silu: Divide", "/act", 5, 1'000'000},
                                 {7, "Silu: Divide", "/act", 1'000'000, 1'000'001}});
  CHECK(decoded.counts.at(8) == std::vector<std::uint64_t>{300});
}

/// Commands that take at least a nanosecond.
std::size_t seen_commands(const Simulation& run) {
  std::size_t count = 0;
  for (std::size_t i = 0; i < run.program.commands.size(); ++i)
    count += nanoseconds(run.timeline.end[i]) > nanoseconds(run.timeline.start[i]) ? 1U : 0U;
  return count;
}

TEST_CASE(
    "every command of any run is a span on the track of its engine, none beyond the makespan") {
  for (unsigned seed = 1; seed <= 20; ++seed) {
    const Simulation run = random_run(seed);
    const Profile profile = profile_of(run);
    const Decoded decoded = Decoder(written("pftrace", {.after = &profile})).result;
    std::size_t commands = 0;
    for (const DecodedSpan& span : decoded.spans) {
      CHECK(span.begin_ns < span.end_ns);
      CHECK(span.end_ns <= static_cast<std::uint64_t>(nanoseconds(run.timeline.makespan)));
      const std::string& track = decoded.tracks.at(span.track);
      commands += track == "Ops" || track == "Layer groups" ? 0U : 1U;
    }
    CHECK(commands == seen_commands(run));
  }
}

TEST_CASE("two runs are beside each other, each with its own times") {
  const Simulation run = random_run(3);
  const Profile profile = profile_of(run);
  const Decoded one = Decoder(written("pftrace", {.after = &profile})).result;
  const Decoded two = Decoder(written("pftrace", {.before = &profile, .after = &profile})).result;
  CHECK(two.spans.size() == 2 * one.spans.size());
  CHECK(two.tracks.size() == 2 * one.tracks.size());
}

TEST_CASE("the use of local memory has the peak of the run, and none where nothing is held") {
  const auto highest = [](const Profile& profile) {
    std::uint64_t most = 0;
    const Decoded decoded = Decoder(written("pftrace", {.after = &profile})).result;
    for (const auto& [track, values] : decoded.counts) {
      CHECK(decoded.tracks.at(track) == "Local memory used");
      for (const std::uint64_t value : values)
        most = std::max(most, value);
    }
    return most;
  };
  for (unsigned seed = 1; seed <= 20; ++seed) {
    const Simulation run = random_run(seed);
    std::int64_t peak = 0;
    // What lasts less than a nanosecond is in no part of the run.
    for (const LocalUse& use : local_memory_use(run.program, run.timeline))
      peak = std::max(peak, use.bytes);
    CHECK(highest(profile_of(run)) == static_cast<std::uint64_t>(peak));
  }
  CHECK(highest(profile_of(RunBuilder().load(0, 30, 1).run())) == 0);
}

TEST_CASE("a command takes at most 40 bytes") {
  RunBuilder builder;
  constexpr std::int64_t kCommands = 4000;
  for (std::int64_t i = 0; i < kCommands; ++i) {
    Command command{.kind = i % 2 == 0 ? CommandKind::kArith : CommandKind::kDivide,
                    .engine = Engine::kBdc,
                    .id = static_cast<std::uint32_t>(i + 1),
                    .op = 1};
    builder.add(command, 1000 * i, 1000 * i + 990);
  }
  const Profile profile = profile_of(builder.run());
  CHECK(written("pftrace", {.after = &profile}).size() <= 40 * kCommands);
}

}  // namespace
}  // namespace tpuscope::test
