// Host: work that the chip leaves to the host: selections whose number of results depends on data,
// classical machine learning. What it computes is not modelled; its results are of the types that
// whoever adds it states, since they follow from no rule that all such operators share.

#include <optional>

#include <fmt/core.h>

#include "base/number.h"
#include "base/text.h"
#include "graph/onnx/emission.h"
#include "graph/op_def.h"

namespace tpuscope {
namespace {

Result<Shape> shape_of(std::string_view text) {
  Shape shape;
  while (!text.empty()) {
    const std::string_view word = text.substr(0, text.find(','));
    const std::optional<std::int64_t> extent = number_in<std::int64_t>(word);
    if (!extent) return Error{.message = fmt::format("{} is no extent", in_quotes(word))};
    shape.push_back(*extent);
    text.remove_prefix(std::min(text.size(), word.size() + 1));
  }
  TPU_TRY_STATUS(check_shape(shape));
  return shape;
}

/// f32[1,3]
Result<TensorType> type_of(std::string_view text) {
  const std::size_t open = text.find('[');
  const std::optional<DType> dtype = dtype_from_name(text.substr(0, open));
  if (!dtype || open == std::string_view::npos || !text.ends_with(']')) {
    return Error{.message = fmt::format("{} is no type", in_quotes(text)),
                 .hint = "types are written as f32[1,3], with spaces between them"};
  }
  TPU_TRY(Shape shape, shape_of(text.substr(open + 1, text.size() - open - 2)));
  return TensorType{*dtype, std::move(shape)};
}

Result<std::vector<TensorType>> infer_host(const OpView& op) {
  std::vector<TensorType> types;
  std::string_view text = op.attrs().text("types");
  while (!text.empty()) {
    const std::string_view word = text.substr(0, text.find(' '));
    TPU_TRY(types.emplace_back(), type_of(word));
    text.remove_prefix(std::min(text.size(), word.size() + 1));
  }
  if (types.empty()) return Error{.message = "it states no types of results"};
  return types;
}

TPU_REGISTER(register_op(
    {.name = "Host",
     .summary = "work of the host, for which the chip stops",
     .operands = {1, kAnyNumber},
     .attributes = {{"operator", std::string(), "what the host does", true},
                    {"types", std::string(), "of the results: \"i64[100,3] f32[100]\"", true},
                    {"rows", 0, "the most results of a selection; 0: as many as stated"}},
     .infer = infer_host}));

/// The operator's own attributes are not kept.
Status emit_host(OnnxEmission& out) {
  return out.unsupported(out.attrs().text("operator"));
}

TPU_REGISTER(register_onnx_emission("Host", emit_host));

}  // namespace
}  // namespace tpuscope
