// JSON that is streamed: the same bytes as a document of nlohmann/json gives, whatever is in it.

#include "base/json_writer.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <map>
#include <optional>
#include <random>
#include <vector>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

namespace tpuscope {
namespace {

using Json = nlohmann::ordered_json;

/// What `write` makes of a writer.
template <typename F>
std::string json_text(int indent, F write) {
  StringSink sink;
  JsonWriter json(sink, indent);
  write(json);
  json.finish();
  return sink.text();
}
template <typename T>
std::string text_of_value(const T& value) {
  return json_text(JsonWriter::kCompact, [&](JsonWriter& json) { json.value(value); });
}

void copy(const Json& from, JsonWriter& to) {
  switch (from.type()) {
    case Json::value_t::object:
      return to.object([&] {
        for (const auto& [key, value] : from.items()) {
          to.key(key);
          copy(value, to);
        }
      });
    case Json::value_t::array:
      return to.list(from, [&](const Json& element) { copy(element, to); });
    case Json::value_t::string:
      return to.value(from.get<std::string>());
    case Json::value_t::boolean:
      return to.value(from.get<bool>());
    case Json::value_t::number_integer:
      return to.value(from.get<std::int64_t>());
    case Json::value_t::number_unsigned:
      return to.value(from.get<std::uint64_t>());
    case Json::value_t::number_float:
      return to.value(from.get<double>());
    default:
      return to.null();
  }
}

std::string random_text(std::mt19937_64& random) {
  constexpr std::string_view kPieces[] = {"a", "\"", "\\", "/",  "\n", "\t",   "\x01", "\x1f",
                                          "<", " ",  "é",  "漢", "😀",  "\x7f", "\b",   "\r\f"};
  std::string text;
  for (std::uint64_t n = random() % 6; n > 0; --n)
    text += kPieces[random() % std::size(kPieces)];
  return text;
}

double random_double(std::mt19937_64& random) {
  // Any bits: subnormal numbers, both zeros and those with many digits come up as well.
  const std::uint64_t bits = random();
  double number = 0;
  std::memcpy(&number, &bits, sizeof(number));
  constexpr double kEasy[] = {0.0, -0.0, 1.0, 0.1, 1e15, 1e16, 123456.789, 1e-4, 1e-5, 1e300};
  return random() % 2 == 0 ? kEasy[random() % std::size(kEasy)] : number;
}

Json random_document(std::mt19937_64& random, int depth) {
  switch (random() % (depth > 3 ? 6 : 8)) {
    case 0:
      return nullptr;
    case 1:
      return random() % 2 == 0;
    case 2:
      return static_cast<std::int64_t>(random());
    case 3:
      return random();
    case 4: {
      const double number = random_double(random);
      return std::isfinite(number) ? Json(number) : Json(0.5);
    }
    case 5:
      return random_text(random);
    case 6: {
      Json array = Json::array();
      for (std::uint64_t n = random() % 4; n > 0; --n)
        array.push_back(random_document(random, depth + 1));
      return array;
    }
    default: {
      Json object = Json::object();
      for (std::uint64_t n = random() % 4; n > 0; --n)
        object[random_text(random)] = random_document(random, depth + 1);
      return object;
    }
  }
}

TEST_CASE("any document has the bytes of nlohmann's dump, in one line and indented") {
  std::mt19937_64 random(11);
  for (int round = 0; round < 2000; ++round) {
    const Json document = random_document(random, 0);
    for (const int indent : {JsonWriter::kCompact, 1, 2}) {
      CHECK(json_text(indent, [&](JsonWriter& json) { copy(document, json); }) ==
            document.dump(indent));
    }
  }
}

TEST_CASE("infinity and NaN, which JSON has no word for, are null") {
  CHECK(text_of_value(std::numeric_limits<double>::infinity()) == "null");
  CHECK(text_of_value(std::nan("")) == "null");
  CHECK(text_of_value(1.0) == "1.0");
}

TEST_CASE("bytes that are no UTF-8 are replaced, so that what is written can be read") {
  CHECK(text_of_value("a\xff"
                      "b") ==
        "\"a\xEF\xBF\xBD"
        "b\"");
  CHECK(text_of_value("aéb") == "\"aéb\"");
}

TEST_CASE("values of our types: quantities, what may be missing, ranges and maps") {
  CHECK(text_of_value(Picoseconds{-7}) == "-7");
  CHECK(text_of_value(std::optional<int>(3)) == "3");
  CHECK(text_of_value(std::optional<int>()) == "null");
  CHECK(text_of_value(std::vector<std::string>{"a", "b"}) == R"(["a","b"])");
  CHECK(text_of_value(std::vector<bool>{true, false}) == "[true,false]");
  CHECK(text_of_value(std::map<std::string, int>{{"a", 1}, {"b", 2}}) == R"({"a":1,"b":2})");
  CHECK(text_of_value(std::vector<int>{}) == "[]");
}

TEST_CASE("a line is broken where it is asked for, after the comma") {
  const std::string text = json_text(JsonWriter::kCompact, [](JsonWriter& json) {
    json.object([&] {
      json.member("a", 1);
      json.break_line();
      json.list("b", std::vector<int>{1, 2}, [&](int n) {
        json.break_line();
        json.value(n);
      });
      json.list("c", std::vector<int>{}, [&](int n) { json.value(n); });
      json.break_line();
    });
  });
  CHECK(text == "{\"a\":1,\n\"b\":[\n1,\n2],\"c\":[]}");
}

TEST_CASE("what grows goes to the sink piece by piece") {
  class Pieces : public ByteSink {
   public:
    void write(std::string_view bytes) override { largest = std::max(largest, bytes.size()); }
    std::size_t largest = 0;
  };
  Pieces pieces;
  JsonWriter json(pieces);
  json.array([&] {
    for (int i = 0; i < 1'000'000; ++i)
      json.value(i);
  });
  json.finish();
  CHECK(pieces.largest < 100'000);
}

TEST_CASE("a document that is not closed is a bug") {
  StringSink sink;
  JsonWriter json(sink);
  json.array([&] { CHECK_THROWS(json.finish()); });
  json.finish("\n");
  CHECK(sink.text() == "[]\n");
}

}  // namespace
}  // namespace tpuscope
