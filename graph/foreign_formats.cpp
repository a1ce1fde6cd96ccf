// A table of formats, each by the bytes that it begins with or by the extension of its files.

#include "graph/foreign_formats.h"

#include <algorithm>

#include <fmt/core.h>

namespace tpuscope {
namespace {

struct ForeignFormat {
  std::string_view what{};  ///< completes "the file is ..."
  std::string_view advice{};
  std::string_view magic{};  ///< empty: recognised by name only
  std::size_t offset = 0;    ///< of the magic
  std::string_view names{};  ///< extensions, each between spaces
};

constexpr std::string_view kPytorch =
    "export it with torch.onnx.export(model, inputs, \"model.onnx\")";
constexpr std::string_view kTensorflow =
    "convert it with python -m tf2onnx.convert --opset 18 --output model.onnx";
constexpr std::string_view kKeras = "export it with model.export(\"model.onnx\", format=\"onnx\")";
constexpr std::string_view kOnnxBefore = "name the ONNX file that it was made from";

using namespace std::string_view_literals;
constexpr ForeignFormat kForeignFormats[] = {
    {.what = "a Git LFS pointer, not the file itself",
     .advice = "fetch the file with git lfs pull",
     .magic = "version https://git-lfs.github.com/spec/"},
    {.what = "a TensorFlow Lite model",
     .advice = "convert it with python -m tf2onnx.convert --tflite model.tflite --output "
               "model.onnx",
     .magic = "TFL3",
     .offset = 4,
     .names = " .tflite .lite "},
    {.what = "an HDF5 file, as Keras writes weights and models",
     .advice = kKeras,
     .magic = "\x89HDF\r\n\x1a\n",
     .names = " .h5 .hdf5 "},
    {.what = "a language model in the form of llama.cpp",
     .advice = "export the source network to ONNX",
     .magic = "GGUF",
     .names = " .gguf "},
    {.what = "a compiled bmodel",
     .advice = kOnnxBefore,
     .magic = "\xEE\xAA\x55\xFF"sv,
     .names = " .bmodel "},
    {.what = "a zip archive, as PyTorch and Keras write models",
     .advice = kPytorch,
     .magic = "PK\x03\x04"sv,
     .names = " .pt .pth .ckpt .torchscript .pt2 "},
    {.what = "a Python pickle, as PyTorch wrote models", .advice = kPytorch, .magic = "\x80\x02"sv},
    {.what = "a Keras model", .advice = kKeras, .names = " .keras "},
    {.what = "MLIR text", .advice = kOnnxBefore, .magic = "module @", .names = " .mlir "},
    {.what = "MLIR text", .advice = kOnnxBefore, .magic = "module attributes"},
    {.what = "a TensorFlow graph", .advice = kTensorflow, .names = " .pb .pbtxt .meta "},
    {.what = "made of weights alone, without a network",
     .advice = "name the ONNX file beside it",
     .names = " .safetensors .bin .npz .npy .data .params .caffemodel .pdiparams "},
    {.what = "a Caffe network", .advice = "convert it to ONNX", .names = " .prototxt "},
    {.what = "a Paddle network",
     .advice = "export it with paddle.onnx.export",
     .names = " .pdmodel "},
    {.what = "an OpenVINO network", .advice = kOnnxBefore, .names = " .xml "},
    {.what = "a compiled engine", .advice = kOnnxBefore, .names = " .engine .plan .trt "},
    {.what = "a Core ML model", .advice = kOnnxBefore, .names = " .mlmodel .mlpackage "},
    {.what = "a scikit-learn model",
     .advice = "such models run on the host",
     .names = " .joblib .pkl "},
};

Error error_of(const ForeignFormat& format) {
  return {.message = fmt::format("the file is {}", format.what),
          .hint = std::string(format.advice)};
}

}  // namespace

std::optional<Error> foreign_by_content(std::string_view head) {
  for (const ForeignFormat& format : kForeignFormats) {
    if (format.magic.empty() || head.size() < format.offset) continue;
    if (head.substr(format.offset).starts_with(format.magic)) return error_of(format);
  }
  return std::nullopt;
}

std::optional<Error> foreign_by_name(std::string_view path) {
  const std::size_t dot = path.find_last_of("./");
  if (dot == std::string_view::npos || path[dot] != '.') return std::nullopt;
  const std::string name = fmt::format(" {} ", path.substr(dot));
  for (const ForeignFormat& format : kForeignFormats) {
    if (format.names.find(name) != std::string_view::npos) return error_of(format);
  }
  return std::nullopt;
}

}  // namespace tpuscope
