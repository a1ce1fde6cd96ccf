// Names of precisions, hosts and causes.

#include <array>

#include <fmt/core.h>

#include "base/text.h"
#include "profiles/llm/language_profile.h"

namespace tpuscope {
namespace {

std::vector<std::string> language_precision_names() {
  std::vector<std::string> names;
  for (const PackedPrecision& known : packed_precisions())
    names.emplace_back(known.name);
  for (const DType half : {DType::kF16, DType::kBF16})
    names.emplace_back(precision_name(half));
  return names;
}

struct CauseText {
  std::string_view key{};
  std::string_view title{};
};
constexpr std::array<CauseText, kLanguageCauses> kCauseTexts = {{
    {"weights", "waiting for weights, scales and zero points"},
    {"products", "products and dequantisation"},
    {"cache", "waiting for keys and values"},
    {"attention", "arithmetic of attention"},
    {"small", "norms, activations and sums"},
    {"head", "head"},
    {"embedding", "embedding"},
    {"vision", "vision tower"},
    {"copies", "copies into the cache"},
    {"launches", "launches of nets"},
    {"host", "host"},
}};

}  // namespace

std::string_view name_of(HostPreset host) {
  return host == HostPreset::kCpp ? "cpp" : "python";
}

Result<HostPreset> parse_host(std::string_view name) {
  for (const HostPreset host : {HostPreset::kCpp, HostPreset::kPython})
    if (name == name_of(host)) return host;
  return Error{.code = ErrorCode::kUsage,
               .message = fmt::format("unknown host {}", in_quotes(name)),
               .hint = did_you_mean(name, {"cpp", "python"})};
}

Result<LanguageTypes> parse_language_precision(std::string_view name) {
  const Result<TypeChoice> choice = parse_type_choice(name);
  if (choice.ok() && size_of(choice->precision) == 2)
    return LanguageTypes{.half = choice->precision, .bits = choice->weight_bits};
  return Error{.code = ErrorCode::kUsage,
               .message = fmt::format("unknown precision {} of a language model", in_quotes(name)),
               .hint = did_you_mean(name, language_precision_names())};
}

std::string language_precision_name(const LanguageTypes& types) {
  return type_choice_name({types.half, types.bits});
}

Result<std::int64_t> parse_head_precision(std::string_view name) {
  if (name == "w4") return 4;
  if (name == "w8") return 8;
  const Result<LanguageTypes> types = parse_language_precision(name);
  if (types.ok()) return types->bits;
  return Error{.code = ErrorCode::kUsage,
               .message = fmt::format("unknown precision {} of a head", in_quotes(name)),
               .hint = did_you_mean(name, {"f16", "bf16", "w4", "w8"})};
}

std::string_view key_of(LanguageCause cause) {
  return kCauseTexts[static_cast<std::size_t>(cause)].key;
}

std::string_view title_of(LanguageCause cause) {
  return kCauseTexts[static_cast<std::size_t>(cause)].title;
}

}  // namespace tpuscope
