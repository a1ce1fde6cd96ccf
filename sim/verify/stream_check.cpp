// Replays what commands touch, in an order in which they can be issued: see stream_check.h.

#include "sim/verify/stream_check.h"

#include <algorithm>
#include <array>
#include <optional>

#include <fmt/core.h>

#include "sim/verify/findings.h"
#include "sim/verify/lane_contents.h"
#include "sim/verify/schedule_check.h"

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
              Findings& findings)
      : run_(run),
        stream_(stream),
        owners_(owners),
        findings_(findings),
        geometry_(local_geometry(stream.set)),
        contents_(stream.cores),
        last_(stream.cores),
        synced_(stream.cores),
        synced_at_(run.program.commands.size()),
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
      while (part_ < stream_.rules.starts.size() && stream_.rules.starts[part_] <= i)
        run_dry();
      last_[read.core][static_cast<std::size_t>(read.engine)] = command.id;
      std::uint32_t& synced = synced_[read.core][static_cast<std::size_t>(read.engine)];
      synced = std::max(synced, command.wait_id);
      synced_at_[index] = synced;
      origin_.push_back(i);
      LaneContents& contents = contents_[read.core];
      if (read.is_opaque) contents.forget();
      for (const LocalBlock& block : stream_.blocks_of(i))
        touch(index, block, contents);
      ++index;
    }
    find_spare();
  }

 private:
  /// Between two parts all engines come to their ends.
  void run_dry() {
    ++part_;
    for (std::size_t core = 0; core < last_.size(); ++core) {
      for (std::size_t engine = 0; engine < kEngineCount; ++engine)
        synced_[core][engine] = last_[core][1 - engine];
    }
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
    check_order(index, block, found.before);
    for (const std::uint32_t writer : found.writers)
      is_read_[writer] = true;
    if (block.is_written || !reads_any || !contents.is_known()) return;
    check_written(index, block, touched.is_exact, found);
    check_sources(index, block, found.writers);
  }

  void check_order(std::uint32_t index, const LocalBlock& block,
                   const std::vector<std::uint32_t>& before) {
    for (const std::uint32_t earlier : before) {
      if (earlier == index || run_.command(earlier).id <= synced_at_[index]) continue;
      findings_.add(
          index, fmt::format("{} {} without waiting for {}", block.is_written ? "writes" : "reads",
                             place_text(block), findings_.name(earlier)));
    }
  }

  void check_written(std::uint32_t index, const LocalBlock& block, bool is_exact,
                     const LaneContents::Found& found) {
    const bool is_stored = run_.command(index).direction == Direction::kLocalToDdr;
    const bool must_be_whole = is_stored && is_exact && !block.is_partial;
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

  void check_sources(std::uint32_t index, const LocalBlock& block,
                     const std::vector<std::uint32_t>& writers) {
    const std::uint32_t own = owner(index);
    if (own == kNone || writers.empty()) return;
    const bool has_source = std::any_of(writers.begin(), writers.end(), [&](std::uint32_t writer) {
      return is_source(own, writer);
    });
    if (has_source) return;
    findings_.add(index,
                  fmt::format("reads {}, which {} wrote and nobody whose results its op reads",
                              place_text(block), findings_.name(writers.front())));
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
  Findings& findings_;
  LocalGeometry geometry_;
  std::vector<LaneContents> contents_;  ///< by core
  std::size_t part_ = 0;                ///< of the stream's, that begin when all engines have ended
  std::vector<std::array<std::uint32_t, kEngineCount>> last_;  ///< ids issued, by core and engine
  /// By core and engine: the last id of the other engine that is certain to have ended.
  std::vector<std::array<std::uint32_t, kEngineCount>> synced_;
  std::vector<std::uint32_t> synced_at_;  ///< the same at each command of the program
  std::vector<bool> is_read_;             ///< somebody reads what the command writes
  std::vector<std::size_t> origin_{};     ///< of commands of the program: in the stream
};

}  // namespace

Errors check_streams(const Graph& graph, const Chip& chip, const DecodedStream& stream,
                     const StreamOwners& owners, const Program& program, const Timeline& timeline) {
  Errors errors = check_schedule(graph, chip, program, timeline);
  if (!errors.empty()) return errors;
  const Run run{graph, chip, program, timeline};
  Findings findings(run);
  StreamCheck(run, stream, owners, findings).play();
  return findings.take();
}

}  // namespace tpuscope
