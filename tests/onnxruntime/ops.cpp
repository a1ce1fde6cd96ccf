// Writes an example of every op as ONNX, with inputs and the results of our reference kernels, for
// compare_ops.mjs to run:
//
//   ort_ops FOLDER
//
// Reading a file back with our own importer would not notice a mistake that both directions share.

#include <cstdio>
#include <filesystem>
#include <fstream>

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include "graph/graph_writer.h"
#include "tests/support/op_examples.h"

namespace tpuscope::testing {
namespace {

nlohmann::ordered_json json_of(const HostTensor& tensor) {
  return {{"type", std::string(name_of(tensor.type.dtype))},
          {"dims", tensor.shape()},
          {"values", tensor.values}};
}

Result<nlohmann::ordered_json> write_example(const OpExample& example,
                                             const std::filesystem::path& path) {
  TPU_TRY(const Graph graph, parse_graph(example.text));
  const std::vector<HostTensor> inputs = example_inputs(graph, example);
  TPU_TRY(const std::vector<HostTensor> results, evaluate(graph, inputs));
  StringSink onnx;
  TPU_TRY_STATUS(writer_called<Graph>(".onnx").write(graph, {}, onnx));
  const std::string& bytes = onnx.text();
  std::ofstream(path, std::ios::binary) << bytes;
  nlohmann::ordered_json entry{{"text", example.text}, {"file", path.filename().string()}};
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    entry["inputs"][graph[Value{graph.inputs()[i], 0}].name] = json_of(inputs[i]);
  }
  for (const HostTensor& result : results)
    entry["results"].push_back(json_of(result));
  return entry;
}

int run(const std::filesystem::path& folder) {
  nlohmann::ordered_json entries = nlohmann::ordered_json::array();
  for (const OpExample& example : op_examples()) {
    const auto entry = write_example(example, folder / fmt::format("{}.onnx", entries.size()));
    if (!entry.ok()) {
      fmt::print(stderr, "error: {}: {}\n", example.text, entry.error().message);
      return 1;
    }
    entries.push_back(*entry);
  }
  std::ofstream(folder / "examples.json") << entries.dump();
  return 0;
}

}  // namespace
}  // namespace tpuscope::testing

int main(int count, char** arguments) {
  return count == 2 ? tpuscope::testing::run(arguments[1]) : 1;
}
