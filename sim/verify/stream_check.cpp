// Replays what commands touch, in an order in which they can be issued: see stream_check.h.

#include "sim/verify/stream_check.h"

#include <algorithm>

#include <fmt/core.h>

#include "sim/verify/findings.h"
#include "sim/verify/lane_contents.h"
#include "sim/verify/schedule_check.h"
#include "sim/verify/stream_ddr.h"
#include "sim/verify/stream_order.h"

namespace tpuscope {
namespace {

std::string place_text(const LocalBlock& block) {
  std::string text =
      fmt::format("{} x {} x {} x {} elements of {} bits at 0x{:x}", block.extents[0],
                  block.extents[1], block.extents[2], block.extents[3], block.bits, block.address);
  if (block.lane > 0) text += fmt::format(" from lane {} on", block.lane);
  return text;
}

class StreamCheck {
 public:
  StreamCheck(const Run& run, const DecodedStream& stream, const StreamOwners& owners,
              const DdrBoundary& boundary, Findings& findings)
      : run_(run),
        stream_(stream),
        owners_(owners),
        boundary_(boundary),
        findings_(findings),
        geometry_(local_geometry(stream.set)),
        order_(stream.cores),
        ddr_(boundary, order_, run, findings),
        contents_(stream.cores),
        is_read_(run.program.commands.size()) {}

  void play() {
    // What is not in the program any longer are ends, which touch nothing.
    std::uint32_t index = 0;
    for (std::size_t i = 0; i < stream_.commands.size(); ++i) {
      if (index == run_.program.commands.size() || findings_.is_full()) break;
      const StreamCommand& read = stream_.commands[i];
      const Command& command = run_.command(index);
      if (command.id != read.id || command.core != read.core || command.engine != read.engine) {
        continue;
      }
      issue(i);
      origin_.push_back(i);
      LaneContents& contents = contents_[read.core];
      if (read.is_opaque) contents.forget();
      for (const LocalBlock& block : stream_.blocks_of(i))
        touch(index, block, contents);
      if (read.engine == Engine::kGdma) {
        transfer(index, stream_.transfers[read.index]);
      }
      ++index;
    }
    if (findings_.is_full()) return;
    find_spare();
    ddr_.finish();
  }

 private:
  void issue(std::size_t index) {
    for (; part_ < stream_.rules.starts.size() && stream_.rules.starts[part_] <= index; ++part_)
      order_.run_dry();
    const std::vector<Message>& messages = stream_.rules.messages;
    while (message_ < messages.size() && messages[message_].command < index)
      ++message_;
    const bool has_message = message_ < messages.size() && messages[message_].command == index;
    order_.issue(stream_.commands[index], has_message ? &messages[message_] : nullptr);
  }

  void transfer(std::uint32_t index, const TransferInstruction& instruction) {
    const DdrRanges source = ddr_source(instruction);
    const std::vector<std::uint32_t> writers = ddr_.read(index, source);
    // The compiler may place a part of a tensor elsewhere than it says: whose it is counts more.
    if (writers.empty()) check_ddr_place(index, source, "reads");
    if (boundary_.is_whole) check_stored(index, source, writers);
    const DdrRanges destination = ddr_destination(instruction);
    check_ddr_place(index, destination, "writes");
    ddr_.write(index, destination);
  }

  void check_ddr_place(std::uint32_t index, const DdrRanges& ranges, const char* verb) {
    const std::uint32_t own = owner(index);
    if (own == kNone || own >= owners_.ddr_places.size() || ranges.ranges.empty()) return;
    const std::vector<DdrRange>& tensors = owners_.ddr_places[own];
    const DdrRange hull{ranges.ranges.front().begin, ranges.ranges.back().end};
    const bool is_met =
        tensors.empty() || std::any_of(tensors.begin(), tensors.end(), [&](const DdrRange& tensor) {
          return tensor.begin < hull.end && hull.begin < tensor.end;
        });
    if (is_met) return;
    findings_.add(index, fmt::format("{} 0x{:x} to 0x{:x} in DDR, where no tensor of its op is",
                                     verb, hull.begin, hull.end));
  }

