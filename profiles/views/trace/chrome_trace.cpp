// The timeline as a Chrome trace, for Perfetto and speedscope. Rows are engines, as in the vendor's
// profiler; names are operator and kind of work, because viewers colour by name; which operator it
// was for is in the details. Spans of a row never overlap, except that slices nest in their layer
// group.

#include <algorithm>
#include <charconv>
#include <map>
#include <tuple>
#include <utility>

#include <fmt/core.h>

#include "base/figures.h"
#include "base/text.h"
#include "passes/lower/ddr_tensors.h"
#include "passes/precision/precision.h"
#include "profiles/report/local_memory.h"
#include "profiles/views/results.h"
#include "profiles/views/trace/core_tracks.h"
#include "profiles/views/trace/span_details.h"
#include "profiles/views/trace/trace_events.h"
#include "profiles/views/trace/trace_options.h"

namespace tpuscope {
namespace {

/// The end of a range in nanoseconds. Rounded down: the end of all time has nothing above it.
std::int64_t limit_ns(Picoseconds time) {
  return time.value / 1000;
}

/// A value over time. Of several values at one time the last counts, and repetition is left out.
class Counter {
 public:
  Counter(TraceEvents& events, Track track, std::string_view name, int decimals,
          const TraceRange& range)
      : events_(&events),
        track_(track),
        name_(name),
        decimals_(decimals),
        from_ns_(limit_ns(range.from)),
        until_ns_(limit_ns(range.until)) {}

  /// The value from `time_ns` on, in units of the last decimal. Times never decrease.
  void set(std::int64_t time_ns, std::int64_t value) {
    // What was before the range counts from its beginning, and nothing after its end.
    if (time_ns >= until_ns_) value = 0;
    time_ns = std::clamp(time_ns, from_ns_, until_ns_);
    if (time_ns != time_ns_) flush();
    time_ns_ = time_ns;
    value_ = value;
  }
  void flush() {
    if (value_ == written_) return;
    const std::int64_t scale = decimals_ == 3 ? 1000 : 1;
    events_->counter(track_, name_, time_ns_,
                     decimals_ == 3 ? fmt::format("{}.{:03}", value_ / scale, value_ % scale)
                                    : fmt::format("{}", value_));
    written_ = value_;
  }

 private:
  TraceEvents* events_;
  Track track_;
  std::string_view name_;
  int decimals_;
  std::int64_t from_ns_;
  std::int64_t until_ns_;
  std::int64_t time_ns_ = 0;
  std::int64_t value_ = 0;
  std::int64_t written_ = 0;
};

enum NetworkTrack : std::int64_t { kGroupTrack = 1, kOpTrack };

/// One run as a set of processes.
class RunTrace {
 public:
  /// `title` distinguishes the runs of a comparison and is empty for a single one.
  RunTrace(TraceEvents& events, const Profile& profile, std::int64_t first_pid,
           std::int64_t first_index, std::string_view title, const TraceOptions& options)
      : events_(&events),
        options_(&options),
        profile_(&profile),
        commands_(profile.simulation.program.commands),
        timeline_(profile.simulation.timeline),
        network_(first_pid),
        core_(first_pid + 10),
        memory_(core_ + std::max<std::int64_t>(10, profile.report.summary.cores)),
        ddr_(memory_ + 10),
        first_index_(first_index),
        title_(title) {
    names_.resize(profile.graph.size());
    for (const OpId op : profile.graph.ops())
      names_[op.index] = json_quoted(profile.graph[op].name);
  }

  void write() {
    write_names();
    write_groups();
    if (options_->detail == TraceDetail::kLayer) return;
    write_ops();
    if (options_->detail == TraceDetail::kOp) return;
    write_commands();
    write_flows();
    write_waits();
    write_banks();
    write_counters();
  }

 private:
  void name_process(std::int64_t pid, std::int64_t index, std::string_view name) {
    // The number in front keeps the order in viewers that sort by name.
    events_->name_process(pid, first_index_ + index,
                          fmt::format("{} {}{}", first_index_ + index + 1, title_, name));
  }

