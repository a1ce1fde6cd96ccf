// Commands, the time charged to operators, and memory over time, packed for the HTML page. Most
// commands of a network differ only in when they run: what they are is kept once, in tables.

#include <array>
#include <map>

#include "base/figures.h"
#include "base/text.h"
#include "passes/lower/ddr_tensors.h"
#include "profiles/report/local_memory.h"
#include "profiles/views/html/html_data.h"
#include "profiles/views/html/packed_columns.h"

namespace tpuscope {
namespace {

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
  void write(JsonWriter& json, std::string_view key,
             const std::array<std::string_view, kWidth>& names) const {
    json.object(key, [&] {
      for (std::size_t i = 0; i < kWidth; ++i)
        json.member(names[i], packed(columns_[i]));
    });
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
template <typename Get>
void write_names(JsonWriter& json, std::string_view key, const std::vector<Command>& commands,
                 Get get) {
  std::map<std::int64_t, std::string_view> names;
  for (const Command& command : commands)
    names.try_emplace(static_cast<std::int64_t>(get(command)), name_of(get(command)));
  json.object(key, [&] {
    for (const auto& [value, name] : names)
      json.member(std::to_string(value), name);
  });
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
void write_layers(JsonWriter& json, const Profile& profile, const Integers& rows) {
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
  json.object("layers", [&] {
    json.member("op", packed(op));
    json.member("height", packed(kind));
    json.member("end_ns", packed(end));
  });
}

void write_columns(JsonWriter& json, const std::map<std::string, Integers>& columns) {
  for (const auto& [name, column] : columns)
    json.member(name, packed(column));
}

}  // namespace

void write_html_spans(JsonWriter& json, const Profile& profile) {
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
  json.object([&] {
    json.member("count", commands.size());
    json.member("launch_ns", nanoseconds(timeline.launch));
    json.member("makespan_ns", nanoseconds(timeline.makespan));
    write_names(json, "kinds", commands, [](const Command& c) { return c.kind; });
    write_names(json, "directions", commands, [](const Command& c) { return c.direction; });
    write_names(json, "dtypes", commands, [](const Command& c) { return c.dtype; });
    forms.write(json, "forms", kFormColumns);
    ranges.write(json, "ranges", {"address", "bytes"});
    write_columns(json, columns);
    write_layers(json, profile, rows);
  });
}

void write_html_memory(JsonWriter& json, const Profile& profile) {
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
  const std::vector<DdrTensor> tensors = ddr_tensors(profile.graph, program, timeline);
  const auto column = [&](std::string_view key, auto value) {
    Integers numbers;
    for (const DdrTensor& tensor : tensors)
      numbers.push_back(value(tensor));
    json.member(key, packed(numbers));
  };
  json.object([&] {
    json.object("local", [&] { write_columns(json, local); });
    json.object("ddr", [&] {
      json.list("roles",
                std::array{TensorRole::kWeight, TensorRole::kInput, TensorRole::kOutput,
                           TensorRole::kActivation},
                [&](TensorRole role) { json.value(name_of(role)); });
      json.list("name", tensors, [&](const DdrTensor& tensor) {
        json.value(sanitised_utf8(profile.graph[tensor.value].name));
      });
      column("role",
             [](const DdrTensor& tensor) { return static_cast<std::int64_t>(tensor.role); });
      column("bytes", [](const DdrTensor& tensor) { return tensor.bytes; });
      column("from_ns", [](const DdrTensor& tensor) { return nanoseconds(tensor.from); });
      column("length_ns", [](const DdrTensor& tensor) {
        return nanoseconds(tensor.until) - nanoseconds(tensor.from);
      });
    });
  });
}

}  // namespace tpuscope
