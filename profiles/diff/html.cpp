// A diff as one static page without scripts or requests, readable in light and dark.

#include <fmt/core.h>

#include "graph/text.h"
#include "profiles/diff/diff.h"
#include "profiles/html_page.h"

namespace tpuscope {
namespace {

constexpr std::string_view kHead = R"(<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="generator" content="tpuscope diff">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>tpuscope diff</title>
<style>
:root { color-scheme: light dark; --better: #1b7a37; --worse: #b3261e; --line: #8884; }
@media (prefers-color-scheme: dark) { :root { --better: #6cc483; --worse: #ff8a80; } }
body { font: 15px/1.45 system-ui, sans-serif; max-width: 72rem; margin: 2rem auto; padding: 0 1rem; }
div { overflow-x: auto; }
table { border-collapse: collapse; margin: 1rem 0; }
caption { text-align: left; font-weight: 600; padding: .3rem 0; }
th, td { padding: .2rem .7rem; border-bottom: 1px solid var(--line); text-align: right; }
th:first-child, td:first-child, .text { text-align: left; }
.better { color: var(--better); } .worse { color: var(--worse); }
</style>
</head>
<body>
)";

/// Signs and words tell the direction too; colour is never alone.
std::string change_cell(std::int64_t base, std::int64_t now) {
  const std::string_view tone = now == base ? "" : now < base ? "better" : "worse";
  return fmt::format("<td class=\"{}\">{}</td>", tone, change_text(base, now));
}

void write_figures(const std::vector<DiffFigure>& figures, std::string_view caption,
                   std::string_view unit, ByteSink& sink) {
  if (figures.empty()) return;
  sink.write(
      fmt::format("<div><table><caption>{}</caption>\n<tr><th></th><th>base</th><th>now</th>"
                  "<th>change</th></tr>\n",
                  caption));
  for (const DiffFigure& figure : figures) {
    if (figure.base == 0 && figure.now == 0) continue;
    const std::string name = figure.name + std::string(unit);
    sink.write(fmt::format("<tr><td>{}</td><td>{}</td><td>{}</td>{}</tr>\n",
                           as_html(title_of(name)), amount_text(name, figure.base),
                           amount_text(name, figure.now), change_cell(figure.base, figure.now)));
  }
  sink.write("</table></div>\n");
}

void write_html(const Diff& diff, std::size_t, const Terminal&, ByteSink& sink) {
  sink.write(kHead);
  sink.write(fmt::format("<h1>{}</h1>\n<p>against {}</p>\n", as_html(diff.now->source),
                         as_html(diff.base->source)));
  if (!diff.differing_facts.empty()) {
    sink.write("<p>What differs:</p>\n<ul>\n");
    for (const DiffFact& fact : diff.differing_facts) {
      sink.write(fmt::format("<li>{}: {} and {}</li>\n", as_html(fact.name), as_html(fact.base),
                             as_html(fact.now)));
    }
    sink.write("</ul>\n");
  }
  write_figures(diff.figures, "Figures", "", sink);
  write_figures(diff.waterfall, "Where the time goes", "_ps", sink);
  sink.write(
      "<div><table><caption>Operators, largest change first</caption>\n"
      "<tr><th>op</th><th class=\"text\">type</th><th class=\"text\">match</th><th>base</th>"
      "<th>now</th><th>change</th></tr>\n");
  for (const DiffRow& row : diff.rows) {
    if (row.change().value == 0) continue;
    sink.write(
        fmt::format("<tr><td>{}</td><td class=\"text\">{}</td><td class=\"text\">{}</td>"
                    "<td>{}</td><td>{}</td>{}</tr>\n",
                    as_html(label_of(row)), as_html(row.first().type), name_of(row.match),
                    amount_text("_ps", row.base_time.value), amount_text("_ps", row.now_time.value),
                    change_cell(row.base_time.value, row.now_time.value)));
  }
  sink.write(
      fmt::format("</table></div>\n<p>Matched: {}.</p>\n</body>\n</html>\n", counts_of(diff)));
}

const bool registered = register_diff_writer({.name = "html",
                                              .summary = "one static page",
                                              .mark = "content=\"tpuscope diff\"",
                                              .write = write_html});

}  // namespace
}  // namespace tpuscope
