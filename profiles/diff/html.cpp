// A diff as one HTML page that needs no network, bundled from profiles/pages/diff and the parts
// that it shares with the report.

#include <map>

#include "embedded/diff_page.h"
#include <fmt/core.h>

#include "base/figures.h"
#include "base/text.h"
#include "base/writer.h"
#include "profiles/diff/diff_json.h"
#include "profiles/report/waterfall.h"
#include "profiles/views/html/html_page.h"
#include "profiles/views/html/packed_columns.h"

namespace tpuscope {
namespace {

void write_run(JsonWriter& json, std::string_view key, const RunSummary& run) {
  json.object(key, [&] {
    json.member("source", sanitised_utf8(run.source));
    json.member("kind", run.is_measured ? "measured" : "simulated");
    json.object("facts", [&] {
      for (const auto& [name, value] : run.facts)
        json.member(name, sanitised_utf8(value));
    });
  });
}

std::string_view key_of_html(Sense sense) {
  constexpr std::string_view kKeys[] = {"less", "more", "neutral"};
  return kKeys[static_cast<std::size_t>(sense)];
}

void write_page_figures(JsonWriter& json, const Diff& diff) {
  json.objects("figures", diff.figures, [&](const DiffFigure& figure) {
    json.member("name", figure.name);
    json.member("title", title_of(figure.name));
    json.member("base", figure.base);
    json.member("now", figure.now);
    json.member("sense", key_of_html(sense_of(figure.name)));
  });
}

/// Every step in its order, because its place is its colour; 0 where a run does not have it.
void write_page_steps(JsonWriter& json, const Diff& diff) {
  json.array("steps", [&] {
    for (std::size_t i = 0; i < kStepCount; ++i) {
      const StepText& step = text_of(static_cast<Step>(i));
      DiffFigure times;
      for (const DiffFigure& figure : diff.waterfall) {
        if (figure.name == step.key) times = figure;
      }
      json.object([&] {
        json.member("key", step.key);
        json.member("title", step.title);
        json.member("meaning", step.meaning);
        json.member("base", times.base);
        json.member("now", times.now);
      });
    }
  });
}

/// Commands as columns: the queue of each (engine and core), times in nanoseconds, and the row of
/// the table that its operator is in.
void write_spans(JsonWriter& json, std::string_view key, const RunSummary& run,
                 const std::map<const RunOp*, std::int64_t>& rows) {
  std::vector<std::int64_t> queue;
  std::vector<std::int64_t> start;
  std::vector<std::int64_t> length;
  std::vector<std::int64_t> row;
  for (const RunSpan& span : run.spans) {
    queue.push_back(2 * span.core + (span.engine == Engine::kGdma ? 1 : 0));
    start.push_back(nanoseconds(span.start));
    length.push_back(nanoseconds(span.end) - nanoseconds(span.start));
    const auto found =
        span.op < 0 ? rows.end() : rows.find(&run.ops[static_cast<std::size_t>(span.op)]);
    row.push_back(found == rows.end() ? -1 : found->second);
  }
  json.object(key, [&] {
    json.member("queue", packed(queue));
    json.member("start", packed(start));
    json.member("length", packed(length));
    json.member("row", packed(row));
  });
}

void write_timelines(JsonWriter& json, const Diff& diff) {
  std::map<const RunOp*, std::int64_t> rows;
  for (std::size_t row = 0; row < diff.rows.size(); ++row) {
    for (const auto* ops : {&diff.rows[row].base, &diff.rows[row].now}) {
      for (const RunOp* op : *ops)
        rows[op] = static_cast<std::int64_t>(row);
    }
  }
  json.object("timelines", [&] {
    write_spans(json, "base", *diff.base, rows);
    write_spans(json, "now", *diff.now, rows);
  });
}

void write_page_diff(JsonWriter& json, const Diff& diff) {
  write_run(json, "base", *diff.base);
  write_run(json, "now", *diff.now);
  write_differing_facts(json, "differing", diff);
  write_page_figures(json, diff);
  json.member("has_waterfall", !diff.waterfall.empty());
  write_page_steps(json, diff);
  json.member("counts", counts_of(diff));
  write_diff_rows(json, "rows", diff);
  write_timelines(json, diff);
}

void write_diff_html(const Diff& diff, ByteSink& sink) {
  write_page(
      embedded::diff_page().at("diff_page.html"),
      fmt::format("{} against {}", diff.now->source, diff.base->source),
      [&](JsonWriter& json) { json.object([&] { write_page_diff(json, diff); }); }, sink);
}

TPU_REGISTER(register_writer<Diff>(
    {.name = "html",
     .summary = "page with both runs side by side, for browsers",
     .signature = "<meta name=\"generator\" content=\"tpuscope diff\">",
     .flag = {.name = "--html", .value = "FILE", .help = "write the comparison as one static page"},
     .write = write_diff_html}));

}  // namespace
}  // namespace tpuscope
