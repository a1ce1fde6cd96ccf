// The timeline as a Perfetto trace: a sixth of the bytes of the Chrome trace, for networks whose
// JSON is too large for viewers. Tracks of a core are those of the Chrome trace; above them are the
// layer groups and the operators.

#include <algorithm>
#include <tuple>
#include <vector>

#include <fmt/core.h>

#include "base/figures.h"
#include "base/text.h"
#include "profiles/report/local_memory.h"
#include "profiles/views/results.h"
#include "profiles/views/trace/core_tracks.h"
#include "profiles/views/trace/perfetto_packets.h"
#include "profiles/views/trace/span_details.h"

namespace tpuscope {
namespace {

/// In the name of the first track of a file.
constexpr std::string_view kPerfettoSignature = "tpuscope timeline of ";

/// Begin, end or value of something, to be sorted by time.
struct TraceMoment {
  enum class Kind : std::uint8_t { kEnd, kCount, kBegin };  // in the order at one time

  std::int64_t time_ns = 0;
  Kind kind{};
  std::uint64_t track = 0;
  std::int64_t value = 0;  ///< of a counter
  std::size_t name = 0;    ///< in the names
  std::size_t detail = 0;  ///< likewise; 0: none
};

/// Moments of one run on tracks from `first` on.
class RunMoments {
 public:
  // Tracks count from `first`: the run, then its own, then those of the cores.
  static constexpr std::uint64_t kGroups = 1;
  static constexpr std::uint64_t kOps = 2;
  static constexpr std::uint64_t kLocal = 3;
  static constexpr std::uint64_t kCores = 5;
  static constexpr std::uint64_t kTracksOfCore = 8;

  RunMoments(PerfettoPackets& packets, const Profile& profile, std::uint64_t first,
             std::string_view title)
      : packets_(&packets), profile_(&profile), first_(first), title_(title) {}

  void write() {
    names_.emplace_back();
    op_names_.resize(profile_->graph.size());
    name_tracks();
    add_groups_and_ops();
    add_commands();
    add_local_memory();
    std::stable_sort(moments_.begin(), moments_.end(),
                     [](const TraceMoment& a, const TraceMoment& b) {
                       return std::tie(a.time_ns, a.kind) < std::tie(b.time_ns, b.kind);
                     });
    for (const TraceMoment& moment : moments_)
      write(moment);
  }

 private:
  std::uint64_t core_track(std::int64_t core, std::int64_t track) const {
    return first_ + kCores + static_cast<std::uint64_t>(core) * kTracksOfCore +
           static_cast<std::uint64_t>(track);
  }

  void name_tracks() {
    const Report& report = profile_->report;
    packets_->name_track(
        first_, 0,
        fmt::format("{}{}{}", title_, kPerfettoSignature, sanitised_utf8(report.identity.model)),
        first_);
    packets_->name_track(first_ + kGroups, first_, "Layer groups", 1);
    packets_->name_track(first_ + kOps, first_, "Ops", 2);
    for (std::int64_t core = 0; core < report.summary.cores; ++core) {
      const std::uint64_t own = core_track(core, 0);
      packets_->name_track(own, first_, fmt::format("Core {} {}", core, report.identity.chip),
                           static_cast<std::uint64_t>(3 + core));
      for (const std::int64_t track : core_tracks(profile_->simulation.program.commands)) {
        packets_->name_track(core_track(core, track), own, name_of_track(track),
                             static_cast<std::uint64_t>(track));
      }
    }
    packets_->name_counter(first_ + kLocal, first_, "Local memory used", "bytes per lane");
  }

  std::size_t name(std::string text) {
    names_.push_back(std::move(text));
    return names_.size() - 1;
  }
  /// The name of an op, kept once.
  std::size_t name_of_op(std::uint32_t op) {
    if (op == kNone) return 0;
    if (op_names_[op] == 0) op_names_[op] = name(sanitised_utf8(profile_->graph[OpId{op}].name));
    return op_names_[op];
  }

  void add(std::uint64_t track, std::int64_t begin_ns, std::int64_t end_ns, std::size_t name,
           std::size_t detail) {
    if (end_ns <= begin_ns) return;
    moments_.push_back({begin_ns, TraceMoment::Kind::kBegin, track, 0, name, detail});
    moments_.push_back({end_ns, TraceMoment::Kind::kEnd, track, 0, 0, 0});
  }

  std::pair<std::uint32_t, std::uint32_t> group_and_op(const Charge& charge) const {
    if (charge.command == kNone) return {kNone, kNone};
    const Command& command = profile_->simulation.program.commands[charge.command];
    return {command.group, command.op};
  }

