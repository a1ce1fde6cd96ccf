// Segments are cut where ranges begin and end: see lane_contents.h.

#include "sim/verify/lane_contents.h"

#include <algorithm>
#include <iterator>

#include "sim/verify/segments.h"

namespace tpuscope {
namespace {

void add_once(std::vector<std::uint32_t>& list, std::uint32_t command) {
  const auto at = std::lower_bound(list.begin(), list.end(), command);
  if (at == list.end() || *at != command) list.insert(at, command);
}

}  // namespace

std::uint64_t LaneContents::read_cells(std::uint32_t command, Engine engine, std::uint64_t lanes,
                                       std::vector<Cell>& cells, Found& found) {
  std::uint64_t missing = lanes;
  for (std::size_t i = 0, count = cells.size(); i < count; ++i) {
    const std::uint64_t common = cells[i].lanes & lanes;
    if (common == 0) continue;
    missing &= ~common;
    add_once(found.writers, cells[i].writer);
    if (cells[i].engine != engine) add_once(found.before, cells[i].writer);
    if (cells[i].readers[static_cast<std::size_t>(engine)] == command) continue;
    if (common != cells[i].lanes) {
      Cell rest = cells[i];
      rest.lanes &= ~common;
      cells[i].lanes = common;
      cells.push_back(rest);
    }
    cells[i].readers[static_cast<std::size_t>(engine)] = command;
  }
  return missing;
}

void LaneContents::clear_cells(std::uint32_t command, Engine engine, std::uint64_t lanes,
                               std::vector<Cell>& cells, Found& found) {
  const std::size_t other = 1 - static_cast<std::size_t>(engine);
  for (Cell& cell : cells) {
    if ((cell.lanes & lanes) == 0) continue;
    if (cell.engine != engine && cell.writer != command) add_once(found.before, cell.writer);
    const std::uint32_t reader = cell.readers[other];
    if (reader != kNone && reader != command) add_once(found.before, reader);
    cell.lanes &= ~lanes;
  }
  std::erase_if(cells, [](const Cell& cell) { return cell.lanes == 0; });
}

void LaneContents::read(std::uint32_t command, Engine engine, const LaneRange& range,
                        Found& found) {
  if (range.begin >= range.end || range.mask == 0) return;
  const auto lacks = [&](std::uint64_t lanes, std::uint32_t at) {
    if (lanes == 0) return;
    if (found.unwritten == 0) found.first_unwritten = at;
    found.unwritten |= lanes;
  };
  split_segments(segments_, range.begin);
  const auto last = split_segments(segments_, range.end);
  std::uint32_t known = range.begin;
  for (auto it = segments_.lower_bound(range.begin); it != last; ++it) {
    if (it->first > known) lacks(range.mask, known);
    known = it->second.end;
    lacks(read_cells(command, engine, range.mask, it->second.cells, found), it->first);
  }
  if (known < range.end) lacks(range.mask, known);
}

void LaneContents::write(std::uint32_t command, Engine engine, const LaneRange& range,
                         Found& found) {
  if (range.begin >= range.end || range.mask == 0) return;
  const Cell written{.lanes = range.mask, .writer = command, .engine = engine};
  split_segments(segments_, range.begin);
  const auto last = split_segments(segments_, range.end);
  bool is_whole = true;  // nothing but what is written now is left
  std::uint32_t known = range.begin;
  for (auto it = segments_.lower_bound(range.begin); it != last; ++it) {
    if (it->first > known) segments_.emplace_hint(it, known, Segment{it->first, {written}});
    known = it->second.end;
    std::vector<Cell>& cells = it->second.cells;
    clear_cells(command, engine, range.mask, cells, found);
    is_whole = is_whole && cells.empty();
    cells.push_back(written);
  }
  if (known < range.end) segments_.emplace_hint(last, known, Segment{range.end, {written}});
  if (!is_whole) return;
  const auto begin = segments_.lower_bound(range.begin);
  begin->second = {range.end, {written}};
  segments_.erase(std::next(begin), last);
}

void LaneContents::forget() {
  segments_.clear();
  is_known_ = false;
}

}  // namespace tpuscope