  void check_stored(std::uint32_t index, const DdrRanges& ranges,
                    const std::vector<std::uint32_t>& writers) {
    const std::uint32_t own = owner(index);
    if (own == kNone) return;
    const auto foreign = std::find_if(writers.begin(), writers.end(), [&](std::uint32_t writer) {
      return !is_source(own, writer);
    });
    if (foreign == writers.end() || !ranges.is_exact) return;
    findings_.add(index, fmt::format("reads 0x{:x} in DDR, which {} wrote and nobody whose results "
                                     "its op reads",
                                     ranges.ranges.front().begin, findings_.name(*foreign)));
  }

  void touch(std::uint32_t index, const LocalBlock& block, LaneContents& contents) {
    const Engine engine = run_.command(index).engine;
    const LaneRanges touched = ranges_of(block, geometry_);
    LaneContents::Found found;
    bool reads_any = false;
    for (const LaneRange& range : touched.ranges) {
      if (range.end > geometry_.lane_bytes) {
        findings_.add(
            index, fmt::format("{} {}, a lane has {} bytes", block.is_written ? "writes" : "reads",
                               place_text(block), geometry_.lane_bytes));
        return;
      }
      // What a scatter leaves as it is stays the work of who wrote it.
      if (!block.is_written || block.is_partial) contents.read(index, engine, range, found);
      if (block.is_written) contents.write(index, engine, range, found);
      reads_any = true;
    }
    check_place(index, block);
    check_order(index, block, found.before);
    for (const std::uint32_t writer : found.writers)
      is_read_[writer] = true;
    if (block.is_written || !reads_any || !contents.is_known()) return;
    check_written(index, block, touched.is_exact, found);
    check_sources(index, block, touched.is_exact, found.writers);
  }

  /// Where everything is that the command's op may touch; null where nobody knows.
  const std::vector<LocalPlace>* places(std::uint32_t index) const {
    const std::uint32_t own = owner(index);
    const bool is_known = own != kNone && own < owners_.places.size();
    return is_known && !owners_.places[own].empty() ? &owners_.places[own] : nullptr;
  }

  /// Kernels copy lanes behind the end of a tensor along, and use nothing of them.
  bool is_copied(std::uint32_t index, const LocalBlock& block) const {
    const StreamCommand& read = stream_.commands[origin_[index]];
    return !block.is_written && read.engine == Engine::kBdc &&
           stream_.computes[read.index].kind == ComputeKind::kCopy;
  }

  void check_place(std::uint32_t index, const LocalBlock& block) {
    const std::vector<LocalPlace>* allowed = places(index);
    if (allowed == nullptr) return;
    const LaneRange hull = hull_of(block, geometry_);
    const bool is_inside =
        std::any_of(allowed->begin(), allowed->end(), [&](const LocalPlace& place) {
          const std::uint64_t end = is_copied(index, block) ? hull.begin + 1 : hull.end;
          return hull.begin >= place.begin && end <= place.end;
        });
    if (is_inside) return;
    findings_.add(index, fmt::format("{} {}, where its op has neither tensor nor working space",
                                     block.is_written ? "writes" : "reads", place_text(block)));
  }

  void check_order(std::uint32_t index, const LocalBlock& block,
                   const std::vector<std::uint32_t>& before) {
    for (const std::uint32_t earlier : before) {
      if (earlier == index || order_.has_ended(run_.command(earlier))) continue;
      findings_.add(
          index, fmt::format("{} {} without waiting for {}", block.is_written ? "writes" : "reads",
                             place_text(block), findings_.name(earlier)));
    }
  }