  void write_names() {
    const std::string& chip = profile_->report.identity.chip;
    name_process(network_, 0, "Network");
    events_->name_track({network_, kGroupTrack}, 1, "Layer groups");
    events_->name_track({network_, kOpTrack}, 2, "Ops");
    for (std::int64_t core = 0; core < cores(); ++core) {
      name_process(core_ + core, 1 + core, fmt::format("Core {} {}", core, chip));
      for (const std::int64_t track : core_tracks(commands_))
        events_->name_track({core_ + core, track}, track, name_of_track(track));
    }
    name_process(memory_, 1 + cores(), "Local memory");
    events_->name_track({memory_, 1}, 1, "Local memory");
    for (std::int64_t bank = 0; are_commands_shown() && bank < cores() * banks(); ++bank) {
      const std::string core = cores() == 1 ? "" : fmt::format("core {} ", bank / banks());
      events_->name_track({memory_, 2 + bank}, 2 + bank,
                          fmt::format("{}bank {}", core, bank % banks()));
    }
    name_process(ddr_, 2 + cores(), "Global memory");
    events_->name_track({ddr_, 1}, 1, "Global memory");
  }

  /// Whether some of [start_ns, end_ns] is in the requested range.
  bool is_shown(std::int64_t start_ns, std::int64_t end_ns) const {
    const TraceRange& range = options_->range;
    return start_ns < limit_ns(range.until) &&
           std::max(end_ns, start_ns + 1) > limit_ns(range.from);
  }
  bool is_shown(std::size_t command) const {
    return is_shown(nanoseconds(timeline_.start[command]), nanoseconds(timeline_.end[command]));
  }
  void span(Track track, std::string_view category, std::string_view name, std::int64_t start_ns,
            std::int64_t end_ns, std::string_view arguments) {
    if (is_shown(start_ns, end_ns)) {
      events_->span(track, category, name, start_ns, end_ns, arguments);
    }
  }

  std::int64_t cores() const { return profile_->report.summary.cores; }
  std::int64_t banks() const { return profile_->report.summary.local_memory_banks; }
  bool are_commands_shown() const { return options_->detail == TraceDetail::kCommand; }

  std::uint32_t op_of(std::size_t charge) const {
    const std::uint32_t command = profile_->charges[charge].command;
    return command == kNone ? kNone : commands_[command].op;
  }
  std::uint32_t group_of(std::size_t charge) const {
    const std::uint32_t command = profile_->charges[charge].command;
    return command == kNone ? kNone : commands_[command].group;
  }
  std::uint32_t slice_of(std::size_t charge) const {
    return commands_[profile_->charges[charge].command].slice;
  }

  /// One past the last charge of the run of charges from `first` on that have the same key.
  template <typename Key>
  std::size_t run_end(std::size_t first, std::size_t limit, Key key) const {
    std::size_t last = first + 1;
    while (last < limit && key(last) == key(first))
      ++last;
    return last;
  }

  std::int64_t begin_ns(std::size_t charge) const {
    return nanoseconds(profile_->charges[charge].begin);
  }
  std::int64_t end_ns(std::size_t charge) const {
    return nanoseconds(profile_->charges[charge].end);
  }

  /// Whether charges [first, last) take more than a nanosecond: the end of a shorter span, which is
  /// its begin and its length added up, is not always before the next one's begin, and readers that
  /// keep a stack end both in the wrong order.
  bool has_length(std::size_t first, std::size_t last) const {
    return end_ns(last - 1) > begin_ns(first) + 1;
  }

  /// A group's span is the time charged to it: groups overlap at their borders, charges do not.
  void write_groups() {
    const std::size_t size = profile_->charges.size();
    const auto group = [&](std::size_t charge) { return group_of(charge); };
    const auto slice = [&](std::size_t charge) { return slice_of(charge); };
    for (std::size_t first = 0, last = 0; first < size; first = last) {
      last = run_end(first, size, group);
      if (group(first) == kNone || !has_length(first, last)) continue;
      const std::string id = fmt::format("\"group\":{}", group(first));
      span({network_, kGroupTrack}, "group", fmt::format("Group {}", group(first)), begin_ns(first),
           end_ns(last - 1), id + group_details(profile_->report, group(first), names_));
      if (run_end(first, last, slice) == last) continue;
      for (std::size_t at = first, next = 0; at < last; at = next) {
        next = run_end(at, last, slice);
        // Clearly inside its group, also for readers who round.
        const std::int64_t end = end_ns(next - 1) - (next == last ? 1 : 0);
        if (end <= begin_ns(at) + 1) continue;
        span({network_, kGroupTrack}, "slice", fmt::format("Slice {}", slice(at)), begin_ns(at),
             end, id);
      }
    }
  }

