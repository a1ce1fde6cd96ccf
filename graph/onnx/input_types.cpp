// Settling open extents: values and shapes that the user gives first, then the batch, then what
// follows from symbols.

#include "graph/onnx/input_types.h"

#include <algorithm>
#include <set>

#include <fmt/core.h>

#include "base/text.h"
#include "graph/onnx/interface.h"
#include "graph/onnx/proto_tensor.h"
#include "graph/onnx/symbols.h"

namespace tpuscope {
namespace {

using Dimension = onnx::TensorShapeProto::Dimension;

/// What people usually give an extent whose name holds a word. The first that fits counts.
struct Usual {
  std::string_view word{};
  std::int64_t extent = 0;
};
constexpr Usual kUsual[] = {
    {"batch", 1},     {"height", 640}, {"width", 640},  {"image_size", 640},
    {"past", 128},    {"cache", 128},  {"seq", 128},    {"token", 128},
    {"length", 128},  {"frame", 1000}, {"time", 1000},  {"sample", 16000},
    {"audio", 16000}, {"channel", 3},  {"point", 1024}, {"num", 100},
};
constexpr Usual kUsualLetters[] = {{"n", 1}, {"b", 1},   {"h", 640}, {"w", 640},
                                   {"c", 3}, {"t", 128}, {"s", 128}, {"l", 128}};

std::optional<std::int64_t> usual_of(const std::string& symbol) {
  const std::string lower = lower_case(symbol);
  for (const Usual& usual : kUsualLetters) {
    if (lower == usual.word) return usual.extent;
  }
  for (const Usual& usual : kUsual) {
    if (lower.find(usual.word) != std::string::npos) return usual.extent;
  }
  return std::nullopt;
}

/// As usual_of, for names without meaning: by the position of the extent.
std::optional<std::int64_t> usual_at(const std::string& symbol, std::size_t rank, std::size_t axis,
                                     std::int32_t element) {
  if (const auto usual = usual_of(symbol)) return usual;
  if (axis == 0) return 1;
  if (rank == 4 && axis >= 2) return 640;
  const bool are_tokens =
      element == onnx::TensorProto::INT64 || element == onnx::TensorProto::INT32;
  if (rank <= 3 && axis == 1 && (are_tokens || rank == 3)) return 128;
  return std::nullopt;
}

bool is_fixed(const Dimension& dimension) {
  return dimension.has_dim_value() && dimension.dim_value() >= 0;
}

/// Whether an open first extent may be the number of images: its name says nothing else.
bool may_be_batch(const Dimension& dimension) {
  const std::string& text = dimension.dim_param();
  if (text.empty()) return true;
  const std::set<std::string> symbols = symbols_in(text);
  return symbols.size() == 1 && usual_of(text).value_or(1) == 1;
}

class InputSettler {
 public:
  InputSettler(const std::vector<const onnx::ValueInfoProto*>& inputs, const ImportOptions& options)
      : inputs_(inputs), options_(options) {}

  Result<InputTypes> run() {
    TPU_TRY_STATUS(check_names());
    for (const auto& [symbol, extent] : options_.dims)
      symbols_.set(symbol, extent);
    for (const onnx::ValueInfoProto* input : inputs_) {
      TPU_TRY_STATUS(with_location(take_given(*input), printable_name(input->name())));
    }
    TPU_TRY_STATUS(settle_batch());
    Errors errors;
    for (const onnx::ValueInfoProto* input : inputs_) {
      const Status status = with_location(settle(*input), printable_name(input->name()));
      if (!status.ok() && errors.size() < kMaxErrors) errors.push_back(status.error());
    }
    if (!errors.empty()) return errors;
    if (!open_.empty()) return open_error();
    return std::move(types_);
  }

 private:
  // --- what the user gave ---

  /// Symbols and inputs that the network does not have.
  Status check_names() const {
    if (options_.is_one_of_several) return Ok{};
    std::vector<std::string> names;
    std::set<std::string> symbols;
    for (const onnx::ValueInfoProto* input : inputs_) {
      names.push_back(printable_name(input->name()));
      for (const Dimension& dimension : dimensions(*input)) {
        if (is_fixed(dimension) || dimension.dim_param().empty()) continue;
        symbols.insert(printable_name(dimension.dim_param()));
        symbols.merge(symbols_in(dimension.dim_param()));
      }
    }
    for (const auto& [symbol, extent] : options_.dims) {
      if (symbols.contains(symbol)) continue;
      return unknown("no input has an extent " + in_quotes(symbol), symbol,
                     {symbols.begin(), symbols.end()}, "all extents of the inputs are fixed");
    }
    const auto check = [&](const auto& given) -> Status {
      for (const auto& [name, value] : given) {
        if (std::find(names.begin(), names.end(), name) != names.end()) continue;
        return unknown("there is no input " + in_quotes(name), name, names, "");
      }
      return Ok{};
    };
    TPU_TRY_STATUS(check(options_.shapes));
    return check(options_.values);
  }

