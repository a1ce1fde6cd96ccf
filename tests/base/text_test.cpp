// Rules of the small text helpers that messages and reports are made of.

#include "base/text.h"

#include <doctest/doctest.h>

namespace tpuscope {
namespace {

TEST_CASE("groups of three digits are separated by spaces") {
  CHECK(grouped(5216442) == "5 216 442");
  CHECK(grouped(999) == "999");
  CHECK(grouped(-1000) == "-1 000");
}

TEST_CASE("a close name is suggested") {
  CHECK(did_you_mean("bm1684", {"bm1684x", "sg2260"}).find("\"bm1684x\"") != std::string::npos);
}

TEST_CASE("no single name is suggested when none is close: all are listed") {
  const std::string hint = did_you_mean("zzzzzzzz", {"bm1684x", "sg2260"});
  CHECK(hint.find("bm1684x") != std::string::npos);
  CHECK(hint.find("sg2260") != std::string::npos);
}

TEST_CASE("two swapped neighbours are one edit, two that lie apart are two") {
  CHECK(edit_distance("sweep", "sewep") == 1);
  CHECK(edit_distance("profiel", "profile") == 1);
  CHECK(edit_distance("abc", "cba") == 2);
  CHECK(did_you_mean("ilst", {"list", "man"}) == "did you mean \"list\"?");
}

TEST_CASE("the edit distance counts inserted, deleted and replaced characters") {
  CHECK(edit_distance("swin_t", "swin_t") == 0);
  CHECK(edit_distance("swin_t", "swin") == 2);
  CHECK(edit_distance("swim_t", "swin_t") == 1);
}

TEST_CASE("invalid UTF-8 is recognised and replaced") {
  CHECK(is_utf8("layer1\xe2\x80\xa6"));
  CHECK_FALSE(is_utf8("layer1\xff"));
  CHECK(is_utf8(sanitised_utf8("layer1\xff")));
  CHECK(sanitised_utf8("a\nb") == "a b");
}

}  // namespace
}  // namespace tpuscope