  /// An op's span is the time charged to it, so that the row tiles the makespan like the table.
  void write_ops() {
    const std::size_t size = profile_->charges.size();
    const auto key = [&](std::size_t charge) {
      return std::pair(op_of(charge), op_of(charge) == kNone ? profile_->charges[charge].kind
                                                             : ChargeKind::kCompute);
    };
    for (std::size_t first = 0, last = 0; first < size; first = last) {
      last = run_end(first, size, key);
      if (!has_length(first, last)) continue;
      const std::uint32_t op = op_of(first);
      if (op == kNone) {
        const bool is_launch = profile_->charges[first].kind == ChargeKind::kLaunch;
        span({network_, kOpTrack}, "op", is_launch ? "Launch" : "Idle", begin_ns(first),
             end_ns(last - 1), "");
        continue;
      }
      span({network_, kOpTrack}, "op", profile_->graph[OpId{op}].def->name, begin_ns(first),
           end_ns(last - 1), op_details(profile_->graph[OpId{op}], names_[op]));
    }
  }

  void write_commands() {
    std::string arguments;
    for (std::size_t i = 0; i < commands_.size(); ++i) {
      if (!is_shown(i)) continue;
      const Command& command = commands_[i];
      describe(command, arguments);
      span({core_ + command.core, track_of(command)},
           command.engine == Engine::kBdc ? "bdc" : "gdma", span_name(profile_->graph, command),
           nanoseconds(timeline_.start[i]), nanoseconds(timeline_.end[i]), arguments);
    }
  }

  /// From the command that another waited for to the one that waited.
  void write_flows() {
    if (options_->flows == TraceFlows::kOff) return;
    // Engines number their commands from 1 in issue order; cores number for themselves.
    std::map<std::tuple<Engine, std::uint8_t, std::uint32_t>, std::size_t> places;
    for (std::size_t i = 0; i < commands_.size(); ++i) {
      const Command& command = commands_[i];
      places[{command.engine, command.core, command.id}] = i;
      const bool waited =
          timeline_.reason[i] == WaitReason::kDependency && timeline_.waited[i].value > 0;
      if (command.wait_id == 0 || (options_->flows == TraceFlows::kCritical && !waited)) {
        continue;
      }
      const Engine other = command.engine == Engine::kBdc ? Engine::kGdma : Engine::kBdc;
      const auto source = places.find({other, command.core, command.wait_id});
      if (source == places.end() || !is_shown(i) || !is_shown(source->second)) continue;
      const std::int64_t core = core_ + command.core;
      events_->flow({core, track_of(commands_[source->second])},
                    nanoseconds(timeline_.start[source->second]), {core, track_of(command)},
                    nanoseconds(timeline_.start[i]));
    }
  }

  void describe(const Command& command, std::string& arguments) const {
    arguments.clear();
    const auto add = [&](std::string_view key, std::int64_t value) {
      char digits[24];
      const auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
      arguments.append(key);
      arguments.append(digits, end);
    };
    arguments += "\"op\":";
    arguments += command.op == kNone ? "null" : names_[command.op];
    add(",\"id\":", command.id);
    add(",\"waits_for\":", command.wait_id);
    if (command.group != kNone) add(",\"group\":", command.group);
    add(",\"slice\":", command.slice);
    add(",\"cycles\":", command.cost.total());
    arguments += ",\"dtype\":\"";
    arguments += name_of(command.dtype);
    add("\",\"shape\":[", command.shape[0]);
    for (std::size_t axis = 1; axis < command.shape.size(); ++axis)
      add(",", command.shape[axis]);
    if (command.engine == Engine::kGdma) {
      add("],\"bytes\":", command.bytes);
    } else {
      add("],\"useful_percent\":",
          100 * command.cost.useful / std::max<std::int64_t>(1, command.cost.total()));
    }
    add(",\"address\":", command.result.address);
  }

