// The checks of a request, then its route.

#include "cli/serve/live_server.h"

#include <array>
#include <atomic>
#include <exception>
#include <httplib.h>
#include <mutex>
#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <sys/socket.h>
#include <thread>
#include <utility>

#include <fmt/core.h>

#include "base/json_writer.h"
#include "cli/diagnostics.h"
#include "cli/serve/newest_first.h"
#include "cli/serve/progress_place.h"

namespace tpuscope {
namespace {

constexpr const char* kTokenHeader = "X-Tpuscope-Token";

std::string random_token() {
  std::array<unsigned char, 16> bytes{};
  TPU_CHECK(RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) == 1,
            "no random bytes for the token");
  std::string token;
  for (const unsigned char byte : bytes)
    token += fmt::format("{:02x}", byte);
  return token;
}

/// Compared in a time that does not depend on where they differ.
bool is_same(const std::string& a, const std::string& b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

/// Whether a Host header names this machine, on whatever port: a forwarded port may be another one.
bool is_own_host(std::string_view host) {
  if (host.starts_with("[::1]")) {
    host.remove_prefix(5);
    return host.empty() || host.starts_with(':');
  }
  const std::string_view name = host.substr(0, host.find(':'));
  return name == "127.0.0.1" || name == "localhost";
}

std::string errors_json(const Errors& errors) {
  StringSink sink;
  JsonWriter json(sink);
  json.object([&] { write_errors(json, "errors", errors); });
  json.finish("\n");
  return sink.text();
}

void answer(httplib::Response& response, int status, std::string text, const char* type) {
  response.status = status;
  // By a provider, since plain content is compressed for longer than the loopback takes.
  const auto body = std::make_shared<std::string>(std::move(text));
  response.set_content_provider(
      body->size(), type, [body](std::size_t offset, std::size_t length, httplib::DataSink& sink) {
        return sink.write(body->data() + offset, length);
      });
}

void answer_json(httplib::Response& response, int status, std::string text) {
  answer(response, status, std::move(text), "application/json");
}

/// A page for people whose request is refused.
void refuse(httplib::Response& response, int status, const std::string& why) {
  answer(response, status,
         "tpuscope serve: " + why + ".\nOpen the link that the program printed.\n",
         "text/plain; charset=utf-8");
}

void answer_errors(httplib::Response& response, const Errors& errors) {
  constexpr int kUnprocessable = 422;
  answer_json(response, kUnprocessable, errors_json(errors));
}

}  // namespace

struct LiveServer::State {
  State(LiveEngine& its_engine, LiveServerOptions its_options)
      : engine(its_engine), options(std::move(its_options)) {}

  LiveEngine& engine;
  LiveServerOptions options;
  std::string token = random_token();
  httplib::Server server{};
  int port = 0;
  NewestFirst turns{};
  std::mutex pages{};  ///< the engine is used by one thread at a time
  ProgressPlace progress{};

  /// Why a request is refused; empty: it is not.
  std::string refusal(const httplib::Request& request) const {
    const std::string host = request.get_header_value("Host");
    if (!is_own_host(host)) return "the host is not this machine";
    const std::string origin = request.get_header_value("Origin");
    if (!origin.empty() && origin != "http://" + host) return "the request is of another site";
    const std::string site = request.get_header_value("Sec-Fetch-Site");
    if (request.method != "GET" && !site.empty() && site != "same-origin") {
      return "the request is of another site";
    }
    const std::string given = request.has_header(kTokenHeader)
                                  ? request.get_header_value(kTokenHeader)
                                  : request.get_param_value("token");
    return is_same(given, token) ? "" : "the token is missing or wrong";
  }

  /// The body, unless it is longer than the limit: then nothing, and the response says so.
  bool read_body(const httplib::ContentReader& reader, std::size_t limit, std::string& body,
                 httplib::Response& response) const {
    bool is_too_long = false;
    reader([&](const char* data, std::size_t length) {
      is_too_long = is_too_long || body.size() + length > limit;
      if (!is_too_long) body.append(data, length);
      return !is_too_long;
    });
    constexpr int kTooLarge = 413;
    if (is_too_long) {
      answer_errors(response, {{.message = fmt::format("the body has more than {} bytes", limit)}});
      response.status = kTooLarge;
    }
    return !is_too_long;
  }

