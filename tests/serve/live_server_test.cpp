// Who a live server answers and whom it refuses, with an engine that answers at once or on command.

#include "cli/serve/live_server.h"

#include <atomic>
#include <chrono>
#include <future>
#include <httplib.h>
#include <thread>

#include <doctest/doctest.h>

#include "cli/serve/newest_first.h"

namespace tpuscope::test {
namespace {

/// Answers with what it is asked.
class EchoEngine : public LiveEngine {
 public:
  Result<std::string> page() override { return std::string("<title>" + title + "</title>"); }
  Result<std::string> simulate(std::string_view settings, const ProgressListener&) override {
    ++simulations;
    if (settings == "bad") return Error{.message = "no such setting", .where = "x"};
    if (settings == "bug") throw InternalError("broken");
    return std::string(settings);
  }
  Status open(std::string name, std::string bytes) override {
    if (bytes.empty()) return Error{.message = "the file is empty", .where = name};
    title = name;
    return Ok{};
  }

  std::atomic<int> simulations = 0;
  std::string title = "first";
};

/// A server that runs while a test lasts.
class Running {
 public:
  explicit Running(LiveEngine& engine, LiveServerOptions options = {}) : server(engine, options) {
    REQUIRE(server.bind().ok());
    thread_ = std::thread([this] { server.serve(); });
  }
  ~Running() {
    server.stop();
    thread_.join();
  }
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;

  httplib::Client client() const { return httplib::Client("127.0.0.1", server.port()); }
  httplib::Headers headers() const { return {{"X-Tpuscope-Token", server.token()}}; }
  httplib::Headers headers(const std::string& name, const std::string& value) const {
    return {{"X-Tpuscope-Token", server.token()}, {name, value}};
  }

  LiveServer server;

