// Reading external data: ranges of files in the model's folder or below it, never elsewhere, since
// a model is untrusted input.

#include "graph/onnx/external_values.h"

#include <filesystem>
#include <fstream>

#include <fmt/core.h>

#include "base/number.h"
#include "base/text.h"
#include "graph/onnx/proto_tensor.h"

namespace tpuscope {
namespace {

/// Whether a path stays within the folder that it is relative to.
bool stays_within(const std::filesystem::path& path) {
  if (path.empty() || path.is_absolute()) return false;
  for (const std::filesystem::path& part : path) {
    if (part == "..") return false;
  }
  return true;
}

}  // namespace

struct ExternalValues::File {
  std::ifstream stream{};
  std::int64_t size = 0;
};

ExternalPlace external_place(const onnx::TensorProto& tensor) {
  ExternalPlace place;
  for (const onnx::StringStringEntryProto& entry : tensor.external_data()) {
    if (entry.key() == "location") place.location = entry.value();
    if (entry.key() == "offset") place.offset = number_in<std::int64_t>(entry.value()).value_or(0);
    if (entry.key() == "length") place.length = number_in<std::int64_t>(entry.value()).value_or(0);
  }
  return place;
}

ExternalValues::ExternalValues(std::optional<std::string> folder) : folder_(std::move(folder)) {}

const ExternalValues::File* ExternalValues::open(const std::string& location) {
  const auto [found, is_new] = files_.try_emplace(location);
  if (!is_new) return found->second.get();
  const std::filesystem::path path = std::filesystem::path(*folder_) / location;
  std::error_code problem;
  if (!std::filesystem::is_regular_file(path, problem)) return nullptr;
  auto file = std::make_shared<File>();
  file->stream.open(path, std::ios::binary);
  file->size = static_cast<std::int64_t>(std::filesystem::file_size(path, problem));
  if (problem || !file->stream) return nullptr;
  found->second = std::move(file);
  return found->second.get();
}

Result<std::optional<HostTensor>> ExternalValues::values(const onnx::TensorProto& tensor) {
  const ExternalPlace place = external_place(tensor);
  if (!folder_ || place.location.empty()) return std::optional<HostTensor>();
  const std::string file_name = in_quotes(printable_name(place.location));
  // Most weights are never needed: a file that cannot be read is an error only when its values are
  // used.
  const auto absent = [&](const std::string& reason) {
    if (problem_.empty()) problem_ = reason;
    return std::optional<HostTensor>();
  };
  if (!stays_within(place.location)) {
    return absent(
        fmt::format("move {} into the model's folder: nothing is read outside of it", file_name));
  }
  if (open(place.location) == nullptr) {
    return absent(fmt::format("put {} beside the model: it holds these values", file_name));
  }
  File& file = *files_.at(place.location);
  TPU_TRY(const std::int64_t needed, bytes_in_file(tensor));
  if (place.length.value_or(needed) != needed || place.offset < 0 || needed > file.size ||
      place.offset > file.size - needed) {
    return absent(
        fmt::format("{} belongs to another model or is incomplete: bytes {} to {} of {} "
                    "are named",
                    file_name, place.offset, place.offset + needed, file.size));
  }
  onnx::TensorProto inside;
  inside.set_name(tensor.name());
  inside.set_data_type(tensor.data_type());
  inside.mutable_dims()->CopyFrom(tensor.dims());
  inside.mutable_raw_data()->resize(static_cast<std::size_t>(needed));
  file.stream.clear();
  file.stream.seekg(place.offset);
  file.stream.read(inside.mutable_raw_data()->data(), needed);
  if (!file.stream) return absent(fmt::format("{} cannot be read", file_name));
  return values_of_proto(inside);
}

}  // namespace tpuscope
