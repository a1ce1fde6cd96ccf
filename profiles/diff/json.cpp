// A diff as JSON: every figure that both runs have, and every row.

#include <nlohmann/json.hpp>

#include "base/text.h"
#include "base/writer.h"
#include "profiles/diff/diff.h"

namespace tpuscope {
namespace {

using Json = nlohmann::ordered_json;

Json figures_json(const std::vector<DiffFigure>& figures) {
  Json json = Json::array();
  for (const DiffFigure& figure : figures)
    json.push_back({{"name", figure.name}, {"base", figure.base}, {"now", figure.now}});
  return json;
}

Json names_json(const std::vector<const RunOp*>& ops) {
  Json json = Json::array();
  for (const RunOp* op : ops)
    json.push_back(sanitised_utf8(op->name));
  return json;
}

void write_diff_json(const Diff& diff, ByteSink& sink) {
  Json facts = Json::array();
  for (const DiffFact& fact : diff.differing_facts) {
    facts.push_back({{"name", fact.name},
                     {"base", sanitised_utf8(fact.base)},
                     {"now", sanitised_utf8(fact.now)}});
  }
  Json rows = Json::array();
  for (const DiffRow& row : diff.rows) {
    rows.push_back({{"match", name_of(row.match)},
                    {"type", sanitised_utf8(row.first().type)},
                    {"base", names_json(row.base)},
                    {"now", names_json(row.now)},
                    {"base_ps", row.base_time.value},
                    {"now_ps", row.now_time.value}});
  }
  const Json json = {{"schema", 1},
                     {"kind", "tpuscope.diff"},
                     {"base", diff.base->source},
                     {"now", diff.now->source},
                     {"not_equal", std::move(facts)},
                     {"figures", figures_json(diff.figures)},
                     {"waterfall_ps", figures_json(diff.waterfall)},
                     {"ops", std::move(rows)}};
  sink.write(json.dump() + "\n");
}

TPU_REGISTER(register_writer<Diff>({.name = "json",
                                    .summary = "every figure, for programs",
                                    .signature = "\"kind\":\"tpuscope.diff",
                                    .write = write_diff_json}));

}  // namespace
}  // namespace tpuscope
