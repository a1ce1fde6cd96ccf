// A language model's figures as Markdown, for documents and comments on changes.

#include "profiles/views/text/markdown.h"

#include <fmt/core.h>

#include "base/figures.h"
#include "base/text.h"
#include "base/writer.h"
#include "profiles/llm/language_study.h"

namespace tpuscope {
namespace {

std::string rate_text(Picoseconds time) {
  constexpr double kPicosecondsPerSecond = 1e12;
  return time.value == 0
             ? "-"
             : fmt::format("{:.1f}", kPicosecondsPerSecond / static_cast<double>(time.value));
}

void write_phase_markdown(std::string_view title, const PhaseFigures& phase, ByteSink& sink) {
  sink.write(fmt::format("\n#### {}\n\n| cause | time | % |\n|---|--:|--:|\n", title));
  std::vector<std::int64_t> parts;
  for (const Picoseconds time : phase.causes)
    parts.push_back(time.value);
  const std::vector<std::string> shares = percent_texts(parts, phase.time.value);
  for (std::size_t i = 0; i < kLanguageCauses; ++i) {
    if (phase.causes[i].value == 0) continue;
    sink.write(fmt::format("| {} | {} | {} |\n", title_of(static_cast<LanguageCause>(i)),
                           time_text(phase.causes[i]), shares[i]));
  }
  sink.write("\n| net | count | time of one | total | read |\n|---|--:|--:|--:|--:|\n");
  for (const NetFigures& net : phase.nets) {
    sink.write(fmt::format("| {} | {} | {} | {} | {} |\n", net.name, net.count, time_text(net.time),
                           time_text(net.total()), bytes_text(net.read_bytes)));
  }
}

void write_curve_markdown(const std::vector<ContextPoint>& points, ByteSink& sink) {
  sink.write(
      "\n#### By context\n\n| context | tokens/s | first token | weights and cache |\n"
      "|--:|--:|--:|--:|\n");
  for (const ContextPoint& point : points) {
    sink.write(fmt::format("| {} | {} | {} | {} |\n", point.context,
                           point.fits ? rate_text(point.token) : "does not fit",
                           point.fits ? time_text(point.first_token) : "-",
                           bytes_text(point.footprint.model())));
  }
}

void write_variants_markdown(const std::vector<LanguageVariant>& variants, ByteSink& sink) {
  sink.write(
      "\n#### Other ways to run it\n\n| | tokens/s | first token | weights and cache |\n"
      "|---|--:|--:|--:|\n");
  for (const LanguageVariant& variant : variants) {
    const bool runs = variant.error.empty();
    sink.write(fmt::format("| {} | {} | {} | {} |\n", as_markdown(variant.name),
                           runs ? rate_text(variant.token) : "-",
                           runs ? time_text(variant.first_token) : as_markdown(variant.error),
                           runs ? bytes_text(variant.footprint) : "-"));
  }
}

void write_more_markdown(const LanguageStudy& study, ByteSink& sink) {
  if (study.curve) write_curve_markdown(study.curve->points, sink);
  if (!study.variants.empty()) write_variants_markdown(study.variants, sink);
  if (study.rows.empty()) return;
  sink.write("\n#### Tokens decoded together\n\n| tokens | step | tokens/s |\n|--:|--:|--:|\n");
  for (const RowsPoint& point : study.rows) {
    sink.write(fmt::format("| {} | {} | {} |\n", point.rows, time_text(point.step),
                           rate_text({point.step.value / point.rows})));
  }
}

void write_language_markdown(const LanguageStudy& study, ByteSink& sink) {
  const LanguageProfile& profile = study.profile;
  const LanguageOptions& options = profile.options;
  sink.write(fmt::format("### {}, {} on {} (simulated): {} tokens/s, first token {}\n\n",
                         as_markdown(profile.model.name), language_precision_name(options.types),
                         as_markdown(options.chip), rate_text(profile.decode.time),
                         time_text(profile.prefill.time)));
  sink.write(fmt::format("Context {}, prompt {}, {} host; weights {}, cache {} of {}.\n",
                         options.context, options.prefill, name_of(options.host),
                         bytes_text(profile.footprint.weights), bytes_text(profile.footprint.cache),
                         bytes_text(profile.footprint.capacity)));
  write_phase_markdown("A token", profile.decode, sink);
  write_phase_markdown("The first token", profile.prefill, sink);
  write_more_markdown(study, sink);
  if (!study.advice.empty()) sink.write("\n" + study.advice + ".\n");
  for (const std::string& note : profile.notes)
    sink.write("\n" + as_markdown(note) + ".\n");
}

TPU_REGISTER(register_writer<LanguageStudy>({.name = "markdown",
                                             .summary = "tables for documents",
                                             .flag = {.name = "--markdown",
                                                      .help = "tables for documents"},
                                             .write = write_language_markdown}));

}  // namespace
}  // namespace tpuscope
