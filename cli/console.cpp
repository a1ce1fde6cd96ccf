// Standard streams and what the environment says of them: the only place that reads it.

#include "cli/console.h"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/text.h"

namespace tpuscope {
namespace {

/// Width when it is unknown, and the narrowest that tables are made for.
constexpr std::size_t kDefaultWidth = 100;
constexpr std::size_t kMinWidth = 60;

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

bool is_set(const char* name) {
  const std::string value = variable(name);
  return !value.empty() && value != "0";
}

bool is_utf8_locale() {
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    const std::string value = lower_case(variable(name));
    if (value.empty()) continue;
    return value.find("utf-8") != std::string::npos || value.find("utf8") != std::string::npos;
  }
  return false;
}

}  // namespace

void StreamSink::write(std::string_view bytes) {
  if (error_ != 0 || bytes.empty()) return;
  if (std::fwrite(bytes.data(), 1, bytes.size(), stream_) != bytes.size()) error_ = errno;
}

Status StreamSink::flush() {
  if (std::fflush(stream_) != 0 && error_ == 0) error_ = errno;
  if (error_ == 0 || is_closed()) return Ok{};
  return Error{.code = ErrorCode::kCannotWrite,
               .message = std::strerror(error_),
               .where = "standard output"};
}

bool StreamSink::is_closed() const {
  return error_ == EPIPE;
}

bool is_terminal(std::FILE* stream) {
  return isatty(fileno(stream)) != 0;
}

Terminal terminal_of(std::FILE* stream) {
  Terminal terminal{.width = kDefaultWidth, .unicode = is_utf8_locale()};
  winsize size{};
  if (is_terminal(stream) && ioctl(fileno(stream), TIOCGWINSZ, &size) == 0 && size.ws_col > 0) {
    terminal.width = std::max<std::size_t>(kMinWidth, size.ws_col);
  }
  const bool is_wanted = is_set("CLICOLOR_FORCE") || is_set("FORCE_COLOR");
  const bool is_possible = is_terminal(stream) && variable("TERM") != "dumb" && !is_set("NO_COLOR");
  terminal.colour = is_wanted || is_possible;
  return terminal;
}

}  // namespace tpuscope
