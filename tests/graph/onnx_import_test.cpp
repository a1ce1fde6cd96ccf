// Every network of the repository imports, and counts what its table says.

#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include <doctest/doctest.h>

#include "graph/frontend.h"
#include "tests/support/graphs.h"
#include "tests/support/places.h"

namespace tpuscope {
namespace {

namespace fs = std::filesystem;

const fs::path kSource = test::source_folder();

/// One row of the table in tests/models/README.md.
struct OnnxImportRow {
  std::string file{};
  std::int64_t batch = 0;
  double gmacs_per_image = 0;
  double million_parameters = 0;
};

/// Cells of a line of a Markdown table, without spaces around them.
std::vector<std::string> cells(const std::string& line) {
  std::vector<std::string> found;
  std::istringstream rest(line);
  std::string cell;
  while (std::getline(rest, cell, '|')) {
    const std::size_t first = cell.find_first_not_of(' ');
    const std::size_t last = cell.find_last_not_of(' ');
    if (first != std::string::npos) found.push_back(cell.substr(first, last - first + 1));
  }
  return found;
}

std::vector<OnnxImportRow> table() {
  std::ifstream file(kSource / "tests/models/README.md");
  std::vector<OnnxImportRow> rows;
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with("| `")) continue;
    const std::vector<std::string> row = cells(line);
    REQUIRE(row.size() == 6);  // file, architecture, input, GMACs, parameters, opset
    rows.push_back({row[0].substr(1, row[0].size() - 2), std::stoll(row[2]), std::stod(row[3]),
                    std::stod(row[4])});
  }
  return rows;
}

fs::path path_of(const std::string& file) {
  const fs::path builtin = kSource / "graph/builtin" / file;
  return fs::exists(builtin) ? builtin : kSource / "tests/models" / file;
}

Graph imported(const fs::path& path) {
  Result<Graph> graph = load_graph(path.string());
  if (!graph.ok()) FAIL(graph.error().where, ": ", graph.error().message);
  const Status verified = verify(*graph);
  CHECK_MESSAGE(verified.ok(), path.string());
  return *std::move(graph);
}

std::int64_t number_of(const Graph& graph, std::string_view type) {
  std::int64_t number = 0;
  for (const OpId op : graph.ops())
    number += graph[op].is(type) ? 1 : 0;
  return number;
}

TEST_CASE("every network counts the MACs and parameters of its table within 1 %") {
  const std::vector<OnnxImportRow> rows = table();
  REQUIRE(rows.size() == 41);
  for (const OnnxImportRow& row : rows) {
    INFO(row.file);
    const GraphCounts counts = count(imported(path_of(row.file)));
    const double gmacs = static_cast<double>(counts.macs) / 1e9 / static_cast<double>(row.batch);
    const double parameters = static_cast<double>(counts.parameters) / 1e6;
    // Three decimals of the table are too few for 1 % of the smallest networks.
    CHECK(std::abs(gmacs - row.gmacs_per_image) <= 0.01 * row.gmacs_per_image + 0.0005);
    CHECK(std::abs(parameters - row.million_parameters) <= 0.01 * row.million_parameters + 0.005);
  }
}

TEST_CASE("the table names every network of the repository") {
  std::set<std::string> named;
  for (const OnnxImportRow& row : table())
    named.insert(row.file);
  for (const char* folder : {"graph/builtin", "tests/models"}) {
    for (const fs::directory_entry& entry : fs::directory_iterator(kSource / folder)) {
      if (entry.path().extension() == ".onnx") CHECK(named.contains(entry.path().filename()));
    }
  }
}

TEST_CASE("the light networks of the ONNX project import") {
  std::size_t networks = 0;
  for (const fs::directory_entry& entry :
       fs::directory_iterator(kSource / "tests/models/onnx_light")) {
    if (entry.path().extension() != ".onnx") continue;
    INFO(entry.path().string());
    CHECK(count(imported(entry.path())).macs > 0);
    ++networks;
  }
  CHECK(networks == 8);
}

TEST_CASE("three exports of Swin-T hold the same norms, activations and products") {
  for (const char* file : {"swin_t.onnx", "swin_t_op17.onnx", "swin_t_torchvision_raw.onnx"}) {
    INFO(file);
    const Graph graph = imported(path_of(file));
    CHECK(number_of(graph, "LayerNorm") == 29);  // 2 for each of 12 blocks, 3 mergings, first, last
    CHECK(number_of(graph, "Gelu") == 12);
    // For each block qkv, two in the attention, projection and two in the MLP; 3 mergings; the
    // head.
    CHECK(number_of(graph, "MatMul") == 12 * 6 + 3 + 1);
    CHECK(number_of(graph, "Erf") == 0);
    CHECK(number_of(graph, "Pow") == 0);
  }
}

TEST_CASE("shapes computed in the graph are folded away") {
  const Graph graph = imported(path_of("swin_t_torchvision_raw.onnx"));
  CHECK(graph.ops().size() < 1000);  // of 6623 nodes
  for (const OpId op : graph.ops()) {
    if (graph[op].results.empty() || graph[op].is("Weight")) continue;
    CHECK_MESSAGE(is_float(graph[op].results[0].type.dtype), graph[op].name);
  }
}

TEST_CASE("BatchNorms behind convolutions are folded, others stay") {
  const Graph inception = imported(path_of("onnx_light/light_inception_v2.onnx"));
  CHECK(number_of(inception, "BatchNorm") == 0);
  CHECK(number_of(inception, "Mul") == 0);
  // DenseNet normalises before its convolutions: one in front of each of 58 pairs, of which the
  // second follows a convolution, 3 transitions, and the last.
  const Graph densenet = imported(path_of("onnx_light/light_densenet121.onnx"));
  CHECK(number_of(densenet, "BatchNorm") == 58 + 3 + 1);
  CHECK(number_of(densenet, "Mul") == 0);
}

TEST_CASE("built-in networks load by name") {
  const std::vector<std::string> names = builtin_names();
  CHECK(names == std::vector<std::string>{"bert_base_256", "c3d", "clip_image_vitb32",
                                          "openpose_coco_368", "resnet50", "swin_t", "yolov5s",
                                          "yolov8s"});
  const Result<Graph> by_name = load_graph("resnet50");
  REQUIRE(by_name.ok());
  CHECK(to_text(*by_name) == to_text(imported(path_of("resnet50.onnx"))));
}

}  // namespace
}  // namespace tpuscope
