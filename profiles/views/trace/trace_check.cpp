// One function per group of rules; times are compared in whole nanoseconds, as viewers store them.

#include "profiles/views/trace/trace_check.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include "base/figures.h"
#include "base/strict_json.h"
#include "base/text.h"

namespace tpuscope {
namespace {

using Json = nlohmann::ordered_json;
using TrackKey = std::pair<std::int64_t, std::int64_t>;  // pid, tid; tid 0: the process

constexpr std::size_t kMaxNameBytes = 200;
constexpr std::int64_t kMaxId = std::int64_t{1} << 31;

struct TraceSpan {
  std::int64_t start = 0;
  std::int64_t end = 0;
  std::size_t event = 0;
};

struct FlowEnds {
  int starts = 0;
  int ends = 0;
  std::int64_t start_time = 0;
  std::int64_t end_time = 0;
  std::size_t event = 0;
};

class Checker {
 public:
  Checker(std::string_view where, const TraceExpectations& expectations)
      : where_(where), expectations_(expectations) {}

  Errors run(const Json& trace) {
    if (!trace.is_object() || !trace.contains("traceEvents") || !trace["traceEvents"].is_array() ||
        trace["traceEvents"].empty()) {
      report("/", "there is no list traceEvents with events");
      return errors_;
    }
    check_metadata(trace);
    const Json& events = trace["traceEvents"];
    for (std::size_t i = 0; i < events.size() && errors_.size() < kMaxErrors; ++i)
      check_event(events[i], i);
    check_tracks();
    check_nesting();
    check_flows();
    check_counters();
    check_expectations();
    return errors_;
  }

 private:
  void report(const std::string& pointer, std::string message) {
    if (errors_.size() < kMaxErrors) {
      errors_.push_back({.message = std::move(message), .where = where_ + ":" + pointer});
    }
  }
  void report(std::size_t event, std::string message) {
    report(fmt::format("/traceEvents/{}", event), std::move(message));
  }

  void check_metadata(const Json& trace) {
    for (const char* key : {"tool", "chip", "model"}) {
      if (!trace.contains("metadata") || !trace["metadata"].is_object() ||
          !trace["metadata"].contains(key)) {
        report("/metadata", fmt::format("there is no {}", in_quotes(key)));
      }
    }
  }

  void check_event(const Json& event, std::size_t index) {
    if (!event.is_object()) return report(index, "an event is no object");
    const std::string phase = event.value("ph", Json()).is_string() ? event["ph"] : "";
    if (phase.size() != 1 || std::string_view("XMCsfi").find(phase) == std::string_view::npos) {
      return report(index, "unknown phase " + in_quotes(sanitised_utf8(phase)));
    }
    check_name(event, index);
    const std::optional<TrackKey> track = track_of(event, index);
    if (!track) return;
    if (phase == "M") return name_track(event, *track, index);
    used_.emplace(*track, index);
    const std::optional<std::int64_t> start = time_of(event, "ts", index);
    if (!start) return;
    if (phase == "X") add_span(event, *track, *start, index);
    if (phase == "s" || phase == "f") add_flow(event, phase == "s", *track, *start, index);
    if (phase == "C") add_counter(event, track->first, *start, index);
  }

  void check_name(const Json& event, std::size_t index) {
    if (!event.contains("name") || !event["name"].is_string()) {
      return report(index, "there is no name");
    }
    const std::string& name = event["name"].get_ref<const std::string&>();
    const auto is_control = [](char c) {
      return static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
    };
    if (name.empty()) report(index, "the name is empty");
    if (name.size() > kMaxNameBytes) {
      report(index, fmt::format("the name has {} bytes, at most {}", name.size(), kMaxNameBytes));
    }
    if (std::any_of(name.begin(), name.end(), is_control)) {
      report(index, "the name has control characters");
    }
  }

  /// pid and tid; metadata of a process has no tid and gets 0.
  std::optional<TrackKey> track_of(const Json& event, std::size_t index) {
    TrackKey key{0, 0};
    const bool is_process = event["ph"] == "M" && !event.contains("tid");
    for (const char* field : {"pid", "tid"}) {
      if (is_process && std::string_view(field) == "tid") continue;
      const Json value = event.value(field, Json());
      if (!value.is_number_integer() || value.get<std::int64_t>() < 1 ||
          value.get<std::int64_t>() > kMaxId) {
        report(index, fmt::format("{} is {}, not an integer of 1 to 2^31", field, value.dump()));
        return std::nullopt;
      }
      (std::string_view(field) == "pid" ? key.first : key.second) = value.get<std::int64_t>();
    }
    return key;
  }

