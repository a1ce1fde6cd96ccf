// Filters, groups and sorts rows. Sums are sums of the rows' fields, so that a grouped table adds
// up to the same blame as the plain one.

#include "profiles/report/op_table.h"

#include <algorithm>
#include <map>
#include <utility>

#include <fmt/core.h>

#include "base/figures.h"
#include "base/number.h"
#include "base/text.h"

namespace tpuscope {
namespace {

constexpr std::string_view kPrefix = "origin-prefix";

double fill(const OpRow& op) {
  return op.issued_ops == 0 ? 2 : ratio(op.useful_ops, op.issued_ops);
}

constexpr OpSort kSorts[] = {
    {"attributed", "attributed time, most first",
     [](const OpRow& a, const OpRow& b) { return a.blame() > b.blame(); }},
    {"bdc", "time on BDC, most first",
     [](const OpRow& a, const OpRow& b) { return a.bdc_busy > b.bdc_busy; }},
    {"gdma", "time on GDMA, most first",
     [](const OpRow& a, const OpRow& b) { return a.gdma_busy > b.gdma_busy; }},
    {"hidden", "transfer time overlapped with any compute, most first",
     [](const OpRow& a, const OpRow& b) { return a.hidden > b.hidden; }},
    {"moved", "bytes transferred, most first",
     [](const OpRow& a, const OpRow& b) { return a.transfer_bytes > b.transfer_bytes; }},
    {"useful", "useful share of issued operations, least first",
     [](const OpRow& a, const OpRow& b) { return fill(a) < fill(b); }},
    {"order", "order of the network",
     [](const OpRow& a, const OpRow& b) { return a.op.index < b.op.index; }},
    {"name", "name", [](const OpRow& a, const OpRow& b) { return a.name < b.name; }},
};

std::string prefix_of(const OpRow& op, std::size_t components) {
  const std::string& origin = op.origin.empty() ? op.name : op.origin.front();
  if (components == 0) {
    const std::size_t cut = origin.find_last_of("/.");
    return cut == std::string::npos || cut == 0 ? origin : origin.substr(0, cut);
  }
  std::size_t at = 0;
  for (std::size_t i = 0; i < components && at != std::string::npos; ++i)
    at = origin.find('/', at + 1);
  return origin.substr(0, at);
}

std::string key_of_op_table(const OpRow& op, const OpQuery& query) {
  switch (query.key) {
    case RowKey::kOp:
      return op.name;
    case RowKey::kType:
      return op.type;
    case RowKey::kGroup:
      return op.group == kNone ? "no group" : fmt::format("group {}", op.group);
    case RowKey::kOriginPrefix:
      return prefix_of(op, query.prefix_components);
  }
  unreachable();
}

void add(OpRow& sum, const OpRow& op) {
  for (std::size_t i = 0; i < kStepCount; ++i)
    sum.waterfall.steps[i] += op.waterfall.steps[i];
  sum.bdc_busy += op.bdc_busy;
  sum.gdma_busy += op.gdma_busy;
  sum.hidden += op.hidden;
  sum.transfer_bytes += op.transfer_bytes;
  sum.ddr_bytes += op.ddr_bytes;
  sum.useful_ops += op.useful_ops;
  sum.issued_ops += op.issued_ops;
  sum.commands += op.commands;
  sum.op = std::min(sum.op, op.op);
  sum.group = sum.group == op.group ? sum.group : kNone;
}

std::vector<OpTableRow> grouped_rows(const std::vector<const OpRow*>& ops, const OpQuery& query) {
  std::vector<OpTableRow> rows;
  std::map<std::string, std::size_t> places;
  for (const OpRow* op : ops) {
    if (query.key == RowKey::kOp) {
      rows.push_back({*op, 1});
      continue;
    }
    const auto [found, is_new] = places.try_emplace(key_of_op_table(*op, query), rows.size());
    if (is_new) {
      rows.push_back({*op, 1});
      OpRow& sum = rows.back().sum;
      sum.name = found->first;
      if (query.key != RowKey::kType) sum.type.clear();
      sum.origin.clear();
      sum.shape.clear();
      sum.made_by.clear();
    } else {
      add(rows[found->second].sum, *op);
      ++rows[found->second].ops;
    }
  }
  return rows;
}

bool matches(const OpRow& op, const Pattern& pattern) {
  return pattern.is_in(op.name) || pattern.is_in(op.type) ||
         std::any_of(op.origin.begin(), op.origin.end(),
                     [&](const std::string& origin) { return pattern.is_in(origin); });
}

Error usage_op_table(std::string message, std::string hint) {
  return {.code = ErrorCode::kUsage, .message = std::move(message), .hint = std::move(hint)};
}

Status read_group_by(std::string_view word, OpQuery& query) {
  constexpr std::pair<std::string_view, RowKey> kKeys[] = {{"op", RowKey::kOp},
                                                           {"type", RowKey::kType},
                                                           {"group", RowKey::kGroup},
                                                           {kPrefix, RowKey::kOriginPrefix}};
  std::vector<std::string> names;
  for (const auto& [name, key] : kKeys) {
    names.emplace_back(name);
    if (word == name) {
      query.key = key;
      return Ok{};
    }
  }
  // "origin-prefix:2" keeps two components.
  const std::size_t colon = word.find(':');
  if (colon != std::string_view::npos && word.substr(0, colon) == kPrefix) {
    const auto components = number_in<decltype(query.prefix_components)>(word.substr(colon + 1));
    query.key = RowKey::kOriginPrefix;
    if (components && *components > 0) {
      query.prefix_components = *components;
      return Ok{};
    }
    return usage_op_table(fmt::format("--group-by is {}", in_quotes(word)),
                          "write a number of at least 1 after the colon, as origin-prefix:2");
  }
  return usage_op_table(fmt::format("--group-by is {}", in_quotes(word)),
                        did_you_mean(std::string(word), names));
}

}  // namespace

std::vector<std::string> sort_names() {
  std::vector<std::string> names;
  for (const OpSort& sort : kSorts)
    names.emplace_back(sort.name);
  return names;
}

Result<OpQuery> parse_op_query(std::string_view group_by, std::string_view sort,
                               const std::string& filter, std::size_t top) {
  OpQuery query{.top = top};
  TPU_TRY_STATUS(read_group_by(group_by, query));
  // What it was called before everything called it attributed time.
  if (sort == "blame") sort = kSorts[0].name;
  for (const OpSort& candidate : kSorts) {
    if (candidate.name == sort) query.sort = &candidate;
  }
  if (query.sort == nullptr) {
    return usage_op_table(fmt::format("--sort is {}", in_quotes(sort)),
                          did_you_mean(std::string(sort), sort_names()));
  }
  TPU_TRY(query.filter, Pattern::parse("--filter", filter));
  return query;
}

OpTable select_ops(const Report& report, const OpQuery& query) {
  std::vector<const OpRow*> ops;
  for (const OpRow& op : report.ops) {
    if (matches(op, query.filter)) ops.push_back(&op);
  }
  OpTable table{.rows = grouped_rows(ops, query)};
  const OpSort& sort = query.sort == nullptr ? kSorts[0] : *query.sort;
  std::stable_sort(
      table.rows.begin(), table.rows.end(),
      [&](const OpTableRow& a, const OpTableRow& b) { return kSorts[0].before(a.sum, b.sum); });
  std::stable_sort(
      table.rows.begin(), table.rows.end(),
      [&](const OpTableRow& a, const OpTableRow& b) { return sort.before(a.sum, b.sum); });
  table.all_rows = table.rows.size();
  if (query.top > 0 && table.rows.size() > query.top) table.rows.resize(query.top);
  for (const OpTableRow& row : table.rows)
    table.shown += row.sum.blame();
  return table;
}

}  // namespace tpuscope
