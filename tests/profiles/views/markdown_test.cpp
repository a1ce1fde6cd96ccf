// Names in Markdown.

#include "profiles/views/text/markdown.h"

#include <doctest/doctest.h>

namespace tpuscope {
namespace {

TEST_CASE("marks of Markdown are escaped, underscores only where they would be marks") {
  CHECK(as_markdown("a|b") == "a\\|b");
  CHECK(as_markdown("<b>`x`[1]*") == "\\<b\\>\\`x\\`\\[1\\]\\*");
  CHECK(as_markdown("swin_t_op17") == "swin_t_op17");
  CHECK(as_markdown("__main__") == "\\_\\_main\\_\\_");
}

TEST_CASE("letters of other scripts stay, bytes that are none do not") {
  CHECK(as_markdown("é") == "é");
  CHECK(as_markdown("a\xff") != "a\xff");
}

}  // namespace
}  // namespace tpuscope
