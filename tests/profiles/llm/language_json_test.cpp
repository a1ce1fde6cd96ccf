// The JSON of a language model and its program file against their published schemas, by a validator
// that is not ours.

#include <doctest/doctest.h>

#include "base/writer.h"
#include "profiles/llm/language_program.h"
#include "profiles/llm/language_study.h"
#include "tests/support/json_schema.h"

namespace tpuscope::test {
namespace {

LanguageModel tiny_model() {
  LanguageModel model{.name = "tiny \"one\"", .architecture = "llama"};
  model.layers = 2;
  model.hidden = 256;
  model.heads = 4;
  model.kv_heads = 2;
  model.head_width = 64;
  model.intermediate = 512;
  model.vocabulary = 1024;
  return model;
}

std::string language_json_of(const LanguageStudy& study) {
  StringSink sink;
  REQUIRE(writer_called<LanguageStudy>("json").write(study, {}, sink).ok());
  return sink.text();
}

TEST_CASE("what llm writes agrees with its schema, with everything that can be asked for") {
  LanguageStudy study;
  const LanguageModel model = tiny_model();
  const LanguageOptions options{.context = 128, .prefill = 64};
  study.profile = *profile_language(model, options);
  CHECK(schema_breach("language.schema.json", language_json_of(study)) == "");
  study.variants = {{.name = "a"}, {.name = "b", .error = "no"}};
  study.rows = {{1, {5}}, {2, {6}}};
  study.curve = ContextCurve{.points = {{.context = 512}}, .cache_overtakes = 7};
  const std::string all = language_json_of(study);
  CHECK(schema_breach("language.schema.json", all) == "");
  std::string broken = all;
  broken.replace(broken.find("\"token_ps\""), 10, "\"token_xx\"");
  CHECK(schema_breach("language.schema.json", broken) != "");
}

TEST_CASE("the program file of a model agrees with its schema") {
  const std::string file = *program_file(tiny_model(), {.context = 128, .prefill = 64});
  CHECK(schema_breach("program.schema.json", file) == "");
  CHECK(
      schema_breach("program.schema.json", R"({"kind": "tpuscope.program", "schema": 1, "nets": {},
    "runs": {}})") != "");
}

}  // namespace
}  // namespace tpuscope::test
