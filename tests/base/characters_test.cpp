// Characters and their columns: wide ones, marks that take none, and what is joined to one.

#include "base/characters.h"

#include <random>

#include <doctest/doctest.h>

#include "base/terminal.h"
#include "base/text.h"

namespace tpuscope {
namespace {

constexpr std::string_view kFamily = "👩‍👩‍👧";
constexpr std::string_view kFlag = "🇨🇭";
constexpr std::string_view kAccented = "e\u0301";  // e and a combining acute accent

TEST_CASE("a terminal gives two columns to CJK and emoji, one to letters, none to marks") {
  CHECK(width_of("layer1.conv2") == 12);
  CHECK(width_of("größe") == 5);
  CHECK(width_of("卷积层") == 6);
  CHECK(width_of("ﾊﾝｶｸ") == 4);  // half-width katakana
  CHECK(width_of(kAccented) == 1);
  CHECK(width_of("😀") == 2);
  CHECK(width_of("█▏…→±") == 5);
  CHECK(width_of("") == 0);
}

TEST_CASE("what is joined is one character, as wide as one") {
  CHECK(characters_of(kFamily).size() == 1);
  CHECK(width_of(kFamily) == 2);
  CHECK(characters_of(kFlag).size() == 1);
  CHECK(width_of(kFlag) == 2);
  CHECK(characters_of("🇨🇭🇩🇪").size() == 2);
  CHECK(characters_of("ab").size() == 2);
}

TEST_CASE("colours take no columns, wide text between them does") {
  const Terminal terminal{.colour = true};
  CHECK(width_of(painted("卷", Tone::kBetter, terminal)) == 2);
  CHECK(width_of(painted("ab", Tone::kBetter, terminal)) == 2);
}

TEST_CASE("bytes that are not UTF-8 are one column each") {
  CHECK(width_of("a\xff\xfe") == 3);
  CHECK(width_of("\xe5\x8d") == 2);  // the first two bytes of three
}

TEST_CASE("a name is cut between characters, to as many columns as there are") {
  CHECK(elide_middle("卷积神经网络", 7) ==
        "卷…络");  // three columns on each side, not half a character
  CHECK(elide_middle("卷积", 4) == "卷积");
  CHECK(elide_middle("卷积", 3) == "…");  // one column on each side
  CHECK(elide_middle(std::string(kFamily) + "abcdef", 5) == std::string(kFamily) + "…ef");
}

TEST_CASE("whatever a name holds, cut it fits and each part is a part of it") {
  std::mt19937 random(5);
  const std::string pieces[] = {
      "a", "/", "卷", std::string(kAccented), "😀", std::string(kFlag), std::string(kFamily), "ü"};
  for (int round = 0; round < 2000; ++round) {
    std::string name;
    for (std::size_t n = random() % 20; n > 0; --n)
      name += pieces[random() % std::size(pieces)];
    const std::size_t width = random() % 30;
    const std::string cut = elide_middle(name, width);
    CHECK(width_of(cut) <= width);
    const std::size_t at = cut.find("…");
    if (at == std::string::npos) {
      CHECK((cut == name || width == 0));
      continue;
    }
    CHECK(name.starts_with(cut.substr(0, at)));
    CHECK(name.ends_with(cut.substr(at + std::string_view("…").size())));
    // As much as fits: less than two columns are lost on each side.
    CHECK(width_of(cut) + 2 >= width);
  }
}

TEST_CASE("without UTF-8 a wide name is cut to its width as well") {
  const Terminal ascii{.unicode = false};
  CHECK(fitted("卷积神经网络", 4, ascii) == "??~?");
  CHECK(width_of(fitted(std::string(kAccented) + "bcdef", 4, ascii)) == 4);
}

}  // namespace
}  // namespace tpuscope