  /// BDC standing still: for the launch, and for the other engine.
  void write_waits() {
    const std::int64_t launch = nanoseconds(timeline_.launch);
    for (std::int64_t core = 0; launch > 0 && core < cores(); ++core)
      span({core_ + core, kSyncTrack}, "sync", "Launch", 0, launch, "");
    std::vector<Picoseconds> until(static_cast<std::size_t>(cores()), timeline_.launch);
    for (std::size_t i = 0; i < commands_.size(); ++i) {
      if (commands_[i].engine != Engine::kBdc) continue;
      Picoseconds& free = until.at(commands_[i].core);
      if (timeline_.start[i] > free) {
        const WaitReason reason = timeline_.reason[i];
        const std::string_view name = reason == WaitReason::kCore    ? "Waits for cores"
                                      : reason == WaitReason::kLayer ? "Group switch"
                                                                     : "BDC waits";
        span({core_ + commands_[i].core, kSyncTrack}, "sync", name, nanoseconds(free),
             nanoseconds(timeline_.start[i]),
             fmt::format("\"waits_for\":{}", commands_[i].wait_id));
      }
      free = std::max(free, timeline_.end[i]);
    }
  }

  /// When each bank holds data. Several buffers share a bank, so that a span is the time in which
  /// at least one lies there, and tells the most bytes at once.
  void write_banks() {
    const Summary& summary = profile_->report.summary;
    const std::int64_t bank_bytes =
        summary.local_memory_bytes / std::max<std::int64_t>(1, summary.lanes * banks());
    if (bank_bytes == 0) return;
    // Changes of the bytes in a bank, by track and time; at one time what leaves comes first.
    std::vector<std::vector<std::pair<std::int64_t, std::int64_t>>> changes(
        static_cast<std::size_t>(cores() * banks()));
    for (const LocalLifetime& life : local_lifetimes(profile_->simulation.program, timeline_)) {
      const std::int64_t end = life.address + life.bytes;
      for (std::int64_t bank = life.address / bank_bytes; bank < banks() && bank * bank_bytes < end;
           ++bank) {
        const std::int64_t bytes =
            std::min(end, (bank + 1) * bank_bytes) - std::max(life.address, bank * bank_bytes);
        auto& track =
            changes[static_cast<std::size_t>(commands_[life.writer].core * banks() + bank)];
        if (nanoseconds(life.from) == nanoseconds(life.until)) continue;
        track.emplace_back(nanoseconds(life.from), bytes);
        track.emplace_back(nanoseconds(life.until), -bytes);
      }
    }
    for (std::size_t track = 0; track < changes.size(); ++track) {
      std::sort(changes[track].begin(), changes[track].end());
      std::int64_t from = -1;
      std::int64_t bytes = 0;
      std::int64_t most = 0;
      for (std::size_t i = 0; i < changes[track].size(); ++i) {
        const auto& [time, change] = changes[track][i];
        if (from < 0) from = time;
        bytes += change;
        most = std::max(most, bytes);
        const bool is_followed =
            i + 1 < changes[track].size() && changes[track][i + 1].first == time;
        if (bytes != 0 || is_followed) continue;
        span({memory_, 2 + static_cast<std::int64_t>(track)}, "bank", "Held", from, time,
             fmt::format("\"bytes_per_lane\":{}", most));
        from = -1;
        most = 0;
      }
    }
  }

  /// Bytes of tensors in DDR. What is already there when the run begins counts from 0.
  void write_ddr_use() {
    std::vector<std::pair<Picoseconds, std::int64_t>> changes;
    for (const DdrTensor& tensor :
         ddr_tensors(profile_->graph, profile_->simulation.program, timeline_)) {
      changes.emplace_back(tensor.from, tensor.bytes);
      changes.emplace_back(tensor.until, -tensor.bytes);
    }
    std::sort(changes.begin(), changes.end());
    Counter used(*events_, {ddr_, 1}, "DDR used (bytes)", 0, options_->range);
    std::int64_t bytes = 0;
    for (const auto& [time, change] : changes)
      used.set(nanoseconds(time), bytes += change);
    used.flush();
  }

  void write_counters() {
    write_ddr_use();
    for (std::int64_t core = 0; core < cores(); ++core)
      write_rates(core);
    Counter used(*events_, {memory_, 1}, "Local memory used (bytes per lane)", 0, options_->range);
    for (const LocalUse& use : local_memory_use(profile_->simulation.program, timeline_))
      used.set(nanoseconds(use.time), use.bytes);
    used.flush();
  }