  /// A time in nanoseconds, if it is a finite number of microseconds with three decimals.
  std::optional<std::int64_t> time_of(const Json& event, const char* field, std::size_t index) {
    const Json value = event.value(field, Json());
    if (!value.is_number()) {
      report(index, fmt::format("there is no {}", field));
      return std::nullopt;
    }
    const double nanoseconds = value.get<double>() * 1000;
    const double whole = std::round(nanoseconds);
    // A double holds a microsecond count to a relative 2^-53, and the product adds one rounding.
    const double tolerance = std::abs(nanoseconds) * 1e-15 + 1e-6;
    if (!std::isfinite(nanoseconds) || nanoseconds < 0 || nanoseconds > 9e15 ||
        std::abs(nanoseconds - whole) > tolerance) {
      report(index, fmt::format("{} is {}, not a time in microseconds with three decimals", field,
                                value.dump()));
      return std::nullopt;
    }
    return static_cast<std::int64_t>(whole);
  }

  void name_track(const Json& event, const TrackKey& track, std::size_t index) {
    const std::string name = event.value("name", Json()).is_string() ? event["name"] : "";
    if (!seen_metadata_.emplace(track, name).second) {
      report(index, fmt::format("{} is given twice", in_quotes(sanitised_utf8(name))));
    }
    const Json arguments = event.value("args", Json::object());
    if (name == "thread_name" && arguments.is_object() && arguments.contains("name") &&
        arguments["name"].is_string()) {
      track_names_[track] = arguments["name"];
    }
  }

  void add_span(const Json& event, const TrackKey& track, std::int64_t start, std::size_t index) {
    const std::optional<std::int64_t> length = time_of(event, "dur", index);
    if (length) spans_[track].push_back({start, start + *length, index});
  }

  void add_flow(const Json& event, bool is_start, const TrackKey& track, std::int64_t time,
                std::size_t index) {
    const auto text = [&](const char* field) { return event.value(field, Json()).dump(); };
    FlowEnds& flow = flows_[text("cat") + text("name") + text("id")];
    flow.event = index;
    ++(is_start ? flow.starts : flow.ends);
    (is_start ? flow.start_time : flow.end_time) = time;
    flow_points_.emplace_back(track, time, index);
    if (!is_start && event.value("bp", Json()) != "e")
      report(index, "the flow's end lacks bp \"e\"");
  }

  void add_counter(const Json& event, std::int64_t pid, std::int64_t time, std::size_t index) {
    const Json arguments = event.value("args", Json());
    if (!arguments.is_object() || arguments.empty())
      return report(index, "a counter has no values");
    std::string keys;
    bool is_zero = true;
    for (const auto& [key, value] : arguments.items()) {
      if (!value.is_number()) return report(index, "a counter's value is no number");
      keys += key + "\n";
      is_zero = is_zero && value.get<double>() == 0;
    }
    const auto [found, is_new] =
        counters_.try_emplace({pid, event.value("name", Json()).dump()}, Series{keys, time, index});
    Series& series = found->second;
    if (!is_new && series.keys != keys) report(index, "a counter changes its keys");
    if (time < series.time) report(index, "a counter goes back in time");
    series = {keys, time, index, is_zero};
  }

  void check_tracks() {
    for (const auto& [track, event] : used_) {
      const TrackKey process{track.first, 0};
      for (const char* name : {"process_name", "process_sort_index"}) {
        if (!seen_metadata_.contains({process, name})) {
          report(event, fmt::format("process {} has no {}", track.first, name));
        }
      }
      for (const char* name : {"thread_name", "thread_sort_index"}) {
        if (!seen_metadata_.contains({track, name})) {
          report(event,
                 fmt::format("thread {} of process {} has no {}", track.second, track.first, name));
        }
      }
    }
  }

  bool is_exclusive(const TrackKey& track) const {
    const auto& names = expectations_.exclusive_tracks;
    const auto found = track_names_.find(track);
    return found != track_names_.end() &&
           std::find(names.begin(), names.end(), found->second) != names.end();
  }

