// Bytes of trace events, collected in a buffer of bounded size.

#include "profiles/views/trace/trace_events.h"

#include <array>
#include <charconv>

#include "base/check.h"
#include "base/text.h"

namespace tpuscope {
namespace {

constexpr std::size_t kBufferBytes = 1U << 16U;

/// Spans end a nanosecond early. Readers add ts and dur as doubles, some after moving the origin,
/// and then 76.718 + 3.327 > 80.045: spans that touch would overlap and be torn apart.
std::int64_t written_duration(std::int64_t start_ns, std::int64_t end_ns) {
  return end_ns - start_ns > 1 ? end_ns - start_ns - 1 : end_ns - start_ns;
}

}  // namespace

std::string json_quoted(std::string_view text) {
  std::string quoted = "\"";
  char last = '\0';
  for (const char byte : sanitised_utf8(text)) {
    if (byte == '"' || byte == '\\' || (byte == '/' && last == '<')) quoted += '\\';
    quoted += byte;
    last = byte;
  }
  return quoted + '"';
}

TraceEvents::TraceEvents(ByteSink& sink) : sink_(&sink) {
  buffer_.reserve(kBufferBytes + 4096);
  add("{\"traceEvents\":[");
}

void TraceEvents::add(std::int64_t value) {
  std::array<char, 24> digits{};
  const auto result = std::to_chars(digits.data(), digits.data() + digits.size(), value);
  buffer_.append(digits.data(), result.ptr);
}

void TraceEvents::add_microseconds(std::int64_t nanoseconds) {
  TPU_CHECK(nanoseconds >= 0, "a time of {} ns", nanoseconds);
  add(nanoseconds / 1000);
  const std::int64_t fraction = nanoseconds % 1000;
  buffer_ += '.';
  buffer_ += static_cast<char>('0' + fraction / 100);
  buffer_ += static_cast<char>('0' + fraction / 10 % 10);
  buffer_ += static_cast<char>('0' + fraction % 10);
}

void TraceEvents::begin(char phase, std::int64_t pid) {
  add(count_ == 0 ? "\n{\"ph\":\"" : ",\n{\"ph\":\"");
  buffer_ += phase;
  add("\",\"pid\":");
  add(pid);
  ++count_;
}

void TraceEvents::end() {
  buffer_ += '}';
  if (buffer_.size() < kBufferBytes) return;
  sink_->write(buffer_);
  buffer_.clear();
}

void TraceEvents::name_process(std::int64_t pid, std::int64_t sort_index, std::string_view name) {
  begin('M', pid);
  add(",\"name\":\"process_name\",\"args\":{\"name\":");
  add(json_quoted(name));
  add("}");
  end();
  begin('M', pid);
  add(",\"name\":\"process_sort_index\",\"args\":{\"sort_index\":");
  add(sort_index);
  add("}");
  end();
}

void TraceEvents::name_track(Track track, std::int64_t sort_index, std::string_view name) {
  begin('M', track.pid);
  add(",\"tid\":");
  add(track.tid);
  add(",\"name\":\"thread_name\",\"args\":{\"name\":");
  add(json_quoted(name));
  add("}");
  end();
  begin('M', track.pid);
  add(",\"tid\":");
  add(track.tid);
  add(",\"name\":\"thread_sort_index\",\"args\":{\"sort_index\":");
  add(sort_index);
  add("}");
  end();
}

void TraceEvents::label_process(std::int64_t pid, std::string_view label) {
  begin('M', pid);
  add(",\"name\":\"process_labels\",\"args\":{\"labels\":");
  add(json_quoted(label));
  add("}");
  end();
}

void TraceEvents::span(Track track, std::string_view category, std::string_view name,
                       std::int64_t start_ns, std::int64_t end_ns, std::string_view arguments) {
  begin('X', track.pid);
  add(",\"tid\":");
  add(track.tid);
  add(",\"cat\":\"");
  add(category);
  add("\",\"name\":\"");
  add(name);
  add("\",\"ts\":");
  add_microseconds(start_ns);
  add(",\"dur\":");
  add_microseconds(written_duration(start_ns, end_ns));
  add(",\"args\":{");
  add(arguments);
  add("}");
  end();
}

void TraceEvents::counter(Track track, std::string_view name, std::int64_t time_ns,
                          std::string_view value) {
  begin('C', track.pid);
  add(",\"tid\":");
  add(track.tid);
  add(",\"name\":\"");
  add(name);
  add("\",\"ts\":");
  add_microseconds(time_ns);
  add(",\"args\":{\"value\":");
  add(value);
  add("}");
  end();
}

void TraceEvents::flow(Track from, std::int64_t from_ns, Track to, std::int64_t to_ns) {
  ++flows_;
  const auto add_end = [&](char phase, Track track, std::int64_t time_ns) {
    begin(phase, track.pid);
    // Without bp, readers attach the end to the next span.
    if (phase == 'f') add(",\"bp\":\"e\"");
    add(",\"tid\":");
    add(track.tid);
    add(",\"cat\":\"dep\",\"name\":\"waits\",\"id\":");
    add(flows_);
    add(",\"ts\":");
    add_microseconds(time_ns);
    end();
  };
  add_end('s', from, from_ns);
  add_end('f', to, to_ns);
}

void TraceEvents::finish(std::string_view members) {
  add("\n],");
  add(members);
  add("}\n");
  sink_->write(buffer_);
  buffer_.clear();
}

}  // namespace tpuscope
