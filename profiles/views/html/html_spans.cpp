// Commands, the time charged to operators, and memory over time, packed for the HTML page. Most
// commands of a network differ only in when they run: what they are is kept once, in tables.

#include <array>
#include <map>

#include <nlohmann/json.hpp>

#include "base/figures.h"
#include "base/text.h"
#include "passes/lower/ddr_tensors.h"
#include "profiles/report/local_memory.h"
#include "profiles/views/html/html_data.h"
#include "profiles/views/html/packed_columns.h"

namespace tpuscope {
namespace {

using Json = nlohmann::ordered_json;
using Integers = std::vector<std::int64_t>;

/// Rows without repetition, in the order in which they first came.
template <std::size_t kWidth>
class RowTable {
 public:
  std::int64_t index_of(const std::array<std::int64_t, kWidth>& row) {
    const auto [entry, is_new] = known_.try_emplace(row, static_cast<std::int64_t>(known_.size()));
    if (is_new) {
      for (std::size_t i = 0; i < kWidth; ++i)
        columns_[i].push_back(row[i]);
    }
    return entry->second;
  }
  /// The columns under their names.
  Json json(const std::array<std::string_view, kWidth>& names) const {
    Json columns = Json::object();
    for (std::size_t i = 0; i < kWidth; ++i)
      columns[std::string(names[i])] = packed(columns_[i]);
    return columns;
  }

