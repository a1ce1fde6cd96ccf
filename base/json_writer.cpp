// Separators, escapes and numbers, collected in a buffer of bounded size.

#include "base/json_writer.h"

#include <array>
#include <cmath>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/check.h"
#include "base/text.h"

namespace tpuscope {
namespace {

constexpr std::size_t kJsonBufferBytes = 1U << 16U;

/// 0: the byte is written as it is; 'u': as \u00xx; else the letter after the backslash.
constexpr std::array<char, 256> json_escapes() {
  std::array<char, 256> escapes{};
  for (std::size_t control = 0; control < 0x20; ++control)
    escapes[control] = 'u';
  escapes['\b'] = 'b';
  escapes['\t'] = 't';
  escapes['\n'] = 'n';
  escapes['\f'] = 'f';
  escapes['\r'] = 'r';
  escapes['"'] = '"';
  escapes['\\'] = '\\';
  return escapes;
}
constexpr std::array<char, 256> kJsonEscapes = json_escapes();

bool is_ascii_text(std::string_view text) {
  unsigned char all = 0;
  for (const char byte : text)
    all |= static_cast<unsigned char>(byte);
  return all < 0x80;
}

void append_escaped(std::string& to, std::string_view text) {
  std::size_t begin = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const char escape = kJsonEscapes[byte];
    if (escape == 0) continue;
    to.append(text, begin, i - begin);
    begin = i + 1;
    to += '\\';
    to += escape;
    if (escape != 'u') continue;
    constexpr std::string_view kDigits = "0123456789abcdef";
    to += "00";
    to += kDigits[byte >> 4U];
    to += kDigits[byte & 15U];
  }
  to.append(text, begin);
}

}  // namespace

void append_json_text(std::string& to, std::string_view text) {
  to += '"';
  if (is_ascii_text(text) || is_utf8(text)) {
    append_escaped(to, text);
  } else {
    append_escaped(to, sanitised_utf8(text));
  }
  to += '"';
}

JsonWriter::JsonWriter(ByteSink& sink, int indent) : sink_(&sink), indent_(indent) {
  buffer_.reserve(kJsonBufferBytes + 4096);
}

void JsonWriter::finish(std::string_view after) {
  TPU_CHECK(depth_ == 0 && !has_key_, "JSON ends inside {} objects or arrays", depth_);
  buffer_ += after;
  sink_->write(buffer_);
  buffer_.clear();
}

void JsonWriter::flush_when_full() {
  if (buffer_.size() < kJsonBufferBytes) return;
  sink_->write(buffer_);
  buffer_.clear();
}

void JsonWriter::new_line(std::size_t level) {
  buffer_ += '\n';
  if (indent_ > 0) buffer_.append(level * static_cast<std::size_t>(indent_), ' ');
}

void JsonWriter::separate() {
  if (has_key_) {
    has_key_ = false;
    return;
  }
  if (!is_first_) buffer_ += ',';
  is_first_ = false;
  if ((indent_ != kCompact && depth_ > 0) || breaks_line_) new_line(depth_);
  breaks_line_ = false;
  flush_when_full();
}

void JsonWriter::open(char bracket) {
  separate();
  buffer_ += bracket;
  ++depth_;
  is_first_ = true;
}

void JsonWriter::close(char bracket) {
  TPU_CHECK(depth_ > 0 && !has_key_, "JSON closes what is not open");
  --depth_;
  if (!is_first_ && indent_ != kCompact) new_line(depth_);
  buffer_ += bracket;
  is_first_ = false;
  breaks_line_ = false;
}

void JsonWriter::key(std::string_view name) {
  separate();
  append_json_text(buffer_, name);
  buffer_ += indent_ == kCompact ? ":" : ": ";
  has_key_ = true;
}

void JsonWriter::word(std::string_view bytes) {
  separate();
  buffer_ += bytes;
}

void JsonWriter::value(std::string_view text) {
  separate();
  append_json_text(buffer_, text);
}

void JsonWriter::value(double number) {
  if (!std::isfinite(number)) return null();
  // The digits of the library that reads them, so that both agree on them. Through a document of
  // its own each number would take allocations.
  std::array<char, 64> digits{};
  const char* const end =
      nlohmann::detail::to_chars(digits.data(), digits.data() + digits.size(), number);
  word({digits.data(), static_cast<std::size_t>(end - digits.data())});
}

void JsonWriter::signed_number(std::int64_t number) {
  const fmt::format_int digits(number);
  word({digits.data(), digits.size()});
}

void JsonWriter::unsigned_number(std::uint64_t number) {
  const fmt::format_int digits(number);
  word({digits.data(), digits.size()});
}

}  // namespace tpuscope
