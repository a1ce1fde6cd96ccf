// Operators of ai.onnx.ml, as converters of scikit-learn write them: rows of features become rows
// of features, labels and scores. All of them are work of the host; what their results are is known
// from their attributes. Labels that are words count as their numbers.

#include <algorithm>

#include <fmt/core.h>

#include "graph/onnx/host_operators.h"

namespace tpuscope {
namespace {

/// Rows of the first input.
Result<std::int64_t> rows_of_input(OnnxNode& node) {
  TPU_TRY([[maybe_unused]] const Value x, node.input(0));
  const Shape& shape = node.type(0).shape;
  return shape.size() < 2 ? 1 : shape[0];
}

std::int64_t count_of(const OnnxNode& node, std::string_view attribute) {
  const AttributeValue* value = node.attributes.find(attribute);
  if (value == nullptr) return 0;
  if (const auto* integers = std::get_if<IntList>(value)) return std::ssize(*integers);
  if (const auto* numbers = std::get_if<FloatList>(value)) return std::ssize(*numbers);
  // Words are kept as one text.
  const auto* text = std::get_if<std::string>(value);
  return text == nullptr || text->empty() ? 0 : 1 + std::count(text->begin(), text->end(), ',');
}

/// Classes of a classifier, by whichever list it has.
std::int64_t classes_of(const OnnxNode& node) {
  std::int64_t classes = 1;
  for (const char* list : {"classlabels_ints", "classlabels_int64s", "classlabels_strings"})
    classes = std::max(classes, count_of(node, list));
  return classes;
}

OnnxValues translate_features(OnnxNode& node) {
  TPU_TRY([[maybe_unused]] const Value x, node.input(0));
  return host_work(node, {{DType::kF32, node.type(0).shape}});
}

OnnxValues translate_classifier(OnnxNode& node) {
  TPU_TRY(const std::int64_t rows, rows_of_input(node));
  return host_work(node, {{DType::kI64, {rows}}, {DType::kF32, {rows, classes_of(node)}}});
}

OnnxValues translate_linear_regressor(OnnxNode& node) {
  TPU_TRY(const std::int64_t rows, rows_of_input(node));
  return host_work(node, {{DType::kF32, {rows, node.integer("targets", 1)}}});
}

OnnxValues translate_trees(OnnxNode& node) {
  TPU_TRY(const std::int64_t rows, rows_of_input(node));
  return host_work(node, {{DType::kF32, {rows, node.integer("n_targets", 1)}}});
}

OnnxValues translate_support_vectors(OnnxNode& node) {
  TPU_TRY(const std::int64_t rows, rows_of_input(node));
  return host_work(node, {{DType::kF32, {rows, 1}}});
}

OnnxValues translate_labels(OnnxNode& node) {
  TPU_TRY([[maybe_unused]] const Value x, node.input(0));
  const bool is_float = node.has("values_floats") || node.has("default_float");
  return host_work(node, {{is_float ? DType::kF32 : DType::kI64, node.type(0).shape}});
}

OnnxValues translate_extractor(OnnxNode& node) {
  TPU_TRY([[maybe_unused]] const Value x, node.input(0));
  TPU_TRY([[maybe_unused]] const Value places, node.input(1));
  TensorType result = node.type(0);
  if (result.shape.empty()) result.shape = {1};
  result.shape.back() = node.type(1).elements();
  return host_work(node, {result});
}

/// All features of a row side by side.
OnnxValues translate_join(OnnxNode& node) {
  TPU_TRY(const std::int64_t rows, rows_of_input(node));
  TPU_TRY(const std::vector<Value> inputs, node.all_inputs());
  std::int64_t features = 0;
  for (std::size_t i = 0; i < inputs.size(); ++i)
    features += node.type(i).elements() / std::max<std::int64_t>(1, rows);
  return host_work(node, {{DType::kF32, {rows, features}}});
}

OnnxValues translate_one_hot(OnnxNode& node) {
  TPU_TRY([[maybe_unused]] const Value x, node.input(0));
  Shape shape = node.type(0).shape;
  shape.push_back(std::max(count_of(node, "cats_int64s"), count_of(node, "cats_strings")));
  return host_work(node, {{DType::kF32, std::move(shape)}});
}

/// A map from labels to scores for each row: the scores.
OnnxValues translate_zip_map(OnnxNode& node) {
  return node.all_inputs();
}

TPU_REGISTER(register_onnx("ai.onnx.ml.Scaler", translate_features) &&
             register_onnx("ai.onnx.ml.Normalizer", translate_features) &&
             register_onnx("ai.onnx.ml.Imputer", translate_features) &&
             register_onnx("ai.onnx.ml.Binarizer", translate_features) &&
             register_onnx("ai.onnx.ml.LinearClassifier", translate_classifier) &&
             register_onnx("ai.onnx.ml.SVMClassifier", translate_classifier) &&
             register_onnx("ai.onnx.ml.TreeEnsembleClassifier", translate_classifier) &&
             register_onnx("ai.onnx.ml.LinearRegressor", translate_linear_regressor) &&
             register_onnx("ai.onnx.ml.TreeEnsembleRegressor", translate_trees) &&
             register_onnx("ai.onnx.ml.TreeEnsemble", translate_trees) &&
             register_onnx("ai.onnx.ml.SVMRegressor", translate_support_vectors) &&
             register_onnx("ai.onnx.ml.LabelEncoder", translate_labels) &&
             register_onnx("ai.onnx.ml.ArrayFeatureExtractor", translate_extractor) &&
             register_onnx("ai.onnx.ml.FeatureVectorizer", translate_join) &&
             register_onnx("ai.onnx.ml.OneHotEncoder", translate_one_hot) &&
             register_onnx("ai.onnx.ml.ZipMap", translate_zip_map));

}  // namespace
}  // namespace tpuscope