  void check_written(std::uint32_t index, const LocalBlock& block, bool is_exact,
                     const LaneContents::Found& found) {
    const bool is_stored = run_.command(index).direction == Direction::kLocalToDdr;
    const bool is_sloppy = !is_stored && (places(index) == nullptr || is_copied(index, block));
    const bool must_be_whole = !is_sloppy && is_exact && !block.is_partial;
    if (found.unwritten == 0 || (!must_be_whole && !found.writers.empty())) return;
    const std::string which = found.writers.empty()
                                  ? "which nothing wrote"
                                  : fmt::format("of which those from 0x{:x} on were never written",
                                                found.first_unwritten);
    findings_.add(index, fmt::format("reads {}, {}", place_text(block), which));
  }

  std::uint32_t owner(std::uint32_t index) const {
    return owners_.of.empty() ? kNone : owners_.of[origin_[index]];
  }

  bool is_source(std::uint32_t own, std::uint32_t writer) const {
    const std::uint32_t maker = owner(writer);
    if (maker == kNone || maker == own) return true;
    const std::vector<std::uint32_t>& sources = owners_.sources[own];
    return std::binary_search(sources.begin(), sources.end(), maker);
  }

  void check_sources(std::uint32_t index, const LocalBlock& block, bool is_exact,
                     const std::vector<std::uint32_t>& writers) {
    const std::uint32_t own = owner(index);
    if (own == kNone || writers.empty()) return;
    const auto foreign = std::find_if(writers.begin(), writers.end(), [&](std::uint32_t writer) {
      return !is_source(own, writer);
    });
    if (foreign == writers.end()) return;
    // Kernels of ops outside of groups read whole lanes, whatever the last ones hold.
    const bool is_sloppy =
        places(index) == nullptr || !is_exact || block.is_partial || is_copied(index, block);
    const bool has_source = std::any_of(writers.begin(), writers.end(), [&](std::uint32_t writer) {
      return is_source(own, writer);
    });
    if (is_sloppy && has_source) return;
    findings_.add(index, fmt::format("reads {}, {}which {} wrote and nobody whose results its op "
                                     "reads",
                                     place_text(block), has_source ? "some of " : "",
                                     findings_.name(*foreign)));
  }

  /// Copies and what is broadcast to all lanes, tables and constants, may be in vain.
  bool may_be_spare(std::size_t origin) const {
    const StreamCommand& read = stream_.commands[origin];
    if (read.engine == Engine::kBdc) {
      return stream_.computes[read.index].kind == ComputeKind::kCopy;
    }
    return stream_.transfers[read.index].kind == TransferKind::kBroadcast;
  }

  void find_spare() {
    for (std::uint32_t index = 0; index < origin_.size() && !findings_.is_full(); ++index) {
      if (is_read_[index] || may_be_spare(origin_[index])) continue;
      if (!contents_[run_.command(index).core].is_known()) continue;
      for (const LocalBlock& block : stream_.blocks_of(origin_[index])) {
        if (!block.is_written) continue;
        findings_.add(index, fmt::format("writes {}, which nothing reads", place_text(block)));
        break;
      }
    }
  }

  const Run& run_;
  const DecodedStream& stream_;
  const StreamOwners& owners_;
  const DdrBoundary& boundary_;
  Findings& findings_;
  LocalGeometry geometry_;
  StreamOrder order_;
  StreamDdr ddr_;
  std::vector<LaneContents> contents_;  ///< by core
  std::size_t part_ = 0;                ///< of the stream's, that begin when all engines have ended
  std::size_t message_ = 0;             ///< the next of the stream's
  std::vector<bool> is_read_;           ///< somebody reads what the command writes
  std::vector<std::size_t> origin_{};   ///< of commands of the program: in the stream
};

}  // namespace

Errors check_streams(const Graph& graph, const Chip& chip, const DecodedStream& stream,
                     const StreamOwners& owners, const DdrBoundary& boundary,
                     const Program& program, const Timeline& timeline) {
  Errors errors = check_schedule(graph, chip, program, timeline);
  if (!errors.empty()) return errors;
  const Run run{graph, chip, program, timeline};
  Findings findings(run);
  StreamCheck(run, stream, owners, boundary, findings).play();
  return findings.take();
}

}  // namespace tpuscope
