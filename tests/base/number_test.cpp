// Rules of numbers in texts.

#include "base/number.h"

#include <cstdint>

#include <doctest/doctest.h>

namespace tpuscope {
namespace {

TEST_CASE("a number is taken off the front of a text, and what follows it is left") {
  std::string_view text = "12x3";
  CHECK(take_number<std::int64_t>(text) == 12);
  CHECK(text == "x3");
  CHECK_FALSE(take_number<std::int64_t>(text));
  CHECK(text == "x3");  // no number in front: as it was
}

TEST_CASE("the whole text is the number, or none is read") {
  CHECK(number_in<double>("-1.5e3") == -1500.0);
  CHECK_FALSE(number_in<double>("1.5 "));
  CHECK_FALSE(number_in<double>(""));
  CHECK_FALSE(number_in<std::int64_t>("1.5"));
}

TEST_CASE("a number that its type cannot hold is none") {
  CHECK(number_in<std::uint8_t>("255") == 255);
  CHECK_FALSE(number_in<std::uint8_t>("256"));
  CHECK_FALSE(number_in<std::uint8_t>("-1"));
}

TEST_CASE("units of time scale to picoseconds, other words to nothing") {
  CHECK(picoseconds_of_unit("µs") == picoseconds_of_unit("us"));
  CHECK(picoseconds_of_unit("s") == 1e12);
  CHECK(picoseconds_of_unit("") == 0);
  CHECK(picoseconds_of_unit("%") == 0);
}

}  // namespace
}  // namespace tpuscope