  static Error unknown(std::string message, const std::string& name,
                       const std::vector<std::string>& known, std::string otherwise) {
    return {.code = ErrorCode::kUsage,
            .message = std::move(message),
            .hint = known.empty() ? std::move(otherwise) : did_you_mean(name, known)};
  }

  Status take_given(const onnx::ValueInfoProto& input) {
    TPU_TRY(const DType dtype, input_dtype(input));
    InputType result{.type = {dtype, {}}};
    if (const auto bound = options_.bound_inputs.find(input.name());
        bound != options_.bound_inputs.end()) {
      result.type.shape = bound->second.shape();
      if (!agrees(result.type, input.type())) {
        return Error{.message = fmt::format("the bound value has type {}, the input is {}",
                                            type_text(result.type), declared_text(input.type()))};
      }
      result.values = bound->second.values;
      result.is_constant = true;
    } else if (const auto values = options_.values.find(input.name());
               values != options_.values.end()) {
      TPU_TRY(result.type.shape, shape_of_values(input, values->second.size()));
      result.values = values->second;
      result.is_constant = true;
    } else if (const auto shape = options_.shapes.find(input.name());
               shape != options_.shapes.end()) {
      TPU_TRY_STATUS(check_shape(shape->second));
      result.type.shape = shape->second;
    } else {
      return Ok{};
    }
    TPU_TRY_STATUS(learn(input, result.type.shape));
    types_.emplace(input.name(), std::move(result));
    return Ok{};
  }

  /// The shape of an input with `count` values: at most one of its extents may be open.
  Result<Shape> shape_of_values(const onnx::ValueInfoProto& input, std::size_t count) const {
    Shape shape;
    std::optional<std::size_t> open;
    for (const Dimension& dimension : dimensions(input)) {
      if (!is_fixed(dimension)) open = shape.size();
      shape.push_back(is_fixed(dimension) ? dimension.dim_value() : 1);
    }
    const auto wanted = static_cast<std::int64_t>(count);
    TPU_TRY_STATUS(check_shape(shape));
    if (open && element_count(shape) > 0) shape[*open] = wanted / element_count(shape);
    if (!has_shape(input) && count != 1) shape = {wanted};
    if (element_count(shape) == wanted) return shape;
    return Error{.code = ErrorCode::kUsage,
                 .message = fmt::format("{} values are given, the input is {}", count,
                                        declared_text(input.type()))};
  }

  /// What a given shape says about symbols. One that the file fixes otherwise is followed: shape
  /// rules tell when it does not fit.
  Status learn(const onnx::ValueInfoProto& input, const Shape& shape) {
    if (!has_shape(input)) return Ok{};
    const auto declared = dimensions(input);
    if (static_cast<std::size_t>(declared.size()) != shape.size()) {
      return Error{
          .code = ErrorCode::kUsage,
          .message = fmt::format("the given shape {} has {} axes, the file has {}",
                                 list_text(shape), shape.size(), declared_text(input.type()))};
    }
    bool differs = false;
    for (std::size_t axis = 0; axis < shape.size(); ++axis) {
      const Dimension& dimension = declared[static_cast<int>(axis)];
      if (is_fixed(dimension)) {
        differs = differs || dimension.dim_value() != shape[axis];
      } else if (!dimension.dim_param().empty()) {
        TPU_TRY_STATUS(symbols_.settle(dimension.dim_param(), shape[axis]));
      }
    }
    if (differs) {
      notice(input, fmt::format("the file has {}, taken is {}", declared_text(input.type()),
                                list_text(shape)));
    }
    return Ok{};
  }

  // --- the batch ---

  Status settle_batch() {
    std::vector<std::string> taken;
    const std::int64_t batch = options_.batch.value_or(1);
    for (const onnx::ValueInfoProto* input : inputs_) {
      if (types_.contains(input->name()) || dimensions(*input).empty()) continue;
      const Dimension& first = dimensions(*input)[0];
      if (is_fixed(first)) continue;
      if (symbols_.value_of(first.dim_param()) || !may_be_batch(first)) continue;
      if (!first.dim_param().empty()) {
        const Status status = symbols_.settle(first.dim_param(), batch);
        if (!status.ok()) continue;  // stays open
      }
      batches_.insert(input->name());
      taken.push_back(first.dim_param().empty()
                          ? in_quotes(printable_name(input->name()))
                          : fmt::format("{} ({})", in_quotes(printable_name(input->name())),
                                        printable_name(first.dim_param())));
    }
    if (taken.empty() || options_.batch || !options_.on_notice) return Ok{};
    options_.on_notice({.message = "the open first axis of " + join(taken) + " is taken as 1",
                        .hint = "--batch N sets it"});
    return Ok{};
  }

  // --- the rest ---

