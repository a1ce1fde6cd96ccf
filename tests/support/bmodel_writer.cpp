// The layout of flatbuffers and of the container, written from their descriptions.

#include "tests/support/bmodel_writer.h"

#include "base/check.h"

namespace tpuscope::test {
namespace {

void put(std::string& bytes, std::size_t at, std::uint64_t value, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i)
    bytes[at + i] = static_cast<char>(value >> (8 * i) & 0xFF);
}

std::size_t append(std::string& bytes, std::uint64_t value, std::size_t count) {
  const std::size_t at = bytes.size();
  bytes.resize(at + count);
  put(bytes, at, value, count);
  return at;
}

void pad(std::string& bytes, std::size_t to) {
  bytes.resize((bytes.size() + to - 1) / to * to);
}

std::size_t width_of(const FlatField& field) {
  if (std::holds_alternative<std::uint64_t>(field)) return 8;
  if (std::holds_alternative<std::pair<std::uint64_t, std::uint64_t>>(field)) return 16;
  return 4;
}

std::size_t write_table(std::string& bytes, const FlatNode& node);

/// What is elsewhere; its place is put into the field's.
void write_far(std::string& bytes, std::size_t place, const FlatField& field) {
  const auto refer = [&](std::size_t to) { put(bytes, place, to - place, 4); };
  if (const auto* text = std::get_if<std::string>(&field)) {
    pad(bytes, 4);
    refer(append(bytes, text->size(), 4));
    bytes += *text;
    bytes += '\0';
  } else if (const auto* numbers = std::get_if<std::vector<std::uint64_t>>(&field)) {
    pad(bytes, 4);
    refer(append(bytes, numbers->size(), 4));
    for (const std::uint64_t number : *numbers)
      append(bytes, number, 8);
  } else if (const auto* nodes = std::get_if<std::vector<FlatNode>>(&field)) {
    pad(bytes, 4);
    if (nodes->size() == 1 && nodes->front().is_single) {
      const std::size_t at = write_table(bytes, nodes->front());
      refer(at);
      return;
    }
    refer(append(bytes, nodes->size(), 4));
    const std::size_t list = bytes.size();
    bytes.resize(list + 4 * nodes->size());
    for (std::size_t i = 0; i < nodes->size(); ++i) {
      const std::size_t at = write_table(bytes, (*nodes)[i]);
      put(bytes, list + 4 * i, at - (list + 4 * i), 4);
    }
  }
}

std::size_t write_table(std::string& bytes, const FlatNode& node) {
  pad(bytes, 8);
  const unsigned slots = node.fields.empty() ? 0 : node.fields.rbegin()->first + 1;
  const std::size_t vtable = bytes.size();
  bytes.resize(vtable + 4 + 2 * std::size_t{slots});
  pad(bytes, 8);
  const std::size_t table = append(bytes, bytes.size() - vtable, 4);
  std::map<unsigned, std::size_t> places;
  for (const auto& [slot, field] : node.fields) {
    if (width_of(field) > 4) pad(bytes, 8);
    places[slot] = bytes.size();
    put(bytes, vtable + 4 + 2 * std::size_t{slot}, bytes.size() - table, 2);
    bytes.resize(bytes.size() + width_of(field));
  }
  put(bytes, vtable, 4 + 2 * std::uint64_t{slots}, 2);
  put(bytes, vtable + 2, bytes.size() - table, 2);
  for (const auto& [slot, field] : node.fields) {
    const std::size_t place = places[slot];
    if (const auto* number = std::get_if<std::uint32_t>(&field)) {
      put(bytes, place, *number, 4);
    } else if (const auto* large = std::get_if<std::uint64_t>(&field)) {
      put(bytes, place, *large, 8);
    } else if (const auto* extent = std::get_if<std::pair<std::uint64_t, std::uint64_t>>(&field)) {
      put(bytes, place, extent->first, 8);
      put(bytes, place + 8, extent->second, 8);
    } else {
      write_far(bytes, place, field);
    }
  }
  return table;
}

FlatNode tensor_node(const std::string& name, const std::vector<std::uint64_t>& shape,
                     std::uint64_t address) {
  return {{{0, name},
           {1, std::uint32_t{3}},
           {3, address},
           {5, std::vector<FlatNode>{{.fields = {{0, shape}}}}}}};
}

}  // namespace

