// A clock per queue, joined where one waits for another: see stream_order.h.

#include "sim/verify/stream_order.h"

#include <algorithm>

namespace tpuscope {

StreamOrder::StreamOrder(std::size_t cores)
    : start_(cores * kEngineCount),
      ends_(cores * kEngineCount, Clock(cores * kEngineCount)),
      past_(cores * kEngineCount),
      counted_(cores * kEngineCount) {}

void StreamOrder::join(Clock& clock, std::span<const std::uint32_t> other) {
  for (std::size_t i = 0; i < clock.size(); ++i)
    clock[i] = std::max(clock[i], other[i]);
}

/// Waits count sends in the order in which they are issued: those of one round come before those of
/// the next one, which wait for the first.
void StreamOrder::hear(const Message& message, std::size_t queue) {
  std::uint64_t& counted = counted_[queue][message.number];
  counted += message.count;
  const std::vector<Clock>& sends = sends_[message.number];
  if (counted > 0 && counted <= sends.size()) join(start_, sends[counted - 1]);
}

void StreamOrder::issue(const StreamCommand& command, const Message* message) {
  const std::size_t own = queue_of(command.core, command.engine);
  const std::size_t other = own ^ 1U;
  const std::size_t width = start_.size();
  start_ = ends_[own];
  const std::size_t waited = std::min<std::size_t>(command.wait_id, past_[other].size() / width);
  if (waited > 0) join(start_, std::span(past_[other]).subspan((waited - 1) * width, width));
  if (message != nullptr && message->is_wait) hear(*message, own);
  Clock& end = ends_[own];
  end = start_;
  end[own] = command.id;
  past_[own].insert(past_[own].end(), end.begin(), end.end());
  if (message == nullptr || message->is_wait) return;
  std::vector<Clock>& sends = sends_[message->number];
  Clock sent = end;
  if (!sends.empty()) join(sent, sends.back());
  sends.push_back(std::move(sent));
}

void StreamOrder::run_dry() {
  Clock all(start_.size());
  for (const Clock& end : ends_)
    join(all, end);
  std::fill(ends_.begin(), ends_.end(), all);
}

}  // namespace tpuscope
