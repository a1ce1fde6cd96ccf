// A diff as JSON: every figure that both runs have, and every row.

#include "base/text.h"
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

void write_sums(JsonWriter& json, std::string_view key, const std::vector<CommandSums>& rows) {
  json.objects(key, rows, [&](const CommandSums& row) {
    json.member("name", sanitised_utf8(row.name));
    json.member("commands", row.commands);
    json.member("base_ps", row.base);
    json.member("now_ps", row.now);
  });
}

/// Lengths of commands that both runs have, each and summed.
void write_commands(JsonWriter& json, const CommandDiff& commands) {
  json.object("commands", [&] {
    json.member("joined", commands.pairs.size());
    json.member("only_base", commands.only_base);
    json.member("only_now", commands.only_now);
    write_sums(json, "classes", commands.kinds);
    write_sums(json, "groups", commands.groups);
    write_sums(json, "ops", commands.ops);
    json.objects("pairs", commands.pairs, [&](const CommandPair& pair) {
      json.member("core", pair.base->core);
      json.member("engine", name_of(pair.base->engine));
      json.member("id", pair.base->id);
      json.member("class", pair.base->kind);
      const std::string& op = pair.now->op.empty() ? pair.base->op : pair.now->op;
      json.member("op", sanitised_utf8(op));
      json.member("base_ps", pair.base->length);
      json.member("now_ps", pair.now->length);
    });
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
    json.list("failures", diff.failures,
              [&](const std::string& failure) { json.value(sanitised_utf8(failure)); });
    write_figures(json, "figures", diff.figures);
    write_figures(json, "waterfall_ps", diff.waterfall);
    write_diff_rows(json, "ops", diff);
    if (diff.commands) write_commands(json, *diff.commands);
  });
  json.finish("\n");
}

TPU_REGISTER(register_writer<Diff>({.name = "json",
                                    .summary = "every figure, for programs",
                                    .signature = "\"kind\":\"tpuscope.diff",
                                    .write = write_diff_json}));

}  // namespace
}  // namespace tpuscope
