// Language models as programs: their nets beside the vendor's compiles, and what must add up.

#include "profiles/llm/language_profile.h"

#include <cmath>
#include <map>

#include <doctest/doctest.h>

#include "base/csv.h"
#include "base/input_file.h"
#include "profiles/llm/language_study.h"
#include "tests/support/estimate_chip.h"
#include "tests/support/places.h"

namespace tpuscope::test {
namespace {

LanguageModel small_model() {
  LanguageModel model;
  model.name = "small";
  model.layers = 4;
  model.hidden = 512;
  model.heads = 8;
  model.kv_heads = 2;
  model.head_width = 64;
  model.intermediate = 1024;
  model.vocabulary = 4096;
  return model;
}

Picoseconds sum_of(const CauseTimes& causes) {
  Picoseconds sum{};
  for (const Picoseconds time : causes)
    sum += time;
  return sum;
}

TEST_CASE("causes add up to each net's time and to the phase's") {
  for (const HostPreset host : {HostPreset::kCpp, HostPreset::kPython}) {
    LanguageOptions options;
    options.host = host;
    const Result<LanguageProfile> profile = profile_language(small_model(), options);
    REQUIRE(profile.ok());
    for (const PhaseFigures* phase : {&profile->decode, &profile->prefill}) {
      CHECK(sum_of(phase->causes) == phase->time);
      CHECK(phase->low < phase->time);
      CHECK(phase->time < phase->high);
      for (const NetFigures& net : phase->nets)
        CHECK(sum_of(net.causes) == net.time);
    }
    CHECK((profile->decode.causes[static_cast<std::size_t>(LanguageCause::kHost)].value > 0) ==
          (host == HostPreset::kPython));
  }
}

TEST_CASE("a token and a prompt take what their parts take") {
  const LanguageOptions options;
  const LanguageProfile profile = *profile_language(small_model(), options);
  CHECK(*token_time(small_model(), options) == profile.decode.time);
  CHECK(*first_token_time(small_model(), options) == profile.prefill.time);
}

TEST_CASE("memory is weights, scales, zero points and the cache of the context") {
  LanguageModel model = small_model();
  LanguageOptions options;
  const Chip chip = *load_chip("bm1684x");
  const LanguageFootprint footprint = footprint_of(model, options, chip);
  // Half a byte and 3/64 of scale and zero point per weight; two norms of 512 half-precision
  // numbers.
  const std::int64_t linear = 512 * 64 * (2 * 8 + 2 * 2) + 3 * 512 * 1024;
  CHECK(model.linear_weights() == linear);
  const std::int64_t block = linear / 2 + linear / 64 * 3 + 2 * 512 * 2;
  CHECK(footprint.weights == 4 * block + 2 * (4096 * 512 * 2));
  CHECK(footprint.cache == 4 * 512 * (2 * 2 * 64 * 2));
  model.has_tied_head = true;
  CHECK(footprint_of(model, options, chip).weights == 4 * block + 4096 * 512 * 2);
  options.types.head_bits = 4;  // a packed head cannot share the embedding
  CHECK(footprint_of(model, options, chip).weights > 4 * block + 4096 * 512 * 2);
}

TEST_CASE("a context that exceeds memory is refused with one that fits") {
  LanguageOptions options;
  LanguageModel model = small_model();
  model.layers = 64;
  options.context = 1 << 20;
  const Result<LanguageProfile> refused = profile_language(model, options);
  REQUIRE(!refused.ok());
  CHECK(refused.error().hint.find("fits") != std::string::npos);
  const Chip chip = *load_chip("bm1684x");
  options.context = largest_context(model, options, chip);
  CHECK(footprint_of(model, options, chip).total() <= chip.ddr_bytes());
  ++options.context;
  CHECK(footprint_of(model, options, chip).total() > chip.ddr_bytes());
}

TEST_CASE("what contradicts itself is refused") {
  LanguageOptions options;
  options.prefill = 1024;
  CHECK(!profile_language(small_model(), options).ok());
  options = {};
  options.types.group = 48;
  const Result<LanguageProfile> group = profile_language(small_model(), options);
  REQUIRE(!group.ok());
  CHECK(group.error().message.find("hidden_size") != std::string::npos);
  options = {};
  options.chip = "bm1684";
  CHECK(profile_language(small_model(), options).error().code == ErrorCode::kUnsupported);
}

TEST_CASE("a vocabulary that cannot be packed keeps its head in half precision") {
  LanguageModel model = small_model();
  model.vocabulary = 4097;
  LanguageOptions options;
  options.types.head_bits = 4;
  const LanguageProfile profile = *profile_language(model, options);
  CHECK(profile.decode.nets.back().read_bytes > 4097 * 512 * 2);
  const auto says = [](const std::string& note) { return note.find("4097") != std::string::npos; };
  CHECK(std::any_of(profile.notes.begin(), profile.notes.end(), says));
}

TEST_CASE(
    "fewer bits, longer groups and a packed head make tokens faster; a longer context slower") {
  const LanguageModel model = small_model();
  const auto token = [&](auto change) {
    LanguageOptions options;
    options.context = 1024;
    change(options);
    return *token_time(model, options);
  };
  const Picoseconds base = token([](LanguageOptions&) {});
  CHECK(token([](LanguageOptions& o) { o.types.bits = 8; }) > base);
  CHECK(token([](LanguageOptions& o) { o.types.group = 128; }) < base);
  CHECK(token([](LanguageOptions& o) { o.types.head_bits = 4; }) < base);
  CHECK(token([](LanguageOptions& o) { o.context = 4096; }) > base);
}

/// A table of tests/data/oracle.
struct NetTable {
  CsvTable table{};

