// Which commands of a stream have certainly ended: by queues, ids and messages.

#include "sim/verify/stream_order.h"

#include <doctest/doctest.h>

namespace tpuscope::test {
namespace {

StreamCommand ordered(std::uint8_t core, Engine engine, std::uint32_t id, std::uint32_t wait = 0) {
  return {.engine = engine, .core = core, .id = id, .wait_id = wait};
}

Command ended(std::uint8_t core, Engine engine, std::uint32_t id) {
  Command command;
  command.core = core;
  command.engine = engine;
  command.id = id;
  return command;
}

TEST_CASE("a queue is in order, and a wait holds for all that comes behind it") {
  StreamOrder order(1);
  order.issue(ordered(0, Engine::kGdma, 1), nullptr);
  order.issue(ordered(0, Engine::kGdma, 2), nullptr);
  CHECK(order.has_ended(ended(0, Engine::kGdma, 1)));
  order.issue(ordered(0, Engine::kBdc, 1, 1), nullptr);
  CHECK(order.has_ended(ended(0, Engine::kGdma, 1)));
  CHECK(!order.has_ended(ended(0, Engine::kGdma, 2)));
  order.issue(ordered(0, Engine::kBdc, 2), nullptr);
  CHECK(order.has_ended(ended(0, Engine::kGdma, 1)));
  order.run_dry();
  order.issue(ordered(0, Engine::kBdc, 3), nullptr);
  CHECK(order.has_ended(ended(0, Engine::kGdma, 2)));
}

TEST_CASE("a message carries what its sender knew, through other engines too") {
  const Message send{.command = 0, .is_wait = false, .number = 5, .count = 1};
  const Message wait{.command = 0, .is_wait = true, .number = 5, .count = 1};
  StreamOrder order(2);
  order.issue(ordered(0, Engine::kGdma, 1), nullptr);
  order.issue(ordered(0, Engine::kBdc, 1, 1), &send);
  order.issue(ordered(1, Engine::kGdma, 1), nullptr);
  CHECK(!order.has_ended(ended(0, Engine::kGdma, 1)));
  order.issue(ordered(1, Engine::kGdma, 2), &wait);
  CHECK(order.has_ended(ended(0, Engine::kGdma, 1)));
  CHECK(order.has_ended(ended(0, Engine::kBdc, 1)));
  // And on to the other engine of the core that heard it.
  order.issue(ordered(1, Engine::kBdc, 1, 2), nullptr);
  CHECK(order.has_ended(ended(0, Engine::kGdma, 1)));
}

TEST_CASE("a wait for two sends knows of both senders, one for the first only of that") {
  const Message send{.command = 0, .is_wait = false, .number = 5, .count = 1};
  for (const std::uint32_t count : {1U, 2U}) {
    const Message wait{.command = 0, .is_wait = true, .number = 5, .count = count};
    StreamOrder order(2);
    order.issue(ordered(0, Engine::kBdc, 1), &send);
    order.issue(ordered(0, Engine::kGdma, 1), &send);
    order.issue(ordered(1, Engine::kBdc, 1), &wait);
    CHECK(order.has_ended(ended(0, Engine::kBdc, 1)));
    CHECK(order.has_ended(ended(0, Engine::kGdma, 1)) == (count == 2));
  }
}

}  // namespace
}  // namespace tpuscope::test
