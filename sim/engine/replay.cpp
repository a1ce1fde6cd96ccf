// From one event to the next: a command starts or ends. Between events every transfer works at one
// speed. Exact in integers: work counts in picoseconds / kReplayShare.

#include "sim/engine/replay.h"

#include <algorithm>
#include <limits>
#include <map>

#include <fmt/core.h>

#include "base/check.h"
#include "sim/engine/engine.h"
#include "sim/engine/latencies.h"

namespace tpuscope {
namespace {

constexpr std::int64_t kReplayShare = 1 << 16;
constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();

/// The queue of one engine of one core.
struct ReplayQueue {
  Engine engine = Engine::kBdc;
  std::vector<std::uint32_t> commands{};  ///< of the part under way
  std::size_t at = 0;
  std::size_t begin_id = 0;  ///< commands of the parts before
  std::int64_t free = 0;     ///< when the next command may start, for its own engine
  std::int64_t end = 0;      ///< of the last command
  bool is_fresh = true;      ///< nothing of this part has run
  // The command under way:
  bool is_running = false;
  bool moves_data = false;
  std::int64_t work = 0;
  std::map<std::uint32_t, std::uint64_t> counted{};  ///< by number of message, all waits so far
};

struct ReplayStart {
  std::int64_t time = 0;
  WaitReason reason = WaitReason::kNothing;
};

class StreamReplay {
 public:
  StreamReplay(const Program& program, const Chip& chip)
      : program_(program), chip_(chip), latencies_(chip) {
    const std::size_t count = program.commands.size();
    timeline_.launch = {static_cast<std::int64_t>(chip.command.launch_us * 1e6 + 0.5)};
    timeline_.makespan = timeline_.launch;
    timeline_.start.resize(count);
    timeline_.end.resize(count);
    timeline_.waited.resize(count);
    timeline_.reason.resize(count);
    queues_.resize(2 * static_cast<std::size_t>(chip.array.cores));
    for (std::size_t i = 0; i < queues_.size(); ++i) {
      queues_[i].engine = i % 2 == 0 ? Engine::kBdc : Engine::kGdma;
      queues_[i].end = timeline_.launch.value;
    }
    messages_.assign(count, nullptr);
    for (const Message& message : program.stream->messages)
      messages_.at(message.command) = &message;
    if (chip.array.cores > 1) timeline_.slowed.resize(count);
  }

  Result<Timeline> run() {
    std::vector<std::uint32_t> starts = program_.stream->starts;
    starts.push_back(narrowed(static_cast<std::int64_t>(program_.commands.size())));
    std::uint32_t begin = 0;
    for (const std::uint32_t end : starts) {
      TPU_CHECK(begin <= end && end <= program_.commands.size(), "a part ends at {} of {}", end,
                program_.commands.size());
      enqueue(begin, end);
      while (!too_long_ && go_on()) {
      }
      if (too_long_) {
        return Error{.code = ErrorCode::kUnsupported,
                     .message = "the streams take longer than can be simulated",
                     .hint = "the file may be damaged"};
      }
      for (const ReplayQueue& queue : queues_) {
        if (queue.at < queue.commands.size()) return stuck(queue);
      }
      begin = end;
    }
    return std::move(timeline_);
  }

 private:
  static std::size_t other(std::size_t queue) { return queue ^ 1U; }

  void enqueue(std::uint32_t begin, std::uint32_t end) {
    now_ = timeline_.makespan.value;
    for (ReplayQueue& queue : queues_) {
      queue.begin_id += queue.commands.size();
      queue.commands.clear();
      queue.at = 0;
      queue.free = now_;
      queue.is_fresh = true;
    }
    for (std::uint32_t i = begin; i < end; ++i) {
      const Command& command = program_.commands[i];
      TPU_CHECK(command.core < chip_.array.cores, "command {} runs on core {} of {}", i,
                command.core, chip_.array.cores);
      ReplayQueue& queue =
          queues_[2 * std::size_t{command.core} + static_cast<std::size_t>(command.engine)];
      queue.commands.push_back(i);
      TPU_CHECK(command.id == queue.begin_id + queue.commands.size(), "command {} has id {}", i,
                command.id);
    }
  }

  /// When the next command of a queue may start; kNever while what it waits for has not ended.
  ReplayStart next_start(std::size_t index) const {
    const ReplayQueue& queue = queues_[index];
    if (queue.is_running || queue.at == queue.commands.size()) return {kNever};
    const std::uint32_t i = queue.commands[queue.at];
    const Command& command = program_.commands[i];
    ReplayStart start{queue.free, WaitReason::kNothing};
    if (queue.is_fresh) {
      start.reason = queue.begin_id == 0 ? WaitReason::kLaunch : WaitReason::kLayer;
    }
    const std::int64_t ended = command.wait_id > 0 ? end_of_awaited(command, index) : 0;
    if (ended > start.time) start = {ended, WaitReason::kDependency};
    const std::int64_t sent = send_of(messages_[i], queue);
    if (sent > start.time) start = {sent, WaitReason::kCore};
    return start.time == kNever ? ReplayStart{kNever} : start;
  }

