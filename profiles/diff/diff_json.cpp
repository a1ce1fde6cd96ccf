// Facts and rows as JSON.

#include "profiles/diff/diff_json.h"

#include "base/text.h"

namespace tpuscope {

void write_differing_facts(JsonWriter& json, std::string_view key, const Diff& diff) {
  json.objects(key, diff.differing_facts, [&](const DiffFact& fact) {
    json.member("name", fact.name);
    json.member("base", sanitised_utf8(fact.base));
    json.member("now", sanitised_utf8(fact.now));
  });
}

void write_diff_rows(JsonWriter& json, std::string_view key, const Diff& diff) {
  const auto name = [&](const RunOp* op) { json.value(sanitised_utf8(op->name)); };
  json.objects(key, diff.rows, [&](const DiffRow& row) {
    json.member("match", name_of(row.match));
    json.member("type", sanitised_utf8(row.first().type));
    json.list("base", row.base, name);
    json.list("now", row.now, name);
    json.member("base_ps", row.base_time);
    json.member("now_ps", row.now_time);
  });
}

}  // namespace tpuscope
