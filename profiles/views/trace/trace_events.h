// TraceEvents: events of the Chrome trace format as bytes, without a document in memory. Times are
// whole nanoseconds and written with integers only, because viewers round again.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/byte_sink.h"

namespace tpuscope {

/// The text as a JSON string with its quotes; "</" is broken up so that it is safe inside HTML.
std::string json_quoted(std::string_view text);

/// Where events go: `pid` is a group of tracks, `tid` a track. Never 0, which viewers redirect.
struct Track {
  std::int64_t pid = 1;
  std::int64_t tid = 1;
};

class TraceEvents {
 public:
  explicit TraceEvents(ByteSink& sink);

  void name_process(std::int64_t pid, std::int64_t sort_index, std::string_view name);
  void name_track(Track track, std::int64_t sort_index, std::string_view name);
  /// A text about a process; readers that do not know it skip it.
  void label_process(std::int64_t pid, std::string_view label);

  /// A span; `arguments` are the members of its details, ready-made JSON.
  void span(Track track, std::string_view category, std::string_view name, std::int64_t start_ns,
            std::int64_t end_ns, std::string_view arguments);
  /// A counter's value from a time on; `value` is a JSON number.
  void counter(Track track, std::string_view name, std::int64_t time_ns, std::string_view value);

  /// An arrow from a span that starts at `from_ns` to one that starts at `to_ns`. Both ends are at
  /// the start of their span, where every reader finds it.
  void flow(Track from, std::int64_t from_ns, Track to, std::int64_t to_ns);

  /// Closes the list; `members` follow it in the file, ready-made JSON.
  void finish(std::string_view members);
  std::size_t count() const { return count_; }

 private:
  void begin(char phase, std::int64_t pid);
  void add(std::string_view text) { buffer_.append(text); }
  void add(std::int64_t value);
  void add_microseconds(std::int64_t nanoseconds);
  void end();

  ByteSink* sink_;
  std::string buffer_;
  std::size_t count_ = 0;
  std::int64_t flows_ = 0;
};

}  // namespace tpuscope