  /// When what the command waits for on the other engine has ended, and it has heard of it: kNever
  /// while it runs, 0 where it ended before this stage.
  std::int64_t end_of_awaited(const Command& command, std::size_t index) const {
    const ReplayQueue& waited = queues_[other(index)];
    const std::size_t last = waited.begin_id + waited.commands.size();
    const std::size_t id = std::min<std::size_t>(command.wait_id, last);
    if (id > waited.begin_id + waited.at) return kNever;
    if (id <= waited.begin_id) return 0;
    return timeline_.end[waited.commands[id - waited.begin_id - 1]].value +
           latencies_.of(command.engine, WaitReason::kDependency).value;
  }

  /// When the message that a command waits for has been sent often enough: kNever while it has not,
  /// 0 for commands that wait for none.
  std::int64_t send_of(const Message* message, const ReplayQueue& queue) const {
    if (message == nullptr || !message->is_wait || message->count == 0) return 0;
    const auto counted = queue.counted.find(message->number);
    const std::uint64_t wanted =
        message->count + (counted == queue.counted.end() ? 0 : counted->second);
    const auto sends = sends_.find(message->number);
    if (sends == sends_.end() || sends->second.size() < wanted) return kNever;
    return sends->second[wanted - 1];
  }

  /// Of all transfers that move data, in 1 / kReplayShare.
  std::int64_t speed() const {
    std::int64_t transfers = 0;
    for (const ReplayQueue& queue : queues_)
      transfers += queue.is_running && queue.moves_data ? 1 : 0;
    if (transfers < 2) return kReplayShare;
    const double slower =
        std::max(1.0, chip_.command.sharing_factor * static_cast<double>(transfers) / 2);
    return std::max<std::int64_t>(
        1, static_cast<std::int64_t>(static_cast<double>(kReplayShare) / slower));
  }

  std::int64_t speed_of(const ReplayQueue& queue, std::int64_t common) const {
    return queue.moves_data ? common : kReplayShare;
  }

  /// To the next event; false when there is none.
  bool go_on() {
    const std::int64_t common = speed();
    std::int64_t next = kNever;
    for (std::size_t i = 0; i < queues_.size(); ++i) {
      const ReplayQueue& queue = queues_[i];
      if (queue.is_running) {
        next = std::min(next, now_ + ceil_div(queue.work, speed_of(queue, common)));
      } else {
        const std::int64_t start = next_start(i).time;
        if (start != kNever) next = std::min(next, std::max(now_, start));
      }
    }
    if (next == kNever) return false;
    for (ReplayQueue& queue : queues_) {
      if (queue.is_running) queue.work -= speed_of(queue, common) * (next - now_);
    }
    now_ = next;
    for (ReplayQueue& queue : queues_) {
      if (queue.is_running && queue.work <= 0) finish(queue);
    }
    for (std::size_t i = 0; i < queues_.size(); ++i) {
      const ReplayStart start = next_start(i);
      if (start.time <= now_) begin(queues_[i], start);
    }
    return true;
  }

  void begin(ReplayQueue& queue, const ReplayStart& start) {
    const std::uint32_t i = queue.commands[queue.at];
    const Command& command = program_.commands[i];
    const Message* message = messages_[i];
    if (message != nullptr && message->is_wait) queue.counted[message->number] += message->count;
    const std::int64_t length = length_of(command);
    too_long_ = too_long_ || length > kNever / kReplayShare / 16 || now_ > kNever / 16;
    if (too_long_) return;
    queue.is_running = true;
    queue.is_fresh = false;
    queue.moves_data = queue.engine == Engine::kGdma && command.bytes > 0;
    queue.work = length * kReplayShare;
    timeline_.start[i] = {now_};
    timeline_.waited[i] = {now_ - queue.end};
    timeline_.reason[i] = start.reason;
  }

  std::int64_t length_of(const Command& command) const {
    return duration_of(chip_, command.engine, command.cost.total()).value;
  }

  void finish(ReplayQueue& queue) {
    const std::uint32_t i = queue.commands[queue.at++];
    queue.is_running = false;
    queue.end = now_;
    queue.free = now_ + latencies_.of(queue.engine, WaitReason::kNothing).value;
    timeline_.end[i] = {now_};
    timeline_.makespan = {std::max(timeline_.makespan.value, now_)};
    if (!timeline_.slowed.empty()) {
      timeline_.slowed[i] = {now_ - timeline_.start[i].value - length_of(program_.commands[i])};
    }
    const Message* message = messages_[i];
    if (message != nullptr && !message->is_wait) sends_[message->number].push_back(now_);
  }

  Error stuck(const ReplayQueue& queue) const {
    const Command& command = program_.commands[queue.commands[queue.at]];
    return {.message = fmt::format("command {} of {} on core {} waits for ever", command.id,
                                   name_of(command.engine), command.core),
            .hint = "the streams of the file do not belong together"};
  }

  const Program& program_;
  const Chip& chip_;
  Latencies latencies_;
  std::int64_t now_ = 0;
  bool too_long_ = false;  ///< for 64 bits of picoseconds
  std::vector<ReplayQueue> queues_{};
  std::vector<const Message*> messages_{};  ///< by command
  std::map<std::uint32_t, std::vector<std::int64_t>> sends_{};
  Timeline timeline_{};
};

}  // namespace

Result<Timeline> replay(const Program& program, const Chip& chip) {
  TPU_CHECK(program.stream.has_value(), "the program was planned, not read");
  return StreamReplay(program, chip).run();
}

}  // namespace tpuscope