  void write_rates(std::int64_t core) {
    Counter useful(*events_, {core_ + core, kBdcTrack}, "BDC useful (%)", 0, options_->range);
    Counter read(*events_, {core_ + core, kBdcTrack}, "DDR read (GB/s)", 3, options_->range);
    Counter write(*events_, {core_ + core, kBdcTrack}, "DDR write (GB/s)", 3, options_->range);
    const auto pulse = [&](Counter& counter, std::size_t i, std::int64_t value) {
      counter.set(nanoseconds(timeline_.start[i]), value);
      counter.set(nanoseconds(timeline_.end[i]), 0);
    };
    for (std::size_t i = 0; i < commands_.size(); ++i) {
      const Command& command = commands_[i];
      if (command.core != core) continue;
      if (command.engine == Engine::kBdc) {
        pulse(useful, i,
              100 * command.cost.useful / std::max<std::int64_t>(1, command.cost.total()));
        continue;
      }
      // Bytes per picosecond are TB/s: a million of them make the counter's MB/s.
      const std::int64_t length =
          std::max<std::int64_t>(1, (timeline_.end[i] - timeline_.start[i]).value);
      pulse(read, i, mul_div(1'000'000, command.ddr_read, length));
      pulse(write, i, mul_div(1'000'000, command.ddr_write, length));
    }
    for (Counter* counter : {&useful, &read, &write})
      counter->flush();
  }

  TraceEvents* events_;
  const TraceOptions* options_;
  const Profile* profile_;
  const std::vector<Command>& commands_;
  const Timeline& timeline_;
  std::int64_t network_;
  std::int64_t core_;
  std::int64_t memory_;
  std::int64_t ddr_;
  std::int64_t first_index_;
  std::string_view title_;
  std::vector<std::string> names_;  // of ops, as JSON strings
};

Status write_trace(const Results& results, const WriterView& view, ByteSink& sink) {
  TPU_TRY(const TraceOptions options, trace_options(view.options));
  TraceEvents events(sink);
  const std::int64_t first_pid = results.before == nullptr ? 10 : 110;
  events.label_process(first_pid, "tpuscope " TPUSCOPE_VERSION);
  if (results.before == nullptr) {
    RunTrace(events, *results.after, 10, 0, "", options).write();
  } else {
    const std::int64_t processes = 3 + results.before->report.summary.cores;
    RunTrace(events, *results.before, 110, 0, "before: ", options).write();
    RunTrace(events, *results.after, 210, processes, "after: ", options).write();
  }
  const Identity& identity = results.after->report.identity;
  std::vector<std::string> switches = identity.switches.names();
  for (std::string& name : switches)
    name = json_quoted(name);
  events.finish(
      fmt::format("\"displayTimeUnit\":\"ns\",\"metadata\":{{\"tool\":\"tpuscope " TPUSCOPE_VERSION
                  "\",\"chip\":{},\"model\":{},\"batch\":{},\"precision\":\"{}\",\"switches\":[{}],"
                  "\"cycles_per_us\":{}}}",
                  json_quoted(identity.chip), json_quoted(identity.model), identity.batch,
                  precision_name(identity.precision), join(switches, ","),
                  results.after->report.summary.clock_khz / 1000));
  return Ok{};
}

/// Viewers get slow beyond it, and some do not open the file at all.
constexpr std::size_t kLargeTrace = 100'000'000;

TPU_REGISTER(register_writer<Results>(
    {.name = "trace",
     .summary = "Chrome trace for Perfetto and speedscope",
     .signature = "\"labels\":\"tpuscope ",
     .flag = {.name = "--trace",
              .value = "FILE",
              .help = "write the timeline for ui.perfetto.dev; compressed when FILE ends in .gz"},
     .options = trace_flags(),
     .check = [](const WriterOptions& options) -> Status {
       TPU_TRY_STATUS(trace_options(options));
       return Ok{};
     },
     .advice = "open the trace in https://ui.perfetto.dev (the file stays on your machine)",
     .large = kLargeTrace,
     .large_advice = "the trace is larger than viewers like: --trace-range and --trace-detail op "
                     "make it smaller",
     .write = write_trace}));

}  // namespace
}  // namespace tpuscope
