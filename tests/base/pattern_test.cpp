// Patterns of users: what they match, and what is said of those that are wrong.

#include "base/pattern.h"

#include <doctest/doctest.h>

namespace tpuscope {
namespace {

bool matches(const std::string& pattern, std::string_view text,
             Pattern::Case letters = Pattern::Case::kRespect) {
  const Result<Pattern> parsed = Pattern::parse("--filter", pattern, letters);
  REQUIRE(parsed.ok());
  return parsed->is_in(text);
}

/// What is said after the flag and the pattern.
std::string complaint(const std::string& pattern) {
  const Result<Pattern> parsed = Pattern::parse("--filter", pattern);
  REQUIRE_MESSAGE(!parsed.ok(), pattern);
  CHECK(parsed.error().code == ErrorCode::kUsage);
  const std::string head = "--filter is \"" + pattern + "\", no regular expression: ";
  REQUIRE(parsed.error().message.find(head) == 0);
  return parsed.error().message.substr(head.size());
}

TEST_CASE("a pattern matches any part of a text, and no pattern matches everything") {
  CHECK(matches("attn", "layers.0.attn.qkv"));
  CHECK_FALSE(matches("^attn", "layers.0.attn.qkv"));
  CHECK(matches(R"(layers\.\d+\.attn)", "layers.12.attn"));
  CHECK_FALSE(matches(R"(layers\.\d+\.attn)", "layers.x.attn"));
  CHECK(matches("", "anything"));
  CHECK(Pattern().is_in(""));
}

TEST_CASE("letters count as they are unless it is said that they do not") {
  CHECK_FALSE(matches("SWIN", "swin_t"));
  CHECK(matches("SWIN", "swin_t", Pattern::Case::kIgnore));
}

TEST_CASE("a pattern that backtracking takes for ever over, and one on a long name, just match") {
  CHECK_FALSE(matches("(a*)*(a*)*(a*)*b", std::string(100'000, 'a')));
  CHECK(matches("(a|b)*c", std::string(1'000'000, 'a') + "c"));
}

TEST_CASE("a wrong pattern is reported with what is wrong and where") {
  CHECK(complaint("ab(c") == "missing ) at character 3");
  CHECK(complaint("(a)b)c") == "unexpected ) at character 5");
  CHECK(complaint("a((b)") == "missing ) at character 2");
  CHECK(complaint("(a)(b") == "missing ) at character 4");
  CHECK(complaint("a)b(c)") == "unexpected ) at character 2");
  CHECK(complaint("ä[b") == "missing ]: [b at character 2");
  CHECK(complaint("a[z-a]") == "invalid character class range: z-a at character 3");
  CHECK(complaint("*a") == "no argument for repetition operator: * at character 1");
  CHECK(complaint("ab\\") == "trailing \\ at character 3");
  CHECK(complaint("x(?=y)") == "invalid perl operator: (?= at character 2");
  CHECK(complaint("x\xff") == "it is not UTF-8");
}

}  // namespace
}  // namespace tpuscope
