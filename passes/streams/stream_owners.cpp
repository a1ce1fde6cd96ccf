// Joins tensors by name and slice: see stream_owners.h.

#include "passes/streams/stream_owners.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>

#include "base/number.h"
#include "sim/stream/ddr_ranges.h"

namespace tpuscope {
namespace {

using SliceBounds = std::vector<std::pair<std::int64_t, std::int64_t>>;

/// "[0:1, 0:64, 0:1, 16:32, 0:8]"; none where the text has no such form: "[...]".
SliceBounds bounds_in(std::string_view slice) {
  SliceBounds bounds;
  while (!slice.empty() && slice[0] != ']') {
    if (std::string_view("[, ").find(slice[0]) != std::string_view::npos) {
      slice.remove_prefix(1);
      continue;
    }
    const auto first = take_number<std::int64_t>(slice);
    if (!first || !slice.starts_with(':')) return {};
    slice.remove_prefix(1);
    const auto second = take_number<std::int64_t>(slice);
    if (!second) return {};
    bounds.emplace_back(*first, *second);
  }
  return bounds;
}

/// Slices of unlike form may be anything.
bool may_meet(const SliceBounds& a, const SliceBounds& b) {
  if (a.size() != b.size()) return true;
  for (std::size_t axis = 0; axis < a.size(); ++axis) {
    if (a[axis].first >= b[axis].second || b[axis].first >= a[axis].second) return false;
  }
  return true;
}

/// Bytes of each lane that a tensor takes from its address on; 0 where the compiler does not say.
std::uint64_t lane_bytes_of(const LocatedTensor& tensor, const LocalGeometry& geometry) {
  if (!tensor.address || tensor.held.size() < 2) return 0;
  double inside = static_cast<double>(size_of(tensor.type.dtype));
  for (std::size_t axis = 2; axis < tensor.held.size(); ++axis)
    inside *= static_cast<double>(tensor.held[axis]);
  const double unit = tensor.layout == "compact" ? 1 : geometry.vector_bytes;
  const double passes = std::ceil(static_cast<double>(tensor.held[1]) / geometry.lanes);
  const double bytes =
      static_cast<double>(tensor.held[0]) * passes * std::ceil(inside / unit) * unit;
  return static_cast<std::uint64_t>(std::min<double>(bytes, geometry.lane_bytes));
}

/// Of a member of a layer group; the kernels of others place what they use on their own. Nothing
/// where the place of some tensor is not known.
std::vector<LocalPlace> places_of(const LocatedOp& op, InstructionSet set) {
  std::vector<LocalPlace> places;
  if (!op.is_local || set == InstructionSet::kBm1684) return places;
  const LocalGeometry geometry = local_geometry(set);
  for (const auto* tensors : {&op.operands, &op.results}) {
    for (const LocatedTensor& tensor : *tensors) {
      const std::uint64_t bytes = lane_bytes_of(tensor, geometry);
      if (bytes == 0) return {};
      places.push_back({*tensor.address, *tensor.address + bytes});
    }
  }
  for (const LocatedBuffer& buffer : op.buffers) {
    const std::uint64_t bytes = std::min<std::uint64_t>(buffer.bytes, geometry.lane_bytes);
    places.push_back({buffer.address, buffer.address + bytes});
  }
  return places;
}

/// Tensors of the op in DDR; nothing where the place of some tensor is not known.
std::vector<DdrRange> ddr_places_of(const LocatedOp& op) {
  std::vector<DdrRange> places;
  for (const auto* tensors : {&op.operands, &op.results}) {
    for (const LocatedTensor& tensor : *tensors) {
      if (!tensor.address || *tensor.address > (std::uint64_t{1} << 50U)) return {};
      double bytes = static_cast<double>(size_of(tensor.type.dtype));
      for (const std::int64_t extent : tensor.type.shape)
        bytes *= static_cast<double>(extent);
      if (*tensor.address < kFirstOfDdr) continue;
      const auto whole = static_cast<std::uint64_t>(std::min(bytes, 1e15));
      places.push_back({*tensor.address, *tensor.address + whole});
    }
  }
  return places;
}

class OwnerTable {
 public:
  OwnerTable(const std::vector<LocatedOp>& located, const std::vector<IdsBefore>& subnets,
             const DecodedStream& stream)
      : located_(located), stream_(stream), has_commands_(located.size()) {
    for (std::uint32_t i = 0; i < located.size(); ++i) {
      const LocatedOp& op = located[i];
      if (op.subnet >= 0 && op.subnet < std::ssize(subnets)) {
        claim(i, subnets[static_cast<std::size_t>(op.subnet)]);
      }
      for (const LocatedTensor& result : op.results)
        makers_[result.name].push_back({i, bounds_in(result.slice)});
      family_[{op.subnet, op.core, op.line, ""}].push_back(i);
      for (const LocatedTensor& operand : op.operands)
        family_[{op.subnet, op.core, 0, op.opcode + " " + operand.name}].push_back(i);
    }
  }