  /// Spans of charges that belong together, as the row of the table.
  void add_groups_and_ops() {
    const std::vector<Charge>& charges = profile_->charges;
    for (const bool is_group : {true, false}) {
      const auto key = [&](std::size_t i) {
        const auto [group, op] = group_and_op(charges[i]);
        return is_group ? group : op;
      };
      for (std::size_t first = 0, last = 0; first < charges.size(); first = last) {
        while (last < charges.size() && key(last) == key(first))
          ++last;
        if (key(first) == kNone) continue;
        const std::int64_t begin = nanoseconds(charges[first].begin);
        const std::int64_t end = nanoseconds(charges[last - 1].end);
        if (is_group) {
          add(first_ + kGroups, begin, end, name(fmt::format("Group {}", key(first))), 0);
        } else {
          const std::string type(profile_->graph[OpId{key(first)}].def->name);
          add(first_ + kOps, begin, end, name(type), name_of_op(key(first)));
        }
      }
    }
  }

  void add_commands() {
    const Program& program = profile_->simulation.program;
    const Timeline& timeline = profile_->simulation.timeline;
    for (std::size_t i = 0; i < program.commands.size(); ++i) {
      const Command& command = program.commands[i];
      add(core_track(command.core, track_of(command)), nanoseconds(timeline.start[i]),
          nanoseconds(timeline.end[i]), name(span_name(profile_->graph, command)),
          name_of_op(command.op));
    }
  }

  /// The peak of each of many equal parts of the run, where it is another than in the part before:
  /// most commands change the use, and nobody sees each of them.
  void add_local_memory() {
    constexpr std::int64_t kParts = 1024;
    const Simulation& simulation = profile_->simulation;
    const std::int64_t makespan = nanoseconds(simulation.timeline.makespan);
    const std::int64_t length = makespan / kParts + 1;
    const std::vector<LocalUse> uses = local_memory_use(simulation.program, simulation.timeline);
    std::vector<std::int64_t> peaks(kParts, 0);
    for (std::size_t i = 0; i < uses.size(); ++i) {
      const std::int64_t begin = nanoseconds(uses[i].time);
      const std::int64_t end = i + 1 < uses.size() ? nanoseconds(uses[i + 1].time) : makespan;
      const std::int64_t last = std::max(begin, end - 1) / length;
      for (std::int64_t part = begin / length; part <= last; ++part) {
        std::int64_t& peak = peaks.at(static_cast<std::size_t>(part));
        peak = std::max(peak, uses[i].bytes);
      }
    }
    std::int64_t shown = 0;
    for (std::int64_t part = 0; part < kParts; ++part) {
      const std::int64_t peak = peaks[static_cast<std::size_t>(part)];
      if (peak == shown) continue;
      shown = peak;
      moments_.push_back({part * length, TraceMoment::Kind::kCount, first_ + kLocal, peak, 0, 0});
    }
  }

  void write(const TraceMoment& moment) {
    switch (moment.kind) {
      case TraceMoment::Kind::kBegin:
        packets_->begin(moment.track, moment.time_ns, names_[moment.name], "op",
                        names_[moment.detail]);
        break;
      case TraceMoment::Kind::kEnd:
        packets_->end(moment.track, moment.time_ns);
        break;
      case TraceMoment::Kind::kCount:
        packets_->count(moment.track, moment.time_ns, moment.value);
        break;
    }
  }

  PerfettoPackets* packets_;
  const Profile* profile_;
  std::uint64_t first_;
  std::string_view title_;
  std::vector<std::string> names_{};
  std::vector<std::size_t> op_names_{};
  std::vector<TraceMoment> moments_{};
};

/// How many numbers the tracks of a run take.
std::uint64_t tracks_of(const Profile& profile) {
  return RunMoments::kCores +
         RunMoments::kTracksOfCore * static_cast<std::uint64_t>(profile.report.summary.cores) +
         RunMoments::kTracksOfCore;
}

Status write_perfetto(const Results& results, ByteSink& sink) {
  // Numbers of tracks are in every packet: small ones take a byte. The second run's come behind.
  const std::uint64_t behind = results.before == nullptr ? 0 : tracks_of(*results.before);
  PerfettoPackets packets(sink);
  if (results.before != nullptr) RunMoments(packets, *results.before, 1, "before: ").write();
  RunMoments(packets, *results.after, 1 + behind, results.before == nullptr ? "" : "after: ")
      .write();
  return Ok{};
}

TPU_REGISTER(register_writer<Results>(
    {.name = "pftrace",
     .summary = "Perfetto trace: the timeline in a sixth of the bytes of the Chrome trace",
     .signature = kPerfettoSignature,
     .flag = {.name = "--pftrace",
              .value = "FILE",
              .help = "write the timeline for ui.perfetto.dev as protobuf: small, also of large "
                      "networks"},
     .advice = "open the trace in https://ui.perfetto.dev (the file stays on your machine)",
     .write = [](const Results& results, const WriterView&, ByteSink& sink) {
       return write_perfetto(results, sink);
     }}));

}  // namespace
}  // namespace tpuscope