  Status settle(const onnx::ValueInfoProto& input) {
    if (types_.contains(input.name())) return Ok{};
    TPU_TRY(const DType dtype, input_dtype(input));
    if (!has_shape(input)) {
      open_.push_back(&input);
      return Ok{};
    }
    InputType result{.type = {dtype, {}}};
    bool is_open = false;
    for (const Dimension& dimension : dimensions(input)) {
      const std::optional<std::int64_t> extent =
          extent_of(input, result.type.shape.size(), dimension);
      if (extent && *extent < 0) {
        return Error{.message = fmt::format("axis {} of the input has extent {}",
                                            result.type.shape.size(), *extent)};
      }
      is_open = is_open || !extent;
      result.type.shape.push_back(extent.value_or(1));
    }
    TPU_TRY_STATUS(check_shape(result.type.shape));
    if (is_open) open_.push_back(&input);
    types_.emplace(input.name(), std::move(result));
    return Ok{};
  }

  std::optional<std::int64_t> extent_of(const onnx::ValueInfoProto& input, std::size_t axis,
                                        const Dimension& dimension) const {
    if (axis == 0 && batches_.contains(input.name()) && dimension.dim_param().empty()) {
      return options_.batch.value_or(1);
    }
    if (is_fixed(dimension)) return dimension.dim_value();
    if (dimension.dim_param().empty()) return std::nullopt;
    return symbols_.value_of(dimension.dim_param());
  }

  Error open_error() const {
    std::vector<std::string> inputs;
    std::vector<std::string> flags;
    std::set<std::string> known;
    for (const onnx::ValueInfoProto* input : open_) {
      inputs.push_back(printable_name(input->name()) + " " + declared_text(input->type()));
      bool is_named = has_shape(*input);
      for (int axis = 0; axis < dimensions(*input).size(); ++axis) {
        const Dimension& dimension = dimensions(*input)[axis];
        const auto at = static_cast<std::size_t>(axis);
        if (extent_of(*input, at, dimension)) continue;
        is_named = is_named && !dimension.dim_param().empty();
        if (dimension.dim_param().empty()) continue;
        for (const std::string& symbol : symbols_.open_in(dimension.dim_param())) {
          if (known.insert(symbol).second) flags.push_back(dim_flag(*input, at, symbol));
        }
      }
      if (!is_named) flags.push_back(shape_flag(*input));
    }
    return {.message = fmt::format("{} open: {}",
                                   inputs.size() == 1
                                       ? "the extents of one input are"
                                       : fmt::format("the extents of {} inputs are", inputs.size()),
                                   join(inputs)),
            .hint = "settle them: " + join(flags, " ")};
  }

  static std::string dim_flag(const onnx::ValueInfoProto& input, std::size_t axis,
                              const std::string& symbol) {
    const auto usual = usual_at(symbol, static_cast<std::size_t>(dimensions(input).size()), axis,
                                input.type().tensor_type().elem_type());
    const std::string text = printable_name(symbol) + "=" + (usual ? std::to_string(*usual) : "N");
    return "--dim " + (text.find(' ') == std::string::npos ? text : in_quotes(text));
  }

  std::string shape_flag(const onnx::ValueInfoProto& input) const {
    std::string shape;
    for (int axis = 0; axis < dimensions(input).size(); ++axis) {
      const Dimension& dimension = dimensions(input)[axis];
      const auto at = static_cast<std::size_t>(axis);
      std::optional<std::int64_t> extent = extent_of(input, at, dimension);
      if (!extent) {
        extent = usual_at(dimension.dim_param(), static_cast<std::size_t>(dimensions(input).size()),
                          at, input.type().tensor_type().elem_type());
      }
      shape += (axis == 0 ? "" : "x") + (extent ? std::to_string(*extent) : "N");
    }
    if (!has_shape(input)) shape = "1x3x640x640";
    return fmt::format("--shape {}={}", printable_name(input.name()), shape);
  }

  // --- what the file has ---

  static bool has_shape(const onnx::ValueInfoProto& input) {
    return input.type().tensor_type().has_shape();
  }
  static const google::protobuf::RepeatedPtrField<Dimension>& dimensions(
      const onnx::ValueInfoProto& input) {
    return input.type().tensor_type().shape().dim();
  }

  void notice(const onnx::ValueInfoProto& input, std::string message) const {
    if (!options_.on_notice) return;
    options_.on_notice({.message = std::move(message), .where = printable_name(input.name())});
  }

  const std::vector<const onnx::ValueInfoProto*>& inputs_;
  const ImportOptions& options_;
  Symbols symbols_{};
  std::set<std::string_view> batches_{};  ///< inputs whose open first axis is the batch
  std::vector<const onnx::ValueInfoProto*> open_{};
  InputTypes types_{};
};

}  // namespace

Result<InputTypes> input_types(const std::vector<const onnx::ValueInfoProto*>& inputs,
                               const ImportOptions& options) {
  return InputSettler(inputs, options).run();
}

}  // namespace tpuscope