  StreamOwners owners() {
    StreamOwners owners;
    for (const StreamCommand& command : stream_.commands) {
      const auto found = owner_.find({command.core, command.engine, command.id});
      owners.of.push_back(found == owner_.end() ? kNone : found->second);
    }
    for (std::uint32_t i = 0; i < located_.size(); ++i) {
      std::set<std::uint32_t> sources;
      if (has_commands_[i]) {
        add_makers(i, sources);
        add_family(i, sources);
      }
      owners.sources.emplace_back(sources.begin(), sources.end());
      owners.places.push_back(has_commands_[i] ? places_of(located_[i], stream_.set)
                                               : std::vector<LocalPlace>{});
      owners.ddr_places.push_back(ddr_places_of(located_[i]));
    }
    return owners;
  }

 private:
  struct Maker {
    std::uint32_t op = 0;
    SliceBounds slice{};
  };
  using FamilyKey = std::tuple<std::int64_t, std::uint8_t, std::int64_t, std::string>;

  void claim(std::uint32_t index, const IdsBefore& before) {
    const LocatedOp& op = located_[index];
    if (op.core >= before.size()) return;
    for (const Engine engine : {Engine::kBdc, Engine::kGdma}) {
      const auto own = static_cast<std::size_t>(engine);
      const std::uint32_t most = static_cast<std::uint32_t>(stream_.commands.size());
      for (std::uint32_t id = op.before[own]; id < std::min(op.after[own], most); ++id) {
        owner_[{op.core, engine, id + 1 + before[op.core][own]}] = index;
        has_commands_[index] = true;
      }
    }
  }

  /// What an op without commands passes on, its own sources made.
  void add_makers(std::uint32_t index, std::set<std::uint32_t>& sources) const {
    std::vector<std::uint32_t> open{index};
    while (!open.empty()) {
      const LocatedOp& op = located_[open.back()];
      open.pop_back();
      for (const LocatedTensor& operand : op.operands) {
        const auto found = makers_.find(operand.name);
        if (found == makers_.end()) continue;
        const SliceBounds wanted = bounds_in(operand.slice);
        for (const Maker& maker : found->second) {
          if (!may_meet(wanted, maker.slice) || !sources.insert(maker.op).second) continue;
          if (!has_commands_[maker.op]) open.push_back(maker.op);
        }
      }
    }
  }

  void add_family(std::uint32_t index, std::set<std::uint32_t>& sources) const {
    const LocatedOp& op = located_[index];
    const auto add = [&](const FamilyKey& key) {
      const std::vector<std::uint32_t>& members = family_.at(key);
      sources.insert(members.begin(), members.end());
    };
    add({op.subnet, op.core, op.line, ""});
    for (const LocatedTensor& operand : op.operands)
      add({op.subnet, op.core, 0, op.opcode + " " + operand.name});
  }

  const std::vector<LocatedOp>& located_;
  const DecodedStream& stream_;
  std::vector<bool> has_commands_;
  std::map<std::tuple<std::uint8_t, Engine, std::uint32_t>, std::uint32_t> owner_{};
  std::map<std::string, std::vector<Maker>> makers_{};  ///< by tensor; cores meet in DDR
  std::map<FamilyKey, std::vector<std::uint32_t>> family_{};
};

}  // namespace

StreamOwners owners_of(const std::vector<LocatedOp>& located, const std::vector<IdsBefore>& subnets,
                       const DecodedStream& stream) {
  return OwnerTable(located, subnets, stream).owners();
}

}  // namespace tpuscope