std::string flat_bytes(const FlatNode& root) {
  std::string bytes(8, '\0');
  put(bytes, 0, write_table(bytes, root), 4);
  return bytes;
}

std::string command_bytes(InstructionSet set, std::string_view form,
                          const std::vector<std::pair<std::string, std::uint64_t>>& fields) {
  for (const CommandForm& candidate : CommandForms::of(set).all()) {
    if (candidate.name != form) continue;
    std::string bytes(candidate.bytes, '\0');
    for (const auto& [name, value] : fields) {
      const CommandField field = candidate.field(name);
      TPU_CHECK(field.width > 0, "{} has no field {}", form, name);
      for (std::uint32_t i = 0; i < field.width; ++i) {
        const std::uint32_t bit = field.first_bit + i;
        if ((value >> i & 1) == 0) continue;
        bytes[bit / 8] =
            static_cast<char>(static_cast<unsigned char>(bytes[bit / 8]) | 1U << (bit % 8));
      }
    }
    return bytes;
  }
  TPU_CHECK(false, "there is no form {}", form);
}

FlatNode BmodelFile::stage_node(std::string& binary) const {
  const auto stream = [&](const std::vector<std::string>& commands) {
    const std::size_t start = binary.size();
    for (const std::string& command : commands)
      binary += command;
    pad(binary, 128);
    return FlatField{std::pair<std::uint64_t, std::uint64_t>(start, binary.size() - start)};
  };
  std::vector<FlatNode> groups;
  for (const CoreStreams& core : cores) {
    groups.push_back({{{0, static_cast<std::uint32_t>(core.bdc.size())},
                       {1, static_cast<std::uint32_t>(core.gdma.size())},
                       {2, stream(core.bdc)},
                       {3, stream(core.gdma)}}});
  }
  FlatNode subnet{{{0, mode}, {5, std::uint32_t{is_dynamic}}}};
  if (groups.size() == 1) {
    subnet.fields[1] = groups;
  } else {
    std::vector<FlatNode> by_core;
    for (const FlatNode& group : groups)
      by_core.push_back({{{0, std::vector<FlatNode>{group}}}});
    subnet.fields[14] = by_core;
  }
  std::vector<FlatNode> subnets{subnet};
  if (!host_layers.empty()) {
    std::vector<FlatNode> layers;
    for (const std::uint32_t type : host_layers)
      layers.push_back({{{0, type}}});
    subnets.push_back({{{0, std::uint32_t{1}},
                        {2, layers},
                        {4, std::vector<FlatNode>{tensor_node("boxes", output, output_address)}}}});
  }
  const FlatNode weights{
      {{0, std::uint64_t{0x100000000}},
       {2, std::pair<std::uint64_t, std::uint64_t>(std::uint64_t{0}, weight_bytes)}},
      true};
  FlatNode stage{
      {{0, std::vector<FlatNode>{tensor_node("in", input, input_address)}},
       {1, output.empty() ? std::vector<FlatNode>{}
                          : std::vector<FlatNode>{tensor_node("out", output, output_address)}},
       {4, std::vector<FlatNode>{weights}},
       {12, subnets}}};
  if (!locations.empty()) {
    stage.fields[19] = std::pair<std::uint64_t, std::uint64_t>(binary.size(), locations.size());
    binary += locations;
  }
  return stage;
}

std::string BmodelFile::bytes() const {
  std::string binary(weight_bytes, '\x55');
  std::vector<std::pair<std::string, std::vector<FlatNode>>> stages = {{net, {stage_node(binary)}}};
  for (const BmodelFile& next : more) {
    if (next.net != stages.back().first) stages.push_back({next.net, {}});
    stages.back().second.push_back(next.stage_node(binary));
  }
  std::vector<FlatNode> nets;
  for (const auto& [name, own] : stages)
    nets.push_back({{{0, name}, {3, own}}});
  const std::string tables =
      flat_bytes({{{0, std::string("bmodel")}, {1, std::string("2.2")}, {3, chip}, {4, nets}}});
  std::string file(64, '\0');
  put(file, 0, 0xFF55AAEE, 4);
  put(file, 4, 64, 4);
  put(file, 8, tables.size(), 4);
  put(file, 12, binary.size(), 8);
  return file + tables + binary;
}

}  // namespace tpuscope::test
