// Lenient in what is not needed: fields that are missing are empty, unknown ones are passed over.

#include "sim/stream/locations.h"

#include <algorithm>
#include <optional>

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include "base/number.h"
#include "base/text.h"

namespace tpuscope {
namespace {

constexpr std::uint64_t kMostCommandId = 0xFFFFFFFFU;
constexpr std::int64_t kMostExtent = std::int64_t{1} << 40;

std::string text_of(const nlohmann::json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string()
             ? sanitised_utf8(found->get_ref<const std::string&>())
             : std::string{};
}

std::int64_t whole_of(const nlohmann::json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_number_integer() ? found->get<std::int64_t>() : 0;
}

std::optional<std::uint64_t> unsigned_of(const nlohmann::json& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end() || !found->is_number_unsigned()) return std::nullopt;
  return found->get<std::uint64_t>();
}

/// "<1x3x224x224xsi8>": all parts but the last.
Shape extents_of_memory(std::string_view memory_type) {
  Shape extents;
  if (!memory_type.empty()) memory_type.remove_prefix(1);
  while (extents.size() < kMaxRank) {
    const auto extent = take_number<std::int64_t>(memory_type);
    if (!extent || *extent < 1 || *extent > kMostExtent) break;
    extents.push_back(*extent);
    if (!memory_type.empty()) memory_type.remove_prefix(1);
  }
  return extents;
}

/// "<1x3x224x224xsi8>": the last part is the type.
DType dtype_of_memory(const std::string& memory_type) {
  const std::size_t at = memory_type.rfind('x');
  std::string word = memory_type.substr(at == std::string::npos ? 0 : at + 1);
  if (!word.empty() && word.back() == '>') word.pop_back();
  if (word.starts_with("si")) word.erase(0, 1);
  if (word.starts_with("ui")) word = "u" + word.substr(2);
  return dtype_from_name(word).value_or(DType::kI8);
}

std::optional<LocatedTensor> tensor_in(const nlohmann::json& object) {
  if (!object.is_object() || !object.contains("name")) return std::nullopt;
  LocatedTensor tensor{.name = text_of(object, "name"), .slice = text_of(object, "slice")};
  const std::string memory_type = text_of(object, "memory_type");
  tensor.type.dtype = dtype_of_memory(memory_type);
  tensor.held = extents_of_memory(memory_type);
  tensor.address = unsigned_of(object, "address");
  tensor.layout = text_of(object, "layout");
  const auto shape = object.find("shape");
  if (shape == object.end() || !shape->is_array()) return tensor;
  for (const nlohmann::json& extent : *shape) {
    if (!extent.is_number_integer() || tensor.type.shape.size() == 8) return std::nullopt;
    tensor.type.shape.push_back(
        std::clamp<std::int64_t>(extent.get<std::int64_t>(), 1, kMostExtent));
  }
  return tensor;
}

std::vector<LocatedTensor> tensors_in(const nlohmann::json& object, const char* key) {
  std::vector<LocatedTensor> tensors;
  const auto list = object.find(key);
  if (list == object.end() || !list->is_array()) return tensors;
  for (const nlohmann::json& entry : *list) {
    if (auto tensor = tensor_in(entry)) tensors.push_back(std::move(*tensor));
  }
  return tensors;
}

std::vector<LocatedBuffer> buffers_in(const nlohmann::json& object) {
  std::vector<LocatedBuffer> buffers;
  const auto list = object.find("buffers");
  if (list == object.end() || !list->is_array()) return buffers;
  for (const nlohmann::json& entry : *list) {
    if (!entry.is_object()) continue;
    const auto address = unsigned_of(entry, "address");
    const auto bytes = unsigned_of(entry, "size");
    if (address && bytes) buffers.push_back({*address, *bytes});
  }
  return buffers;
}

std::optional<std::array<std::uint32_t, 2>> ids_in(const nlohmann::json& object, const char* key) {
  const auto list = object.find(key);
  if (list == object.end() || !list->is_array() || list->size() != 2) return std::nullopt;
  std::array<std::uint32_t, 2> ids{};
  for (std::size_t i = 0; i < ids.size(); ++i) {
    const nlohmann::json& id = (*list)[i];
    if (!id.is_number_unsigned() || id.get<std::uint64_t>() > kMostCommandId) return std::nullopt;
    ids[i] = static_cast<std::uint32_t>(id.get<std::uint64_t>());
  }
  return ids;
}

/// Of the text that begins at a quotation mark: where its closing one is, or the end of all.
std::size_t end_of_text(std::string_view json, std::size_t begin) {
  std::size_t at = begin + 1;
  while (at < json.size() && json[at] != '"')
    at += json[at] == '\\' ? std::size_t{2} : std::size_t{1};
  return at;
}

}  // namespace

Result<std::vector<LocatedOp>> read_locations(std::string_view json, const std::string& where) {
  std::string text(json.substr(0, json.find_last_not_of(std::string_view("\0 \t\r\n", 5)) + 1));
  if (text.ends_with(",]")) text.replace(text.size() - 2, 2, "]");
  const nlohmann::json list = nlohmann::json::parse(text, nullptr, false);
  if (list.is_discarded() || !list.is_array()) {
    return Error{.message = "the locations of ops are no list in JSON", .where = where};
  }
  std::vector<LocatedOp> ops;
  for (const nlohmann::json& entry : list) {
    LocatedOp op;
    const auto before = entry.is_object() ? ids_in(entry, "tiu_dma_id(before)") : std::nullopt;
    const auto after = entry.is_object() ? ids_in(entry, "tiu_dma_id(after)") : std::nullopt;
    if (!before || !after) {
      return Error{.message = fmt::format("op {} has no ids of commands", ops.size() + 1),
                   .where = where};
    }
    op.before = *before;
    op.after = *after;
    op.line = whole_of(entry, "file-line");
    op.subnet = whole_of(entry, "subnet_id");
    op.core =
        static_cast<std::uint8_t>(std::clamp<std::int64_t>(whole_of(entry, "core_id"), 0, 255));
    op.opcode = text_of(entry, "opcode");
    const auto local = entry.find("is_local");
    op.is_local = local != entry.end() && local->is_boolean() && local->get<bool>();
    op.operands = tensors_in(entry, "operands");
    op.results = tensors_in(entry, "results");
    op.buffers = buffers_in(entry);
    ops.push_back(std::move(op));
  }
  return ops;
}

std::optional<std::string> whole_entries(std::string_view json) {
  std::size_t depth = 0;
  std::size_t whole = 0;  // after the last entry
  for (std::size_t i = 0; i < json.size(); ++i) {
    const char letter = json[i];
    if (letter == '"') i = end_of_text(json, i);
    if (letter == '{' || letter == '[') ++depth;
    if ((letter != '}' && letter != ']') || depth == 0) continue;
    --depth;
    if (depth == 1) whole = i + 1;
    if (depth == 0) return std::nullopt;
  }
  if (whole == 0) return std::nullopt;
  return std::string(json.substr(0, whole)) + "]";
}

}  // namespace tpuscope
