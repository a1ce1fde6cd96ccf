// gzip: what goes in comes out, equal input gives equal bytes, damage is noticed.

#include "base/gzip.h"

#include <doctest/doctest.h>

namespace tpuscope::test {
namespace {

std::string compressed(std::string_view text, std::size_t piece) {
  StringSink sink;
  GzipSink gzip(sink, "our mark");
  for (std::size_t at = 0; at < text.size(); at += piece)
    gzip.write(text.substr(at, piece));
  gzip.finish();
  return sink.text();
}

std::string sample_gzip(std::size_t bytes) {
  std::string text;
  while (text.size() < bytes)
    text += std::to_string(text.size() * 7919) + ",";
  return text;
}

TEST_CASE("text survives compression, whatever the pieces") {
  for (const std::size_t bytes : {std::size_t{0}, std::size_t{1}, std::size_t{3'000'000}}) {
    const std::string text = sample_gzip(bytes).substr(0, bytes);
    const std::string small = compressed(text, 1000);
    CHECK(is_gzip(small));
    CHECK(small.find("our mark") < 100);
    const Result<std::string> back = gunzip(small, "f");
    REQUIRE(back.ok());
    CHECK(*back == text);
    CHECK(compressed(text, 1000) == small);
  }
}

TEST_CASE("a cut, changed or oversized file is refused") {
  const std::string text = sample_gzip(100'000);
  const std::string whole = compressed(text, 4096);
  CHECK(!gunzip(whole.substr(0, whole.size() / 2), "f").ok());
  std::string changed = whole;
  changed[whole.size() - 6] = static_cast<char>(changed[whole.size() - 6] ^ 1);
  CHECK(!gunzip(changed, "f").ok());
  CHECK(!gunzip("\x1f\x8b", "f").ok());
  CHECK(gunzip(whole, "f", 10).error().message.find("more than 10") != std::string::npos);
}

}  // namespace
}  // namespace tpuscope::test
