// Line by line: a layer, its tensors, its commands. Commands count 1, 2, ... per core and engine.

#include "sim/stream/profile_text.h"

#include <algorithm>
#include <map>
#include <optional>

#include <fmt/core.h>

#include "base/number.h"
#include "base/text.h"
#include "base/units.h"
#include "sim/program/command.h"

namespace tpuscope {
namespace {

constexpr std::string_view kLocalLayer = "local_layer:";
constexpr std::string_view kGlobalLayer = "global_layer:";
constexpr std::size_t kMostCores = 256;
constexpr std::int64_t kMostLayerExtent = std::int64_t{1} << 40;
constexpr std::int64_t kMostSections = 4096;

/// The word behind "key=".
std::string_view word_of(std::string_view line, std::string_view key) {
  for (std::size_t at = line.find(key); at != std::string_view::npos; at = line.find(key, at + 1)) {
    const bool is_whole = at > 0 && line[at - 1] == ' ';
    const std::size_t begin = at + key.size();
    if (is_whole && begin < line.size() && line[begin] == '=') {
      return line.substr(begin + 1, line.find_first_of(" \r", begin) - begin - 1);
    }
  }
  return {};
}

std::int64_t number_of(std::string_view line, std::string_view key, std::int64_t fallback) {
  std::string_view digits = word_of(line, key);
  return take_number<std::int64_t>(digits).value_or(fallback);
}

/// "[1x24x64x64]".
Shape shape_of(std::string_view text) {
  Shape shape;
  for (; !text.empty() && shape.size() < 8;
       text.remove_prefix(std::min<std::size_t>(1, text.size()))) {
    const std::optional<std::int64_t> extent = take_number<std::int64_t>(text);
    if (extent) shape.push_back(std::clamp<std::int64_t>(*extent, 1, kMostLayerExtent));
  }
  return shape;
}

DType dtype_of_code(std::int64_t code) {
  constexpr DType kTypes[] = {DType::kF32, DType::kF16, DType::kI8,  DType::kU8,  DType::kI16,
                              DType::kU16, DType::kI32, DType::kU32, DType::kBF16};
  const bool is_known = code >= 0 && code < std::ssize(kTypes);
  return is_known ? kTypes[static_cast<std::size_t>(code)] : DType::kI8;
}

class ProfileReader {
 public:
  std::vector<LocatedOp> read(std::string_view text) {
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t end = std::min(text.find('\n', at), text.size());
      read_line(text.substr(at, end - at));
      at = end + 1;
    }
    close();
    return std::move(ops_);
  }

 private:
  void read_line(std::string_view line) {
    if (line.find(kLocalLayer) != std::string_view::npos) {
      open(line, true);
    } else if (line.find(kGlobalLayer) != std::string_view::npos) {
      open(line, false);
    } else if (line.find("end parallel.") != std::string_view::npos) {
      // Parts of a layer of the whole chip may follow in parallel blocks of their own.
      if (layer_ && layer_->is_local) close();
    } else if (line.find(" tensor_id=") != std::string_view::npos) {
      if (layer_) add_tensor(line);
    } else if (line.find(" cmd_id ") != std::string_view::npos) {
      add_command(line);
    }
  }

  void open(std::string_view line, bool is_local) {
    close();
    const std::int64_t number = number_of(line, "layer_id", -1);
    const std::string kind = sanitised_utf8(word_of(line, "layer_type"));
    if (number < 0 || kind.empty()) return;
    name_ = fmt::format("{} {}", kind, number);
    layer_ = LocatedOp{.line = number, .opcode = "tpu." + kind, .is_local = is_local};
    has_command_ = false;
  }

  void add_tensor(std::string_view line) {
    const std::int64_t number = number_of(line, "tensor_id", -1);
    LocatedTensor tensor;
    tensor.type.dtype = dtype_of_code(number_of(line, "dtype", 0));
    tensor.type.shape = shape_of(word_of(line, "shape"));
    if (number_of(line, "is_in", 0) != 0) {
      const auto maker = names_.find(number);
      tensor.name = maker == names_.end() ? fmt::format("tensor {}", number) : maker->second;
      layer_->operands.push_back(std::move(tensor));
      return;
    }
    tensor.name = name_;
    if (!layer_->results.empty()) tensor.name += fmt::format(".{}", layer_->results.size());
    names_.insert_or_assign(number, tensor.name);
    if (layer_->is_local) tensor.slice = slice_of(tensor.type.shape, line);
    layer_->results.push_back(std::move(tensor));
  }

  /// The file has extents of slices: the k-th time that a layer runs is its k-th slice.
  std::string slice_of(const Shape& shape, std::string_view line) {
    if (shape.size() != 4 || !layer_->results.empty()) return {};
    const auto sections = [&](std::size_t axis, std::string_view key) {
      const std::int64_t extent = number_of(line, key, shape[axis]);
      if (extent < 1 || extent >= shape[axis]) return std::int64_t{1};
      return std::min(ceil_div(shape[axis], extent), kMostSections);
    };
    const std::int64_t rows = sections(2, "hslice");
    const std::int64_t all = sections(0, "nslice") * rows;
    const std::int64_t slice = times_[layer_->line]++ % all;
    return fmt::format("[{}, 0, 0, {}, 0]", slice / rows, slice % rows);
  }

  void add_command(std::string_view line) {
    const bool is_gdma = line.find("gdma_func=") != std::string_view::npos;
    const std::int64_t core = number_of(line, "core", 0);
    if (core < 0 || core >= static_cast<std::int64_t>(kMostCores)) return;
    auto& counts = counts_[core];
    std::uint32_t& count = counts[static_cast<std::size_t>(is_gdma ? Engine::kGdma : Engine::kBdc)];
    if (layer_ && !has_command_) {
      layer_->core = static_cast<std::uint8_t>(core);
      layer_->before = counts;
      has_command_ = true;
    }
    ++count;
    if (layer_ && layer_->core == core) layer_->after = counts;
  }

  void close() {
    if (layer_ && has_command_) ops_.push_back(*std::move(layer_));
    layer_.reset();
  }

  std::vector<LocatedOp> ops_{};
  std::optional<LocatedOp> layer_{};
  std::string name_{};
  bool has_command_ = false;
  std::map<std::int64_t, std::string> names_{};                    ///< of tensors, by number
  std::map<std::int64_t, std::int64_t> times_{};                   ///< that a layer ran, by line
  std::map<std::int64_t, std::array<std::uint32_t, 2>> counts_{};  ///< of commands, by core
};

}  // namespace

std::vector<LocatedOp> read_profile_layers(std::string_view text) {
  return ProfileReader().read(text);
}

}  // namespace tpuscope
