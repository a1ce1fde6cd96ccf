// A diff as one HTML page that needs no network, bundled from profiles/diff/page and the parts that
// it shares with the report.

#include "embedded/diff_page.h"
#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include "base/text.h"
#include "base/writer.h"
#include "profiles/diff/diff.h"
#include "profiles/report/waterfall.h"
#include "profiles/views/html/html_page.h"

namespace tpuscope {
namespace {

using Json = nlohmann::ordered_json;

Json run_json(const RunSummary& run) {
  Json facts = Json::object();
  for (const auto& [name, value] : run.facts)
    facts[name] = sanitised_utf8(value);
  return {{"source", sanitised_utf8(run.source)},
          {"kind", run.is_measured ? "measured" : "simulated"},
          {"facts", std::move(facts)}};
}

std::string_view key_of_html(Sense sense) {
  constexpr std::string_view kKeys[] = {"less", "more", "neutral"};
  return kKeys[static_cast<std::size_t>(sense)];
}

Json figures_diff_html_json(const Diff& diff) {
  Json figures = Json::array();
  for (const DiffFigure& figure : diff.figures) {
    figures.push_back({{"name", figure.name},
                       {"title", title_of(figure.name)},
                       {"base", figure.base},
                       {"now", figure.now},
                       {"sense", key_of_html(sense_of(figure.name))}});
  }
  return figures;
}

/// Every step in its order, because its place is its colour; 0 where a run does not have it.
Json steps_html_json(const Diff& diff) {
  Json steps = Json::array();
  for (std::size_t i = 0; i < kStepCount; ++i) {
    const StepText& step = text_of(static_cast<Step>(i));
    Json json = {{"key", step.key},
                 {"title", step.title},
                 {"meaning", step.meaning},
                 {"base", 0},
                 {"now", 0}};
    for (const DiffFigure& figure : diff.waterfall) {
      if (figure.name != step.key) continue;
      json["base"] = figure.base;
      json["now"] = figure.now;
    }
    steps.push_back(std::move(json));
  }
  return steps;
}

Json names_html_json(const std::vector<const RunOp*>& ops) {
  Json names = Json::array();
  for (const RunOp* op : ops)
    names.push_back(sanitised_utf8(op->name));
  return names;
}

Json page_diff_html_json(const Diff& diff) {
  Json differing = Json::array();
  for (const DiffFact& fact : diff.differing_facts) {
    differing.push_back({{"name", fact.name},
                         {"base", sanitised_utf8(fact.base)},
                         {"now", sanitised_utf8(fact.now)}});
  }
  Json rows = Json::array();
  for (const DiffRow& row : diff.rows) {
    rows.push_back({{"match", name_of(row.match)},
                    {"type", sanitised_utf8(row.first().type)},
                    {"base", names_html_json(row.base)},
                    {"now", names_html_json(row.now)},
                    {"base_ps", row.base_time.value},
                    {"now_ps", row.now_time.value}});
  }
  return {{"base", run_json(*diff.base)},
          {"now", run_json(*diff.now)},
          {"differing", std::move(differing)},
          {"figures", figures_diff_html_json(diff)},
          {"has_waterfall", !diff.waterfall.empty()},
          {"steps", steps_html_json(diff)},
          {"counts", counts_of(diff)},
          {"rows", std::move(rows)}};
}

void write_diff_html(const Diff& diff, ByteSink& sink) {
  write_page(
      embedded::diff_page().at("diff_page.html"),
      fmt::format("{} against {}", diff.now->source, diff.base->source),
      [&](ByteSink& data) { data.write(as_element_text(page_diff_html_json(diff).dump())); }, sink);
}

TPU_REGISTER(register_writer<Diff>(
    {.name = "html",
     .summary = "page with both runs side by side, for browsers",
     .signature = "<meta name=\"generator\" content=\"tpuscope diff\">",
     .flag = {.name = "--html", .value = "FILE", .help = "write the comparison as one static page"},
     .write = write_diff_html}));

}  // namespace
}  // namespace tpuscope