  void simulate(const std::string& settings, httplib::Response& response) {
    constexpr int kConflict = 409;
    if (!turns.begin()) {
      answer_json(response, kConflict, "{\"superseded\":true}\n");
      return;
    }
    progress.set("simulation", 0, 0);
    Result<std::string> run = [&]() -> Result<std::string> {
      try {
        const std::lock_guard lock(pages);
        return engine.simulate(settings,
                               [this](std::string_view what, std::size_t done, std::size_t total) {
                                 progress.set(what, done, total);
                               });
      } catch (const std::exception& bug) {
        // A bug of ours ends the request, not the server.
        return Error{.message = std::string("internal error: ") + bug.what()};
      }
    }();
    progress.set("", 0, 0);
    turns.end();
    if (!run.ok()) return answer_errors(response, run.errors());
    answer_json(response, 200, *std::move(run));
  }

  void open(const httplib::Request& request, std::string bytes, httplib::Response& response) {
    const std::string name = request.get_param_value("name");
    const std::lock_guard lock(pages);
    Status status = Ok{};
    try {
      status = engine.open(name, std::move(bytes));
    } catch (const std::exception& bug) {
      status = Error{.message = std::string("internal error: ") + bug.what()};
    }
    if (!status.ok()) return answer_errors(response, status.errors());
    answer_json(response, 200, "{\"opened\":true}\n");
  }

  void show_page(httplib::Response& response) {
    const std::lock_guard lock(pages);
    Result<std::string> page = engine.page();
    if (!page.ok()) return answer_errors(response, page.errors());
    answer(response, 200, *std::move(page), "text/html; charset=utf-8");
  }

  void add_routes();
};

void LiveServer::State::add_routes() {
  using httplib::ContentReader;
  using httplib::Request;
  using httplib::Response;
  server.set_payload_max_length(options.model_limit + 1);
  server.set_tcp_nodelay(true);
  // The library would let a second server share the port and take turns with this one.
  server.set_socket_options([](socket_t socket) {
    const int yes = 1;
    setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  });
  server.set_default_headers({{"Cache-Control", "no-store"},
                              {"Referrer-Policy", "no-referrer"},
                              {"X-Content-Type-Options", "nosniff"},
                              {"X-Frame-Options", "DENY"},
                              {"Cross-Origin-Resource-Policy", "same-origin"}});
  server.set_pre_routing_handler([this](const Request& request, Response& response) {
    const std::string why = refusal(request);
    if (why.empty()) return httplib::Server::HandlerResponse::Unhandled;
    constexpr int kForbidden = 403;
    refuse(response, kForbidden, why);
    // What follows on this connection may be the rest of a body that nobody reads.
    response.set_header("Connection", "close");
    return httplib::Server::HandlerResponse::Handled;
  });
  server.Get("/", [this](const Request&, Response& response) { show_page(response); });
  server.Get("/progress", [this](const Request&, Response& response) {
    answer_json(response, 200, progress.json());
  });
  server.Post("/simulate", [this](const Request&, Response& response, const ContentReader& reader) {
    std::string body;
    if (!read_body(reader, options.settings_limit, body, response)) return;
    simulate(body, response);
  });
  server.Post("/open",
              [this](const Request& request, Response& response, const ContentReader& reader) {
                std::string body;
                if (!read_body(reader, options.model_limit, body, response)) return;
                open(request, std::move(body), response);
              });
}

LiveServer::LiveServer(LiveEngine& engine, const LiveServerOptions& options)
    : state_(std::make_unique<State>(engine, options)) {
  state_->add_routes();
}

LiveServer::~LiveServer() = default;

Status LiveServer::bind() {
  const LiveServerOptions& options = state_->options;
  state_->port = options.port;
  if (options.port == 0) {
    state_->port = state_->server.bind_to_any_port(options.host);
    if (state_->port > 0) return Ok{};
  } else if (state_->server.bind_to_port(options.host, options.port)) {
    return Ok{};
  }
  return Error{.code = ErrorCode::kCannotWrite,
               .message = fmt::format("port {} of {} is taken or may not be used", options.port,
                                      options.host),
               .hint = "another one: --port N, or --port 0 for any that is free"};
}

std::string LiveServer::link() const {
  return fmt::format("http://{}:{}/?token={}", state_->options.host, state_->port, state_->token);
}

int LiveServer::port() const {
  return state_->port;
}

const std::string& LiveServer::token() const {
  return state_->token;
}

void LiveServer::serve() {
  state_->server.listen_after_bind();
}

void LiveServer::stop() {
  // The library forgets a stop that comes before it listens.
  while (!state_->server.is_running())
    std::this_thread::yield();
  state_->server.stop();
}

}  // namespace tpuscope
