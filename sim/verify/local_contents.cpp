// Replay of local memory: see local_contents.h.

#include "sim/verify/local_contents.h"

#include <algorithm>

#include <fmt/core.h>

#include "sim/program/element_cover.h"

namespace tpuscope {
namespace {

std::string range_text(const LocalRange& range) {
  return fmt::format("{} bytes at 0x{:x}", range.bytes, range.address);
}

}  // namespace

std::int64_t local_element_bytes(DType type) {
  constexpr std::int64_t kWidestInteger = 4;
  return is_float(type) ? size_of(type) : std::min(size_of(type), kWidestInteger);
}

bool LocalContents::is_in_memory(std::uint32_t command, const LocalRange& range,
                                 std::uint32_t part) {
  const std::int64_t end = std::int64_t{range.address} + range.bytes;
  if (end > run_.chip.local_bytes_per_lane()) {
    findings_.add(command, fmt::format("uses {}, a lane has {}", range_text(range),
                                       run_.chip.local_bytes_per_lane()));
    return false;
  }
  if (part != kNone) {
    const std::int64_t bytes = run_.box(part).elements() *
                               local_element_bytes(run_.graph.type(run_.part(part).value).dtype);
    if (std::int64_t{range.bytes} * run_.chip.array.lanes < bytes) {
      findings_.add(command, fmt::format("has {} of each lane for {}, which are {} bytes",
                                         range_text(range), findings_.part_text(part), bytes));
    }
  }
  return range.bytes > 0;
}

std::pair<std::size_t, std::size_t> LocalContents::cut(const LocalRange& range) {
  const std::uint32_t begin = range.address;
  const std::uint32_t end = range.address + range.bytes;
  const auto at = std::lower_bound(
      segments_.begin(), segments_.end(), begin,
      [](const Segment& segment, std::uint32_t address) { return segment.end <= address; });
  auto first = static_cast<std::size_t>(at - segments_.begin());
  const auto split = [&](std::size_t index, std::uint32_t address) {
    Segment tail = segments_[index];
    tail.begin = address;
    segments_[index].end = address;
    segments_.insert(segments_.begin() + static_cast<std::ptrdiff_t>(index) + 1, tail);
  };
  if (first < segments_.size() && segments_[first].begin < begin) {
    split(first, begin);
    ++first;
  }
  std::size_t last = first;
  while (last < segments_.size() && segments_[last].begin < end) {
    if (segments_[last].end > end) split(last, end);
    ++last;
  }
  return {first, last};
}

void LocalContents::check_order(std::uint32_t earlier, std::uint32_t later, const LocalRange& range,
                                const char* verb) {
  if (earlier == kNone || earlier == later) return;
  const bool is_in_time = run_.timeline.end[earlier] <= run_.timeline.start[later];
  if (is_in_time && queues_.is_enforced(earlier, later)) return;
  findings_.add(later, fmt::format("{} {} {} {}", verb, range_text(range),
                                   is_in_time ? "without waiting for" : "while still in use by",
                                   findings_.name(earlier)));
}

void LocalContents::read(std::uint32_t command, const LocalRange& range, std::uint32_t part) {
  if (!is_in_memory(command, range, part)) return;
  const auto [first, last] = cut(range);
  const auto engine = static_cast<std::size_t>(run_.command(command).engine);
  std::uint32_t known = range.address;
  std::uint32_t writer = kNone;
  for (std::size_t i = first; i < last; ++i) {
    Segment& segment = segments_[i];
    if (segment.begin != known) break;
    known = segment.end;
    segment.readers[engine] = command;
    if (segment.writer != writer) {
      writer = segment.writer;
      check_order(writer, command, range, "reads");
    }
  }
  if (known < range.address + range.bytes) {
    findings_.add(command, fmt::format("reads {}, of which those from 0x{:x} on were never written",
                                       range_text(range), known));
    return;
  }
  check_part(command, range, part, first, last);
}

void LocalContents::report_wrong(std::uint32_t command, const LocalRange& range, std::uint32_t part,
                                 const Segment& segment) {
  const std::string expected =
      part == kNone ? "working space of its op" : findings_.part_text(part);
  const std::string found =
      segment.part == kNone ? "working space" : findings_.part_text(segment.part);
  findings_.add(
      command, fmt::format("reads {} as {}, but {} wrote {} at 0x{:x}", range_text(range), expected,
                           findings_.name(segment.writer), found, segment.begin));
}

void LocalContents::check_part(std::uint32_t command, const LocalRange& range, std::uint32_t part,
                               std::size_t first, std::size_t last) {
  const std::span<const Segment> segments(segments_.data() + first, last - first);
  const Segment* wrong =
      part == kNone ? foreign_space(command, segments) : foreign_part(part, segments);
  if (wrong != nullptr) report_wrong(command, range, part, *wrong);
}

/// The first segment that is not working space of the command's op.
const LocalContents::Segment* LocalContents::foreign_space(
    std::uint32_t command, std::span<const Segment> segments) const {
  for (const Segment& segment : segments) {
    const bool is_own =
        segment.part == kNone && run_.command(segment.writer).op == run_.command(command).op;
    if (!is_own) return &segment;
  }
  return nullptr;
}

/// The first segment that does not hold what is read: either every byte comes from a writer of the
/// whole part, or each from one of a piece of it.
const LocalContents::Segment* LocalContents::foreign_part(std::uint32_t part,
                                                          std::span<const Segment> segments) const {
  const TensorPart& wanted = run_.part(part);
  const bool is_same = std::all_of(segments.begin(), segments.end(), [&](const Segment& segment) {
    return segment.part != kNone && (segment.part == part || run_.part(segment.part) == wanted);
  });
  if (is_same) return nullptr;
  const StoragePlace place = storage_.place(wanted.value);
  const ElementBox box = storage_.box(wanted.value, run_.box(part));
  std::vector<ElementBox> held;
  bool is_one_enough = false;
  for (const Segment& segment : segments) {
    if (segment.part == kNone) return &segment;
    const TensorPart& found = run_.part(segment.part);
    if (storage_.place(found.value).root != place.root) return &segment;
    held.push_back(storage_.box(found.value, run_.box(segment.part)));
    is_one_enough = is_one_enough || contains(held.back(), box);
  }
  for (std::size_t i = 0; i < held.size(); ++i) {
    const bool is_right = is_one_enough ? contains(held[i], box) : intersects(held[i], box);
    if (!is_right) return &segments[i];
  }
  const bool is_covered = is_one_enough || cover_of(box, held).missing == 0;
  return is_covered ? nullptr : &segments.front();
}

void LocalContents::write(std::uint32_t command, const LocalRange& range, std::uint32_t part) {
  if (!is_in_memory(command, range, part)) return;
  const auto [first, last] = cut(range);
  for (std::size_t i = first; i < last; ++i) {
    check_order(segments_[i].writer, command, range, "overwrites");
    for (const std::uint32_t reader : segments_[i].readers)
      check_order(reader, command, range, "overwrites");
  }
  const Segment written{range.address, range.address + range.bytes, command, part, {kNone, kNone}};
  const auto begin = segments_.begin() + static_cast<std::ptrdiff_t>(first);
  if (first == last) {
    segments_.insert(begin, written);
  } else {
    *begin = written;
    segments_.erase(begin + 1, segments_.begin() + static_cast<std::ptrdiff_t>(last));
  }
}

}  // namespace tpuscope