 private:
  std::map<std::array<std::int64_t, kWidth>, std::int64_t> known_;
  std::array<Integers, kWidth> columns_;
};

constexpr std::array<std::string_view, 17> kFormColumns = {
    "engine", "kind",    "direction", "dtype",    "bytes", "read", "write", "useful", "issued",
    "start",  "compute", "padding",   "conflict", "n",     "c",    "h",     "w"};

std::array<std::int64_t, kFormColumns.size()> form_of(const Command& command) {
  return {static_cast<std::int64_t>(command.engine),
          static_cast<std::int64_t>(command.kind),
          static_cast<std::int64_t>(command.direction),
          static_cast<std::int64_t>(command.dtype),
          command.bytes,
          command.ddr_read,
          command.ddr_write,
          command.useful_ops,
          command.issued_ops,
          command.cost.initial,
          command.cost.useful,
          command.cost.padding,
          command.cost.conflict,
          command.shape[0],
          command.shape[1],
          command.shape[2],
          command.shape[3]};
}

/// Names of an enumeration's values that occur, by value.
template <typename Enum, typename Get>
Json names_of(const std::vector<Command>& commands, Get get) {
  std::map<std::int64_t, std::string> names;
  for (const Command& command : commands) {
    const Enum value = get(command);
    names.try_emplace(static_cast<std::int64_t>(value), name_of(value));
  }
  Json json = Json::object();
  for (const auto& [value, name] : names)
    json[std::to_string(value)] = name;
  return json;
}

/// Rows of the operator table by index in the graph, -1 for ops without commands.
Integers rows_by_op(const Profile& profile) {
  Integers rows(profile.graph.size(), -1);
  for (std::size_t row = 0; row < profile.report.ops.size(); ++row)
    rows[profile.report.ops[row].op.index] = static_cast<std::int64_t>(row);
  return rows;
}

std::int64_t row_of_html_spans(const Integers& rows, std::uint32_t op) {
  return op == kNone ? -1 : rows[op];
}

/// Charges as the row of operators shows them: neighbours of one op and one height are one span.
Json layers_json(const Profile& profile, const Integers& rows) {
  const std::vector<Command>& commands = profile.simulation.program.commands;
  Integers op;
  Integers kind;
  Integers end;
  for (const Charge& charge : profile.charges) {
    // 0: nothing runs; 1: data moves; 2: BDC computes. Issue belongs to the command it starts.
    std::int64_t height = 0;
    std::int64_t row = -1;
    if (charge.command != kNone) {
      const Command& command = commands[charge.command];
      height = command.engine == Engine::kBdc ? 2 : 1;
      row = row_of_html_spans(rows, command.op);
    }
    if (!op.empty() && op.back() == row && kind.back() == height) {
      end.back() = nanoseconds(charge.end);
      continue;
    }
    op.push_back(row);
    kind.push_back(height);
    end.push_back(nanoseconds(charge.end));
  }
  return {{"op", packed(op)}, {"height", packed(kind)}, {"end_ns", packed(end)}};
}

}  // namespace

nlohmann::ordered_json html_spans(const Profile& profile) {
  const std::vector<Command>& commands = profile.simulation.program.commands;
  const Timeline& timeline = profile.simulation.timeline;
  const Integers rows = rows_by_op(profile);
  RowTable<kFormColumns.size()> forms;
  RowTable<2> ranges;
  const auto range = [&](const LocalRange& of) {
    return of.bytes == 0 ? -1 : ranges.index_of({of.address, of.bytes});
  };
  std::map<std::string, Integers> columns;
  std::map<std::pair<std::uint8_t, Engine>, std::int64_t> free;  // end of the engine's last command
  for (std::size_t i = 0; i < commands.size(); ++i) {
    const Command& command = commands[i];
    const std::int64_t begin = nanoseconds(timeline.start[i]);
    const std::int64_t end = nanoseconds(timeline.end[i]);
    std::int64_t& last = free[{command.core, command.engine}];
    columns["form"].push_back(forms.index_of(form_of(command)));
    columns["op"].push_back(row_of_html_spans(rows, command.op));
    columns["group"].push_back(command.group == kNone ? -1 : std::int64_t{command.group});
    columns["core"].push_back(command.core);
    columns["slice"].push_back(command.slice);
    columns["timestep"].push_back(command.timestep);
    columns["gap_ns"].push_back(begin - last);
    columns["length_ns"].push_back(end - begin);
    columns["waits_for"].push_back(command.wait_id);
    columns["result"].push_back(range(command.result));
    for (std::size_t o = 0; o < command.operands.size(); ++o) {
      columns["operand" + std::to_string(o)].push_back(
          o < command.operand_count ? range(command.operands[o]) : -1);
    }
    last = end;
  }
  Json json = {
      {"count", commands.size()},
      {"launch_ns", nanoseconds(timeline.launch)},
      {"makespan_ns", nanoseconds(timeline.makespan)},
      {"kinds", names_of<CommandKind>(commands, [](const Command& c) { return c.kind; })},
      {"directions", names_of<Direction>(commands, [](const Command& c) { return c.direction; })},
      {"dtypes", names_of<DType>(commands, [](const Command& c) { return c.dtype; })},
      {"forms", forms.json(kFormColumns)},
      {"ranges", ranges.json({"address", "bytes"})}};
  for (const auto& [name, column] : columns)
    json[name] = packed(column);
  json["layers"] = layers_json(profile, rows);
  return json;
}

nlohmann::ordered_json html_memory(const Profile& profile) {
  const Program& program = profile.simulation.program;
  const Timeline& timeline = profile.simulation.timeline;
  std::map<std::string, Integers> local;
  for (const LocalLifetime& lifetime : local_lifetimes(program, timeline)) {
    local["address"].push_back(lifetime.address);
    local["bytes"].push_back(lifetime.bytes);
    local["from_ns"].push_back(nanoseconds(lifetime.from));
    local["length_ns"].push_back(nanoseconds(lifetime.until) - nanoseconds(lifetime.from));
    local["writer"].push_back(lifetime.writer);
  }
  Json json = {{"local", Json::object()}, {"ddr", Json::object()}};
  for (const auto& [name, column] : local)
    json["local"][name] = packed(column);
  Json names = Json::array();
  Integers role;
  Integers bytes;
  Integers from;
  Integers length;
  for (const DdrTensor& tensor : ddr_tensors(profile.graph, program, timeline)) {
    names.push_back(sanitised_utf8(profile.graph[tensor.value].name));
    role.push_back(static_cast<std::int64_t>(tensor.role));
    bytes.push_back(tensor.bytes);
    from.push_back(nanoseconds(tensor.from));
    length.push_back(nanoseconds(tensor.until) - nanoseconds(tensor.from));
  }
  Json roles = Json::array();
  for (const TensorRole each :
       {TensorRole::kWeight, TensorRole::kInput, TensorRole::kOutput, TensorRole::kActivation})
    roles.push_back(name_of(each));
  json["ddr"] = {{"roles", std::move(roles)}, {"name", std::move(names)},
                 {"role", packed(role)},      {"bytes", packed(bytes)},
                 {"from_ns", packed(from)},   {"length_ns", packed(length)}};
  return json;
}

}  // namespace tpuscope