 private:
  std::thread thread_{};
};

int status_of(const httplib::Result& result) {
  return result ? result->status : -1;
}

TEST_CASE("the link opens the page, and a link without its token or with another does not") {
  EchoEngine engine;
  const Running running(engine);
  httplib::Client client = running.client();
  const auto page = client.Get("/?token=" + running.server.token());
  REQUIRE(status_of(page) == 200);
  CHECK(page->body == "<title>first</title>");
  CHECK(page->get_header_value("Referrer-Policy") == "no-referrer");
  CHECK(status_of(client.Get("/")) == 403);
  CHECK(status_of(client.Get("/?token=" + std::string(32, '0'))) == 403);
  CHECK(status_of(client.Get("/?token=" + running.server.token() + "0")) == 403);
}

TEST_CASE("tokens differ from server to server") {
  EchoEngine engine;
  const LiveServer one(engine, {});
  const LiveServer other(engine, {});
  CHECK(one.token().size() == 32);
  CHECK(one.token() != other.token());
}

TEST_CASE("settings are simulated for who has the token, and for nobody else") {
  EchoEngine engine;
  const Running running(engine);
  httplib::Client client = running.client();
  const auto run = client.Post("/simulate", running.headers(), "{}", "application/json");
  REQUIRE(status_of(run) == 200);
  CHECK(run->body == "{}");
  const auto refused =
      client.Post("/simulate", {{"X-Tpuscope-Token", "guess"}}, "{}", "text/plain");
  CHECK(status_of(refused) == 403);
  CHECK(engine.simulations == 1);
}

TEST_CASE("a foreign host is refused, so that no name can be pointed at the loopback address") {
  EchoEngine engine;
  const Running running(engine);
  httplib::Client client = running.client();
  for (const std::string host :
       {"attacker.example", "127.0.0.1.attacker.example:8470", "localhost.x"}) {
    CHECK(status_of(client.Post("/simulate", running.headers("Host", host), "{}", "text/plain")) ==
          403);
  }
  // A port that SSH forwards is another one.
  for (const std::string host : {"localhost:1234", "127.0.0.1", "[::1]:80"}) {
    CHECK(status_of(client.Post("/simulate", running.headers("Host", host), "{}", "text/plain")) ==
          200);
  }
}

TEST_CASE("a foreign origin is refused, the own one is not") {
  EchoEngine engine;
  const Running running(engine);
  httplib::Client client = running.client();
  const std::string own = "http://127.0.0.1:" + std::to_string(running.server.port());
  const auto post = [&](const std::string& name, const std::string& value) {
    return status_of(client.Post("/simulate", running.headers(name, value), "{}", "text/plain"));
  };
  CHECK(post("Origin", own) == 200);
  CHECK(post("Origin", "http://attacker.example") == 403);
  CHECK(post("Origin", "null") == 403);
  CHECK(post("Sec-Fetch-Site", "cross-site") == 403);
  CHECK(post("Sec-Fetch-Site", "same-origin") == 200);
}

TEST_CASE("bodies up to the limits are taken, longer ones are not") {
  EchoEngine engine;
  const Running running(engine, {.settings_limit = 100, .model_limit = 1000});
  httplib::Client client = running.client();
  const auto simulate = [&](std::size_t size) {
    return status_of(
        client.Post("/simulate", running.headers(), std::string(size, 'x'), "text/plain"));
  };
  CHECK(simulate(100) == 200);
  CHECK(simulate(101) == 413);
  const auto open = [&](std::size_t size) {
    return status_of(client.Post("/open?name=net.onnx", running.headers(), std::string(size, 'x'),
                                 "application/octet-stream"));
  };
  CHECK(open(1000) == 200);
  CHECK(open(1001) == 413);
  CHECK(engine.simulations == 1);
}

TEST_CASE("a model that is opened takes the page, one that cannot be read leaves the one before") {
  EchoEngine engine;
  const Running running(engine);
  httplib::Client client = running.client();
  const auto open = [&](const std::string& bytes) {
    return client.Post("/open?name=a%20net.onnx", running.headers(), bytes,
                       "application/octet-stream");
  };
  CHECK(status_of(open("bytes")) == 200);
  CHECK(engine.title == "a net.onnx");
  engine.title = "before";
  const auto refused = open("");
  CHECK(status_of(refused) == 422);
  CHECK(refused->body.find("the file is empty") != std::string::npos);
  CHECK(engine.title == "before");
}

TEST_CASE("errors and bugs end a request and not the server") {
  EchoEngine engine;
  const Running running(engine);
  httplib::Client client = running.client();
  const auto bad = client.Post("/simulate", running.headers(), "bad", "text/plain");
  CHECK(status_of(bad) == 422);
  CHECK(bad->body.find("no such setting") != std::string::npos);
  const auto bug = client.Post("/simulate", running.headers(), "bug", "text/plain");
  CHECK(status_of(bug) == 422);
  CHECK(bug->body.find("internal error") != std::string::npos);
  CHECK(status_of(client.Post("/simulate", running.headers(), "{}", "text/plain")) == 200);
}

TEST_CASE("a port that is taken is one clear error, another one is free") {
  EchoEngine engine;
  const Running running(engine);
  LiveServer second(engine, {.port = running.server.port()});
  const Status status = second.bind();
  REQUIRE_FALSE(status.ok());
  CHECK(status.error().message.find(std::to_string(running.server.port())) != std::string::npos);
  CHECK(status.error().hint.find("--port") != std::string::npos);
  LiveServer third(engine, {});
  CHECK(third.bind().ok());
}

TEST_CASE("of those who wait only the newest is served; without others everybody is") {
  NewestFirst turns;
  REQUIRE(turns.begin());
  const auto ask = [&] { return std::async(std::launch::async, [&] { return turns.begin(); }); };
  const auto wait_until_asked = [&](std::uint64_t count) {
    while (turns.asked() < count)
      std::this_thread::yield();
  };
  auto older = ask();
  wait_until_asked(2);
  auto newer = ask();
  wait_until_asked(3);
  // At once: the turn is not free yet.
  CHECK_FALSE(older.get());
  turns.end();
  CHECK(newer.get());
  turns.end();
  CHECK(turns.begin());
  turns.end();
}

}  // namespace
}  // namespace tpuscope::test