  void check_nesting() {
    for (auto& [track, spans] : spans_) {
      std::stable_sort(spans.begin(), spans.end(), [](const TraceSpan& a, const TraceSpan& b) {
        return a.start != b.start ? a.start < b.start : a.end > b.end;
      });
      check_track(spans, is_exclusive(track));
    }
  }

  /// Spans of one track, by their start.
  void check_track(const std::vector<TraceSpan>& spans, bool exclusive) {
    std::vector<TraceSpan> open;
    for (const TraceSpan& span : spans) {
      while (!open.empty() && open.back().end <= span.start)
        open.pop_back();
      if (!open.empty() && overlaps_wrongly(span, open.back(), exclusive)) {
        report(span.event, fmt::format("overlaps event {} of its track", open.back().event));
      }
      if (span.end > span.start) open.push_back(span);
    }
  }

  static bool overlaps_wrongly(const TraceSpan& span, const TraceSpan& open, bool exclusive) {
    if (!exclusive) return span.end > open.end;
    // A span without length at the border of another covers nothing.
    return span.end > span.start || span.start > open.start;
  }

  bool is_inside_span(const TrackKey& track, std::int64_t time) const {
    const auto found = spans_.find(track);
    if (found == spans_.end()) return false;
    // check_nesting() has sorted them by start: the span, if any, is near the last that has begun.
    const auto& spans = found->second;
    auto at = std::upper_bound(
        spans.begin(), spans.end(), time,
        [](std::int64_t value, const TraceSpan& span) { return value < span.start; });
    while (at != spans.begin()) {
      --at;
      if (time <= at->end) return true;
    }
    return false;
  }

  void check_flows() {
    for (const auto& [key, flow] : flows_) {
      if (flow.starts != 1 || flow.ends != 1) {
        report(flow.event, fmt::format("a flow has {} starts and {} ends, not one each",
                                       flow.starts, flow.ends));
      } else if (flow.start_time > flow.end_time) {
        report(flow.event, "a flow ends before it starts");
      }
    }
    for (const auto& [track, time, event] : flow_points_) {
      if (errors_.size() >= kMaxErrors) break;
      if (!is_inside_span(track, time)) report(event, "a flow touches no span");
    }
  }

  void check_counters() {
    for (const auto& [key, series] : counters_) {
      if (!series.is_zero) report(series.event, "a counter does not end at 0");
    }
  }

  void check_expectations() {
    std::int64_t last = 0;
    std::size_t commands = 0;
    for (const auto& [track, spans] : spans_) {
      for (const TraceSpan& span : spans)
        last = std::max(last, span.end);
      if (is_exclusive(track)) commands += spans.size();
    }
    // Our spans end a nanosecond early, so that readers who add doubles see no overlap.
    if (expectations_.makespan && last != nanoseconds(*expectations_.makespan) &&
        last + 1 != nanoseconds(*expectations_.makespan)) {
      report("/traceEvents", fmt::format("the last span ends at {} ns, the makespan is {} ns", last,
                                         nanoseconds(*expectations_.makespan)));
    }
    if (expectations_.commands && commands != *expectations_.commands) {
      report("/traceEvents",
             fmt::format("{} spans for {} commands", commands, *expectations_.commands));
    }
  }

  struct Series {
    std::string keys{};
    std::int64_t time = 0;
    std::size_t event = 0;
    bool is_zero = false;
  };

  std::string where_;
  const TraceExpectations& expectations_;
  Errors errors_;
  std::set<std::pair<TrackKey, std::string>> seen_metadata_;
  std::map<TrackKey, std::string> track_names_;
  std::map<TrackKey, std::size_t> used_;  // first event of each track
  std::map<TrackKey, std::vector<TraceSpan>> spans_;
  std::map<std::string, FlowEnds> flows_;
  std::vector<std::tuple<TrackKey, std::int64_t, std::size_t>> flow_points_;
  std::map<std::pair<std::int64_t, std::string>, Series> counters_;
};

}  // namespace

Status check_trace(std::string_view json, std::string_view where,
                   const TraceExpectations& expectations) {
  if (!is_utf8(json)) return Error{.message = "is not UTF-8", .where = std::string(where)};
  if (json.substr(0, 2) != "{\"") {
    return Error{.message = "does not start with {\", by which viewers know the format",
                 .where = std::string(where)};
  }
  TPU_TRY(const Json trace, parse_json(json, where));
  Errors errors = Checker(where, expectations).run(trace);
  if (!errors.empty()) return errors;
  return Ok{};
}

}  // namespace tpuscope
