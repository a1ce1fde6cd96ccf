// Files that are no networks of ours say what they are and what to do with them.

#include <filesystem>

#include <doctest/doctest.h>

#include "graph/frontend.h"
#include "tests/support/temporary_folder.h"

namespace tpuscope {
namespace {

using namespace std::string_literals;

struct Foreign {
  std::string name{};
  std::string bytes{};
  std::string message{};
  std::string hint{};  ///< a part of it
};

TEST_CASE("what other tools write is named by its content, else by its name") {
  const std::string any = "\x01\x02\x03\x04\x05\x06\x07\x08";
  for (const Foreign& file : std::vector<Foreign>{
           {"m.onnx", "", "the file is empty", ""},
           {"m.onnx", "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n",
            "the file is a Git LFS pointer, not the file itself", "git lfs pull"},
           {"m.bin", "\x1c\0\0\0TFL3"s + any, "the file is a TensorFlow Lite model", "--tflite"},
           {"m.h5", "\x89HDF\r\n\x1a\n" + any,
            "the file is an HDF5 file, as Keras writes weights and models", "model.export"},
           {"m.pt", "PK\x03\x04" + any,
            "the file is a zip archive, as PyTorch and Keras write models", "torch.onnx.export"},
           {"m.mlir", "module @net {}", "the file is MLIR text", "made from"},
           {"m.pb", any, "the file is a TensorFlow graph", "tf2onnx"},
           {"m.pb", "\x08\x01\x12\x02xx", "the file is a TensorFlow graph", "tf2onnx"},
           {"m.safetensors", any, "the file is made of weights alone, without a network",
            "beside"}}) {
    CAPTURE(file.name);
    const Result<Graph> graph = read_graph(file.name, file.bytes);
    REQUIRE_FALSE(graph.ok());
    CHECK(graph.error().where == file.name);
    CHECK(graph.error().message == file.message);
    CHECK(graph.error().hint.find(file.hint) != std::string::npos);
  }
}

TEST_CASE("a network keeps being one whatever it is called") {
  CHECK(read_graph("net.pt", "x = Input f32[2]\ny = Relu(x)").ok());
}

TEST_CASE("a folder names a network in it, or the tool for what it holds") {
  const test::TemporaryFolder folder;
  const std::string path = folder.path().string();
  CHECK(load_graph(path).error().hint == "name a network file");
  folder.write("b.onnx", "x");
  folder.write("a.onnx", "x");
  CHECK(load_graph(path).error().hint == "name a network in it, as a.onnx");
  folder.write("saved_model.pb", "x");
  CHECK(load_graph(path).error().hint.find("--saved-model") != std::string::npos);
}

}  // namespace
}  // namespace tpuscope
