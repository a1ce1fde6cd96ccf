// A language model's figures for the terminal.

#include "base/text.h"

#include <algorithm>

#include <fmt/core.h>

#include "base/figures.h"
#include "base/writer.h"
#include "profiles/llm/language_study.h"
#include "profiles/views/text/table.h"

namespace tpuscope {
namespace {

std::string seconds_text(Picoseconds time) {
  return time_text(time);
}

std::string per_second(Picoseconds time) {
  constexpr double kPicosecondsPerSecond = 1e12;
  if (time.value == 0) return "-";
  return fmt::format("{:.1f}", kPicosecondsPerSecond / static_cast<double>(time.value));
}

void write_headline(const LanguageProfile& profile, const Terminal& terminal, ByteSink& sink) {
  const LanguageOptions& options = profile.options;
  const LanguageFootprint& footprint = profile.footprint;
  std::string types = language_precision_name(options.types);
  if (options.types.bits < 16) types += fmt::format(", groups of {}", options.types.group);
  sink.write(painted(fmt::format("{} ({}) on {}, {} {}: {}, context {}, prompt {}, {} host",
                                 sanitised_utf8(profile.model.name), profile.model.architecture,
                                 sanitised_utf8(options.chip), profile.cores,
                                 profile.cores == 1 ? "core" : "cores", types, options.context,
                                 options.prefill, name_of(options.host)),
                     Tone::kHeadline, terminal) +
             "\n\n");
  sink.write(fmt::format("  first token    {}  ({} to {})\n", seconds_text(profile.prefill.time),
                         seconds_text(profile.prefill.low), seconds_text(profile.prefill.high)));
  sink.write(fmt::format("  tokens/s       {}  ({} to {}), {} each\n",
                         per_second(profile.decode.time), per_second(profile.decode.high),
                         per_second(profile.decode.low), seconds_text(profile.decode.time)));
  sink.write(
      fmt::format("  memory         {}: weights {}, cache {}; with activations {} and "
                  "runtime {} of {}\n",
                  bytes_text(footprint.model()), bytes_text(footprint.weights),
                  bytes_text(footprint.cache), bytes_text(footprint.activations),
                  bytes_text(footprint.runtime), bytes_text(footprint.capacity)));
  sink.write(
      fmt::format("  context        up to {} tokens fit\n", grouped(profile.largest_context)));
}

void write_causes(std::string_view title, const PhaseFigures& phase, const Terminal& terminal,
                  ByteSink& sink) {
  sink.write(fmt::format("\n{}\n", title));
  std::vector<std::int64_t> parts;
  for (const Picoseconds time : phase.causes)
    parts.push_back(time.value);
  const std::vector<std::string> shares = percent_texts(parts, phase.time.value);
  Table table({{.title = "", .is_name = true}, {.title = "time"}, {.title = "%"}});
  for (std::size_t i = 0; i < kLanguageCauses; ++i) {
    if (phase.causes[i].value == 0) continue;
    table.add({{std::string(title_of(static_cast<LanguageCause>(i)))},
               {time_text(phase.causes[i])},
               {shares[i]}});
  }
  sink.write(table.text(terminal));
}

void write_nets(std::string_view title, const PhaseFigures& phase, const Terminal& terminal,
                ByteSink& sink) {
  sink.write(fmt::format("\n{}\n", title));
  Table table({{.title = "net", .is_name = true},
               {.title = "count"},
               {.title = "time of one"},
               {.title = "total"},
               {.title = "%"},
               {.title = "read"},
               {.title = "BDC busy", .importance = 3},
               {.title = "GDMA busy", .importance = 3}});
  for (const NetFigures& net : phase.nets) {
    const auto busy = [&](Picoseconds time) {
      return percent_text(ratio(time.value, net.time.value)) + " %";
    };
    table.add({{net.name},
               {std::to_string(net.count)},
               {time_text(net.time)},
               {time_text(net.total())},
               {percent_text(ratio(net.total().value, phase.time.value))},
               {bytes_text(net.read_bytes)},
               {busy(net.bdc_busy)},
               {busy(net.gdma_busy)}});
  }
  sink.write(table.text(terminal));
}

void write_curve(const ContextCurve& curve, const Terminal& terminal, ByteSink& sink) {
  sink.write("\nBy context, each filled by its prompt\n");
  Table table({{.title = "context"},
               {.title = "tokens/s"},
               {.title = "first token"},
               {.title = "weights and cache"}});
  for (const ContextPoint& point : curve.points) {
    table.add(
        {{std::to_string(point.context)},
         {point.fits ? per_second(point.token) : "does not fit"},
         {point.fits ? time_text(point.first_token) + (point.is_extrapolated ? " ~" : "") : "-"},
         {bytes_text(point.footprint.model())}});
  }
  sink.write(table.text(terminal));
  sink.write(
      fmt::format("  ~ extrapolated from shorter prompts; a token reads more of the cache "
                  "than of weights from {} tokens on\n",
                  grouped(curve.cache_overtakes)));
}

void write_variants(const std::vector<LanguageVariant>& variants, const Terminal& terminal,
                    ByteSink& sink) {
  sink.write("\nOther ways to run it\n");
  Table table({{.title = "", .is_name = true},
               {.title = "tokens/s"},
               {.title = "first token"},
               {.title = "weights and cache"}});
  for (const LanguageVariant& variant : variants) {
    if (!variant.error.empty()) {
      table.add({{variant.name}, {"-"}, {"-"}, {"-"}});
      continue;
    }
    table.add({{variant.name + (variant.is_own ? " *" : "")},
               {per_second(variant.token)},
               {time_text(variant.first_token)},
               {bytes_text(variant.footprint)}});
  }
  sink.write(table.text(terminal));
  for (const LanguageVariant& variant : variants) {
    if (!variant.error.empty())
      sink.write(shown(fmt::format("  {}: {}", variant.name, variant.error), terminal) + "\n");
  }
}

void write_rows(const std::vector<RowsPoint>& rows, const Terminal& terminal, ByteSink& sink) {
  sink.write("\nTokens decoded together (several prompts, or guesses that are checked)\n");
  Table table({{.title = "tokens"}, {.title = "step"}, {.title = "tokens/s"}});
  for (const RowsPoint& point : rows) {
    table.add({{std::to_string(point.rows)},
               {time_text(point.step)},
               {per_second({point.step.value / point.rows})}});
  }
  sink.write(table.text(terminal));
}

void write_language_text(const LanguageStudy& study, const WriterView& view, ByteSink& sink) {
  const LanguageProfile& profile = study.profile;
  const Terminal& terminal = view.terminal;
  write_headline(profile, terminal, sink);
  write_causes("Where a token's time goes", profile.decode, terminal, sink);
  write_causes("Where the first token's time goes", profile.prefill, terminal, sink);
  write_nets("Nets of a token", profile.decode, terminal, sink);
  write_nets("Nets of the first token", profile.prefill, terminal, sink);
  if (study.curve) write_curve(*study.curve, terminal, sink);
  if (!study.variants.empty()) write_variants(study.variants, terminal, sink);
  if (!study.rows.empty()) write_rows(study.rows, terminal, sink);
  sink.write("\n");
  if (!study.advice.empty()) sink.write("  " + wrapped(study.advice, 2, 2, terminal));
  for (const std::string& note : profile.notes)
    sink.write("  " + wrapped("note: " + note, 2, 2, terminal));
}

TPU_REGISTER(register_writer<LanguageStudy>(
    {.name = "text", .summary = "tables for the terminal", .write = write_language_text}));

}  // namespace
}  // namespace tpuscope
