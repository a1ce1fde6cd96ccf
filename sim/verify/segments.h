// Ranges by their beginnings, without overlap: what memory holds from one byte to another.

#pragma once

#include <iterator>
#include <utility>

namespace tpuscope {

/// The first segment that does not begin before `at`; one that reaches over it is cut. `Segments`
/// is a map by first byte of what has an `end`.
template <typename Segments>
typename Segments::iterator split_segments(Segments& segments, typename Segments::key_type at) {
  const auto after = segments.lower_bound(at);
  if (after == segments.begin()) return after;
  const auto before = std::prev(after);
  if (before->second.end <= at) return after;
  auto tail = before->second;
  before->second.end = at;
  return segments.emplace_hint(after, at, std::move(tail));
}

}  // namespace tpuscope
