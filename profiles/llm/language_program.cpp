// Nets by phase, which programs, files and reports are made from.

#include "profiles/llm/language_program.h"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "base/json_writer.h"
#include "base/text.h"
#include "graph/programs/join_nets.h"

namespace tpuscope {
namespace {

constexpr std::array kPhases = {LanguagePhase::kToken, LanguagePhase::kPrompt};

// Spread of measured over predicted times, see docs/accuracy.md: four of five rows lie within.
constexpr double kTokenSpread = 1.08;
constexpr double kFirstTokenSpread = 1.2;
constexpr double kPythonSpread = 1.3;

void write_step(JsonWriter& json, const LanguageStep& step) {
  json.member("net", step.graph.name());
  if (step.count > 1) json.member("count", step.count);
  if (step.cache_bytes > 0) json.member("cache_bytes", step.cache_bytes);
  if (step.copied_bytes > 0) json.member("copied_bytes", step.copied_bytes);
}

}  // namespace

std::string_view name_of(LanguagePhase phase) {
  return phase == LanguagePhase::kToken ? "decode" : "prefill";
}

Result<std::vector<LanguageStep>> language_steps(const LanguageModel& model,
                                                 const LanguageOptions& options,
                                                 LanguagePhase phase) {
  const LanguageTypes& types = options.types;
  const bool is_token = phase == LanguagePhase::kToken;
  std::vector<LanguageStep> steps;
  if (!is_token && options.vision) steps.push_back({.graph = *options.vision});
  TPU_TRY(Graph embedding, embedding_net(model, types, is_token ? 1 : options.prefill));
  TPU_TRY(Graph block, block_net(model, types,
                                 is_token ? LanguageTokens{.now = 1, .past = options.context}
                                          : LanguageTokens{.now = options.prefill}));
  TPU_TRY(Graph head, head_net(model, types, 1));
  steps.push_back({.graph = std::move(embedding)});
  steps.push_back({.graph = std::move(block),
                   .count = model.layers,
                   .cache_bytes = options.context * cache_bytes(model),
                   .copied_bytes = is_token ? 0 : options.prefill * cache_bytes(model)});
  steps.push_back({.graph = std::move(head)});
  return steps;
}

Result<Graph> language_program(const LanguageModel& model, const LanguageOptions& options,
                               LanguagePhase phase) {
  TPU_TRY(const std::vector<LanguageStep> steps, language_steps(model, options, phase));
  std::vector<ProgramStep> program;
  for (const LanguageStep& step : steps) {
    program.push_back({.net = step.graph.name(),
                       .graph = &step.graph,
                       .count = step.count,
                       .host = std::string(name_of(options.host)),
                       .cache_bytes = step.cache_bytes,
                       .copied_bytes = step.copied_bytes});
  }
  return join_nets(model.name + " " + std::string(name_of(phase)), program);
}

BetweenNets between_nets(const LanguageModel& model, const LanguageOptions& options,
                         LanguagePhase phase, const Chip& chip) {
  const bool is_prompt = phase == LanguagePhase::kPrompt;
  const NetOverhead block = overhead_of(chip, options.host, options.context * cache_bytes(model));
  const NetOverhead other = overhead_of(chip, options.host, 0);
  const std::int64_t others = is_prompt && options.vision ? 3 : 2;  // embedding and head
  BetweenNets between{.launches = block.launch * model.layers + other.launch * others,
                      .host = block.host * model.layers + other.host * others};
  if (is_prompt) between.copies = copies_of(chip, model, options.prefill) * model.layers;
  return between;
}

double spread_of(const LanguageOptions& options, LanguagePhase phase) {
  const double spread = phase == LanguagePhase::kToken ? kTokenSpread : kFirstTokenSpread;
  return options.host == HostPreset::kPython ? std::max(spread, kPythonSpread) : spread;
}

Result<std::string> program_file(const LanguageModel& model, const LanguageOptions& options) {
  std::vector<std::vector<LanguageStep>> runs;
  for (const LanguagePhase phase : kPhases) {
    TPU_TRY(runs.emplace_back(), language_steps(model, options, phase));
  }
  StringSink sink;
  JsonWriter json(sink, 2);
  json.object([&] {
    json.member("kind", "tpuscope.program");
    json.member("schema", 1);
    json.member("name", sanitised_utf8(model.name));
    json.member("host", name_of(options.host));
    json.object("nets", [&] {
      std::set<std::string> known;
      for (const auto& steps : runs) {
        for (const LanguageStep& step : steps) {
          const std::string& name = step.graph.name();
          if (known.insert(name).second) json.member(name, name + ".tpu");
        }
      }
    });
    json.object("runs", [&] {
      for (std::size_t i = 0; i < kPhases.size(); ++i) {
        json.objects(name_of(kPhases[i]), runs[i],
                     [&](const LanguageStep& step) { write_step(json, step); });
      }
    });
  });
  json.finish("\n");
  return sink.text();
}

Result<Profile> profile_of(Graph graph, const LanguageProfile& profile) {
  Configuration configuration = configuration_of(profile.options);
  // A token is one of many: nothing but its nets is launched for it.
  configuration.overrides.emplace_back("overhead.launch_us", "0");
  const std::string name = graph.name();
  Compiler compiler(std::move(graph), name, 1);
  TPU_TRY(Run run, compiler.run(configuration));
  return make_profile(std::move(run), configuration, {.model = name, .source = profile.source});
}

}  // namespace tpuscope
