// Small foundations: element types, shapes, text.

#include <cmath>

#include <doctest/doctest.h>

#include "base/text.h"
#include "graph/dtype.h"
#include "graph/shape.h"

namespace tpuscope {
namespace {

TEST_CASE("f16 keeps eleven significant bits and overflows to infinity") {
  CHECK(rounded_to(DType::kF16, 1.0 + 1.0 / 1024) == 1.0 + 1.0 / 1024);
  CHECK(rounded_to(DType::kF16, 1.0 + 1.0 / 4096) == 1.0);
  CHECK(rounded_to(DType::kF16, 65504) == 65504);
  CHECK(std::isinf(rounded_to(DType::kF16, 70000)));
  CHECK(rounded_to(DType::kF16, std::ldexp(1.0, -24)) == std::ldexp(1.0, -24));  // least subnormal
  CHECK(rounded_to(DType::kF16, std::ldexp(1.0, -26)) == 0);
}

TEST_CASE("bf16 keeps eight significant bits") {
  CHECK(rounded_to(DType::kBF16, 1.0 + 1.0 / 128) == 1.0 + 1.0 / 128);
  CHECK(rounded_to(DType::kBF16, 1.0 + 1.0 / 512) == 1.0);
}

TEST_CASE("integers truncate and wrap, bool is 0 or 1") {
  CHECK(rounded_to(DType::kI8, 127.9) == 127);
  CHECK(rounded_to(DType::kI8, 128) == -128);
  CHECK(rounded_to(DType::kU8, 257) == 1);
  CHECK(rounded_to(DType::kBool, -3) == 1);
}

TEST_CASE("shapes broadcast from the last axis") {
  CHECK(*broadcast({64, 49, 3, 49}, {1, 49}) == Shape{64, 49, 3, 49});
  CHECK(*broadcast({3, 1}, {1, 4}) == Shape{3, 4});
  CHECK_FALSE(broadcast({3, 2}, {3, 4}).ok());
}

TEST_CASE("absurd shapes are refused before they are multiplied out") {
  CHECK_FALSE(check_shape({1 << 30, 1 << 30, 1 << 30}).ok());
  CHECK_FALSE(check_shape({0, std::int64_t{1} << 41}).ok());
  CHECK_FALSE(check_shape(Shape(9, 1)).ok());
  CHECK(check_shape({0, 5}).ok());
}

TEST_CASE("numbers are grouped and bytes get a unit") {
  CHECK(grouped(5216442) == "5 216 442");
  CHECK(grouped(-1000) == "-1 000");
  CHECK(grouped(999) == "999");
  CHECK(bytes_text(1536) == "1.5 KiB");
}

TEST_CASE("a close word is suggested, otherwise all are listed") {
  CHECK(did_you_mean("bn1684x", {"bm1684x", "bm1684"}) == "did you mean \"bm1684x\"?");
  CHECK(did_you_mean("zzzzzz", {"a", "b"}) == "known: a, b");
}

TEST_CASE("cutting the middle never cuts a character") {
  CHECK(elide_middle("abcdefghij", 5) == "ab…ij");
  CHECK(elide_middle("short", 10) == "short");
  CHECK(elide_middle("ääääääääää", 5) == "ää…ää");
  CHECK(elide_middle("lay…ttn", 7) == "lay…ttn");  // a name that was cut to fit fits
  CHECK(elide_middle("abc", 2) == "a…");
  CHECK(elide_middle("abc", 1) == "…");
  CHECK(elide_middle("abc", 0) == "");
}

TEST_CASE("changed lines are shown where they stand, common ones not at all") {
  CHECK(changed_lines("a\nb\nc\n", "a\nx\ny\nc\n") == "- b\n+ x\n+ y\n");
  CHECK(changed_lines("a\nb\n", "a\nb\n").empty());
  CHECK(changed_lines("a\nb\nc\n", "c\nd\n") == "- a\n- b\n+ d\n");
}

TEST_CASE("invalid UTF-8 and control characters are replaced") {
  CHECK(sanitised_utf8("a\x01"
                       "b\xFFz") == "a b\xEF\xBF\xBDz");
  CHECK(is_utf8("größe"));
  CHECK_FALSE(is_utf8("\xC0\x80"));
}

}  // namespace
}  // namespace tpuscope
