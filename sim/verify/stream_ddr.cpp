// Segments are cut where transfers begin and end: see stream_ddr.h.

#include "sim/verify/stream_ddr.h"

#include <algorithm>
#include <iterator>

#include <fmt/core.h>

#include "sim/verify/segments.h"

namespace tpuscope {
namespace {

std::string bytes_text(const DdrRange& range) {
  return fmt::format("{} bytes at 0x{:x}", range.end - range.begin, range.begin);
}

bool do_meet(const DdrRange& a, const DdrRange& b) {
  return a.begin < b.end && b.begin < a.end;
}

}  // namespace

StreamDdr::StreamDdr(const DdrBoundary& boundary, const StreamOrder& order, const Run& run,
                     Findings& findings)
    : boundary_(boundary), order_(order), run_(run), findings_(findings) {
  for (const Command& command : run.program.commands)
    cores_ = std::max<std::size_t>(cores_, command.core + std::size_t{1});
  for (const DdrRange& input : boundary.inputs)
    give(input);
  give(boundary.weights);
}

void StreamDdr::give(const DdrRange& range) {
  if (range.begin >= range.end) return;
  split_segments(segments_, range.begin);
  const auto last = split_segments(segments_, range.end);
  segments_.erase(segments_.lower_bound(range.begin), last);
  segments_[range.begin] = {range.end, kNone, std::vector<std::uint32_t>(cores_, kNone)};
}

void StreamDdr::check_order(std::uint32_t command, std::uint32_t earlier, const DdrRange& range,
                            const char* verb) {
  if (earlier == kNone || earlier == command || order_.has_ended(run_.command(earlier))) return;
  findings_.add(command, fmt::format("{} {} in DDR without waiting for {}", verb, bytes_text(range),
                                     findings_.name(earlier)));
}

void StreamDdr::mark_read(std::uint32_t writer) {
  if (writer == kNone || unread_.erase(writer) == 0) return;
  read_ops_.insert(run_.command(writer).op);
}

void StreamDdr::read_range(std::uint32_t command, const DdrRange& range, Found& found) {
  split_segments(segments_, range.begin);
  const auto last = split_segments(segments_, range.end);
  std::uint64_t known = range.begin;
  for (auto it = segments_.lower_bound(range.begin); it != last; ++it) {
    if (it->first > known) found.missing = std::min(found.missing, known);
    known = it->second.end;
    found.is_any = true;
    it->second.readers[run_.command(command).core] = command;
    const std::uint32_t writer = it->second.writer;
    if (writer == kNone || !found.writers.insert(writer).second) continue;
    mark_read(writer);
    check_order(command, writer, range, "reads");
  }
  if (known < range.end) found.missing = std::min(found.missing, known);
}

std::vector<std::uint32_t> StreamDdr::read(std::uint32_t command, const DdrRanges& ranges) {
  Found found;
  for (const DdrRange& range : ranges.ranges)
    read_range(command, range, found);
  const bool is_missing = found.missing != Found{}.missing && (ranges.is_exact || !found.is_any);
  if (boundary_.is_whole && is_missing) {
    findings_.add(command,
                  fmt::format("reads 0x{:x} in DDR, where nothing was written", found.missing));
  }
  return {found.writers.begin(), found.writers.end()};
}

void StreamDdr::write_range(std::uint32_t command, const DdrRange& range) {
  split_segments(segments_, range.begin);
  const auto last = split_segments(segments_, range.end);
  const auto first = segments_.lower_bound(range.begin);
  for (auto it = first; it != last; ++it) {
    check_order(command, it->second.writer, range, "overwrites");
    for (const std::uint32_t reader : it->second.readers)
      check_order(command, reader, range, "overwrites");
  }
  segments_.erase(first, last);
  segments_[range.begin] = {range.end, command, std::vector<std::uint32_t>(cores_, kNone)};
}

void StreamDdr::write(std::uint32_t command, const DdrRanges& ranges) {
  if (ranges.ranges.empty()) return;
  for (const DdrRange& range : ranges.ranges) {
    if (do_meet(range, boundary_.weights)) {
      findings_.add(command,
                    fmt::format("writes {} in DDR, where the weights are", bytes_text(range)));
      return;
    }
    write_range(command, range);
  }
  unread_[command] = ranges.ranges.front().begin;
}

void StreamDdr::finish() {
  if (!boundary_.is_whole) return;
  for (const DdrRange& output : boundary_.outputs) {
    split_segments(segments_, output.begin);
    const auto last = split_segments(segments_, output.end);
    std::uint64_t known = output.begin;
    for (auto it = segments_.lower_bound(output.begin); it != last && it->first == known; ++it) {
      mark_read(it->second.writer);
      known = it->second.end;
    }
    if (known < output.end) {
      findings_.add(fmt::format("nothing writes 0x{:x} in DDR, which is of the output of {}", known,
                                bytes_text(output)));
    }
  }
  // Of a result that is read in part the rest may be in vain.
  for (const auto& [command, address] : unread_) {
    if (read_ops_.contains(run_.command(command).op)) continue;
    findings_.add(command, fmt::format("writes 0x{:x} in DDR, which nothing reads", address));
  }
}

}  // namespace tpuscope