  NetTable() {
    const std::string path = source_folder() + "/tests/data/oracle/language_nets.csv";
    table = *parse_csv(*read_input(path), path);
  }
  const std::string& text(std::size_t row, std::string_view column) const {
    return table.rows[row].at(table.column(column));
  }
  std::int64_t number(std::size_t row, std::string_view column) const {
    return std::stoll(text(row, column));
  }
};

LanguageModel model_of(const NetTable& nets, std::size_t row) {
  LanguageModel model;
  model.layers = 2;
  model.hidden = nets.number(row, "hidden");
  model.heads = nets.number(row, "heads");
  model.kv_heads = nets.number(row, "kv_heads");
  model.head_width = nets.number(row, "head_width");
  model.intermediate = nets.number(row, "intermediate");
  model.vocabulary = nets.number(row, "vocabulary");
  model.has_qk_norm = nets.number(row, "qk_norm") != 0;
  model.has_qkv_bias = nets.number(row, "qkv_bias") != 0;
  model.scales_residual = model.scales_logits = nets.number(row, "scaled") != 0;
  return model;
}

/// Each configuration is simulated once.
const NetFigures& net_of(const NetTable& nets, std::size_t row,
                         std::map<std::string, LanguageProfile>& known) {
  const std::string chip = nets.text(row, "chip");
  LanguageOptions options{.chip = chip, .overrides = testing::estimate_overrides(chip)};
  options.cores = nets.number(row, "cores");
  options.types.bits = nets.number(row, "bits");
  options.types.group = nets.number(row, "group");
  options.context = options.prefill = nets.number(row, "tokens");
  std::string name = nets.text(row, "net");
  options.types.head_bits = name == "headq" ? options.types.bits : 16;
  if (name == "lm_head") {
    // By the estimate a result of a column takes 12.5 cycles, 25 where lanes have an odd number.
    const std::int64_t rows = 7'077'888 / (2 * nets.number(row, "hidden"));
    options.overrides.emplace_back("command.store_run_cycles", rows / 64 % 2 == 0 ? "12.5" : "25");
  }
  if (name == "headq") name = "lm_head";
  std::string key;
  for (std::size_t i = 0; i < 13; ++i)
    key += nets.table.rows[row][i] + ",";
  key += nets.text(row, "tokens") + nets.text(row, "net");
  if (!known.contains(key)) {
    Result<LanguageProfile> profile = profile_language(model_of(nets, row), options);
    REQUIRE(profile.ok());
    known.emplace(key, *std::move(profile));
  }
  const LanguageProfile& profile = known.at(key);
  const bool is_prompt = name == "block" || name == "embedding";
  for (const NetFigures& net : (is_prompt ? profile.prefill : profile.decode).nets)
    if (net.name == name) return net;
  FAIL("no net ", name);
  return profile.decode.nets.front();
}

TEST_CASE("nine of ten nets take what the vendor's compiler says, in cycles and in bytes") {
  const NetTable nets;
  std::map<std::string, LanguageProfile> known;
  std::size_t inside = 0;
  for (std::size_t row = 0; row < nets.table.rows.size(); ++row) {
    const NetFigures& net = net_of(nets, row, known);
    const double megahertz = nets.text(row, "chip") == "bm1684x" ? 1000 : 900;
    const double cycles = static_cast<double>(net.time.value) * megahertz / 1e6;
    const double ratio = cycles / static_cast<double>(nets.number(row, "cycles"));
    const bool is_prompt = nets.text(row, "net") == "block";
    double bytes = 1;
    if (!nets.text(row, "read_bytes").empty()) {
      bytes =
          static_cast<double>(net.read_bytes) / static_cast<double>(nets.number(row, "read_bytes"));
    }
    const bool good =
        std::abs(ratio - 1) <= (is_prompt ? 0.07 : 0.03) && std::abs(bytes - 1) <= 0.005;
    inside += good ? 1 : 0;
    INFO("row ", row + 2, ", ", nets.text(row, "net"), " ", nets.text(row, "tokens"), " on ",
         nets.text(row, "chip"), ": cycles ", ratio, ", bytes ", bytes);
    WARN(good);
  }
  CHECK(inside * 10 >= nets.table.rows.size() * 9);
}

}  // namespace
}  // namespace tpuscope::test
