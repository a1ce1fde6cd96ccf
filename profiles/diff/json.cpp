// A diff as JSON: every figure that both runs have, and every row.

#include "base/writer.h"
#include "profiles/diff/diff_json.h"

namespace tpuscope {
namespace {

void write_figures(JsonWriter& json, std::string_view key, const std::vector<DiffFigure>& figures) {
  json.objects(key, figures, [&](const DiffFigure& figure) {
    json.member("name", figure.name);
    json.member("base", figure.base);
    json.member("now", figure.now);
  });
}

void write_diff_json(const Diff& diff, ByteSink& sink) {
  JsonWriter json(sink);
  json.object([&] {
    json.member("schema", 1);
    json.member("kind", "tpuscope.diff");
    json.member("base", diff.base->source);
    json.member("now", diff.now->source);
    write_differing_facts(json, "not_equal", diff);
    write_figures(json, "figures", diff.figures);
    write_figures(json, "waterfall_ps", diff.waterfall);
    write_diff_rows(json, "ops", diff);
  });
  json.finish("\n");
}

TPU_REGISTER(register_writer<Diff>({.name = "json",
                                    .summary = "every figure, for programs",
                                    .signature = "\"kind\":\"tpuscope.diff",
                                    .write = write_diff_json}));

}  // namespace
}  // namespace tpuscope
