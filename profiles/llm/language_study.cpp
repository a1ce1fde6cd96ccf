// Curves, tables and advice over the same two questions: a token, the first token.

#include "profiles/llm/language_study.h"

#include <algorithm>
#include <cmath>

#include <fmt/core.h>

#include "base/figures.h"
#include "base/parallel.h"
#include "base/text.h"

namespace tpuscope {
namespace {

constexpr std::int64_t kFirstContext = 512;
constexpr std::int64_t kLastContext = 32768;
/// Prompts beyond this are extrapolated: their commands grow with the square of the tokens.
constexpr std::int64_t kLongestPrompt = 2048;

Configuration chip_configuration(const LanguageOptions& options) {
  return {.chip = options.chip, .overrides = options.overrides, .cores = options.cores};
}

LanguageOptions at_context(LanguageOptions options, std::int64_t context) {
  options.context = context;
  options.prefill = context;
  return options;
}

/// The quadratic through three points that double: exact for work that grows with the tokens and
/// with their square.
Picoseconds extrapolated(const std::array<Picoseconds, 3>& times, std::int64_t base,
                         std::int64_t tokens) {
  const auto x = static_cast<double>(tokens) / static_cast<double>(base);
  const auto y = [&](std::size_t i) { return static_cast<double>(times[i].value); };
  // Lagrange at 1, 2 and 4.
  const double value =
      y(0) * (x - 2) * (x - 4) / 3 - y(1) * (x - 1) * (x - 4) / 2 + y(2) * (x - 1) * (x - 2) / 6;
  return {std::llround(value)};
}

void price(const LanguageModel& model, const LanguageOptions& options, LanguageVariant& variant) {
  const Result<Picoseconds> token = token_time(model, options);
  const Result<Picoseconds> first =
      token.ok() ? first_token_time(model, options) : Result<Picoseconds>(token.errors());
  if (!first.ok()) {
    variant.error = first.error().message;
    return;
  }
  variant.token = *token;
  variant.first_token = *first;
  const Result<Chip> chip = chip_of(chip_configuration(options));
  if (chip.ok()) variant.footprint = footprint_of(model, options, *chip).model();
}

struct Named {
  std::string name{};
  LanguageOptions options{};
};

bool are_same(const LanguageOptions& a, const LanguageOptions& b) {
  return a.chip == b.chip && a.cores == b.cores && a.types.half == b.types.half &&
         a.types.bits == b.types.bits && a.types.head_bits == b.types.head_bits &&
         (a.types.bits == 16 || a.types.group == b.types.group);
}

void add_types(const LanguageOptions& own, std::vector<Named>& all) {
  for (const std::int64_t bits : {4, 8, 16}) {
    for (const std::int64_t group : {32, 64, 128}) {
      if (bits == 16 && group != 64) continue;
      LanguageOptions other = own;
      other.types.bits = bits;
      other.types.group = bits == 16 ? own.types.group : group;
      std::string name = language_precision_name(other.types);
      if (bits < 16) name += fmt::format(", groups of {}", group);
      all.push_back({std::move(name), std::move(other)});
    }
  }
}

std::vector<Named> variants_of(const LanguageOptions& own) {
  std::vector<Named> all;
  add_types(own, all);
  for (const std::int64_t bits : {4, 8, 16}) {
    LanguageOptions other = own;
    other.types.head_bits = bits;
    const std::string name = bits == 16 ? std::string("half precision") : fmt::format("w{}", bits);
    all.push_back({"head in " + name, std::move(other)});
  }
  for (const std::string chip : {"bm1684x", "bm1688", "cv186x"}) {
    if (chip == own.chip) continue;
    LanguageOptions other = own;
    other.chip = chip;
    other.overrides.clear();
    other.cores.reset();
    all.push_back({chip, std::move(other)});
  }
  const Result<Chip> chip = load_chip(own.chip, own.overrides);
  for (std::int64_t cores = 1; chip.ok() && cores <= chip->array.cores; ++cores) {
    if (chip->array.cores == 1) break;
    LanguageOptions other = own;
    other.cores = cores;
    all.push_back({fmt::format("{} {}", cores, cores == 1 ? "core" : "cores"), std::move(other)});
  }
  return all;
}

}  // namespace

Result<ContextCurve> context_curve(const LanguageModel& model, const LanguageOptions& options) {
  TPU_TRY(const Chip chip, chip_of(chip_configuration(options)));
  ContextCurve curve;
  for (std::int64_t context = kFirstContext; context <= kLastContext; context *= 2)
    curve.points.push_back({.context = context});
  std::vector<Errors> failures(curve.points.size());
  for_each_index(curve.points.size(), 0, [&](std::size_t i) {
    ContextPoint& point = curve.points[i];
    const LanguageOptions own = at_context(options, point.context);
    point.footprint = footprint_of(model, own, chip);
    point.fits = point.footprint.total() <= point.footprint.capacity;
    if (!point.fits) return;
    const Result<Picoseconds> token = token_time(model, own);
    if (!token.ok()) {
      failures[i] = token.errors();
      return;
    }
    point.token = *token;
    if (point.context > kLongestPrompt) return;
    const Result<Picoseconds> first = first_token_time(model, own);
    if (first.ok()) {
      point.first_token = *first;
    } else {
      failures[i] = first.errors();
    }
  });
  for (const Errors& errors : failures)
    if (!errors.empty()) return errors;
  for (ContextPoint& point : curve.points) {
    if (point.context <= kLongestPrompt || !point.fits) continue;
    point.is_extrapolated = true;
    point.first_token = extrapolated(
        {curve.points[0].first_token, curve.points[1].first_token, curve.points[2].first_token},
        kFirstContext, point.context);
  }
  const std::int64_t read = model.layers * block_weight_bytes(model, options.types) +
                            head_weight_bytes(model, options.types);
  curve.cache_overtakes = read / (model.layers * cache_bytes(model));
  return curve;
}

std::vector<LanguageVariant> language_variants(const LanguageModel& model,
                                               const LanguageOptions& options) {
  const std::vector<Named> named = variants_of(options);
  std::vector<LanguageVariant> variants(named.size());
  for_each_index(named.size(), 0, [&](std::size_t i) {
    variants[i].name = named[i].name;
    variants[i].is_own = are_same(named[i].options, options);
    price(model, named[i].options, variants[i]);
  });
  return variants;
}

Result<std::vector<RowsPoint>> rows_per_step(const LanguageModel& model,
                                             const LanguageOptions& options) {
  std::vector<RowsPoint> points;
  for (std::int64_t rows = 1; rows <= 16; rows *= 2) {
    TPU_TRY(const Picoseconds step, token_time(model, options, rows));
    points.push_back({rows, step});
  }
  return points;
}

std::string most_helpful(const LanguageProfile& profile) {
  const LanguageOptions& own = profile.options;
  std::vector<Named> changes;
  if (own.types.head_bits > 4 && can_pack(profile.model.vocabulary)) {
    changes.push_back({"weights of 4 bits in the head", own});
    changes.back().options.types.head_bits = 4;
  }
  if (own.types.bits > 4) {
    changes.push_back({"weights of 4 bits in the blocks", own});
    changes.back().options.types.bits = 4;
  }
  if (own.types.bits < 16 && own.types.group < 128) {
    changes.push_back({"groups of 128", own});
    changes.back().options.types.group = 128;
  }
  if (own.host == HostPreset::kPython) {
    changes.push_back({"a host program in C++", own});
    changes.back().options.host = HostPreset::kCpp;
  }
  std::string best;
  Picoseconds least = profile.decode.time;
  for (const Named& change : changes) {
    const Result<Picoseconds> token = token_time(profile.model, change.options);
    if (!token.ok() || *token >= least) continue;
    least = *token;
    best = change.name;
  }
  if (best.empty()) return "";
  const double saved = ratio((profile.decode.time - least).value, profile.decode.time.value);
  return fmt::format("What would help a token most: {}, {} instead of {} ({:.0f} % less)", best,
                     time_text(least), time_text(profile.decode.time), 100 * saved);
}

}  // namespace tpuscope
