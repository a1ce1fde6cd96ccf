// Writes a network with seeded weights twice, as its author exported it and as our passes leave it,
// for compare.mjs to run both:
//
//   ort_rewrite MODEL FOLDER SWITCHES PRECISION [wrong]
//
// The passes see the network in PRECISION, since what they do depends on it; weights keep their
// full values, so that the two files differ by the rewriting alone. PRECISION "imported" leaves the
// network as it was read. With "wrong" one permute of the
// rewritten network is changed, which the comparison has to notice.

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <span>

#include <fmt/core.h>
#include <onnx/onnx_pb.h>

#include "graph/graph_writer.h"
#include "graph/onnx/reader.h"
#include "passes/pipeline.h"
#include "passes/precision/precision.h"
#include "tests/onnxruntime/seeded_weights.h"

namespace tpuscope::testing {
namespace {

Status write_file(const std::filesystem::path& path, const std::string& bytes) {
  std::ofstream file(path, std::ios::binary);
  file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  if (file.flush()) return Ok{};
  return Error{.code = ErrorCode::kCannotWrite, .message = "cannot write", .where = path.string()};
}

/// Swaps two axes of equal extents in the order of one permute: all types stay right.
Status make_wrong(Graph& graph) {
  for (const OpId id : graph.topological_order()) {
    if (!graph[id].is("Permute")) continue;
    const Shape& shape = graph.type({id, 0}).shape;
    for (std::size_t a = 0; a < shape.size(); ++a) {
      for (std::size_t b = a + 1; b < shape.size(); ++b) {
        if (shape[a] != shape[b] || shape[a] == 1) continue;
        IntList order = graph[id].attributes.integers("order");
        std::swap(order[a], order[b]);
        return graph.set_attributes(id, {{"order", order}});
      }
    }
  }
  return Error{.message = "there is no permute to change"};
}

/// Open extents of the inputs, as the import took them: the runtime is to see the same.
void settle_inputs(onnx::ModelProto& model, const Graph& graph) {
  for (onnx::ValueInfoProto& input : *model.mutable_graph()->mutable_input()) {
    for (const OpId op : graph.inputs()) {
      if (graph[op].results[0].name != input.name()) continue;
      auto& shape = *input.mutable_type()->mutable_tensor_type()->mutable_shape();
      shape.clear_dim();
      for (const std::int64_t extent : graph.type({op}).shape)
        shape.add_dim()->set_dim_value(extent);
    }
  }
}

Status run(std::span<char*> arguments) {
  if (arguments.size() < 5)
    return Error{.code = ErrorCode::kUsage, .message = "4 arguments needed"};
  const std::filesystem::path folder = arguments[2];
  onnx::ModelProto model;
  std::ifstream file(arguments[1], std::ios::binary);
  if (!model.ParseFromIstream(&file)) {
    return Error{.message = "cannot be read", .where = arguments[1]};
  }
  TPU_TRY(const int filled, seed_weights(model));
  TPU_TRY(Graph graph, graph_from_onnx(model, {.bound_inputs = {}, .keep_all_data = true}));
  settle_inputs(model, graph);
  TPU_TRY_STATUS(write_file(folder / "original.onnx", model.SerializeAsString()));
  model.Clear();  // hundreds of megabytes
  if (const std::string_view name = arguments[4]; name != "imported") {
    TPU_TRY(const DType precision, parse_precision(name));
    TPU_TRY_STATUS(lower_precision(graph, precision, LoweredValues::kKept));
  }
  for (const OpId id : graph.ops()) {
    if (!graph[id].is("Weight") || graph[id].data != nullptr) continue;
    return Error{.message = "the import lost the values", .where = graph[id].name};
  }
  const std::int64_t before = count_permutes(graph);
  PipelineOptions options{.verify_each = true};
  TPU_TRY(options.switches, parse_switches(arguments[3]));
  options.switches.set("cache_in_place", false);  // hands out new rows alone: another interface
  TPU_TRY([[maybe_unused]] const PipelineResult result, run_pipeline(graph, options));
  std::int64_t merged = 0;
  for (const OpId id : graph.ops()) {
    merged += graph[id].is("MatMul") && graph[id].attributes.flag("hdim_is_batch") ? 1 : 0;
  }
  if (arguments.size() > 5) TPU_TRY_STATUS(make_wrong(graph));
  StringSink onnx;
  TPU_TRY_STATUS(writer_called<Graph>(".onnx").write(graph, {}, onnx));
  const std::string& bytes = onnx.text();
  TPU_TRY_STATUS(write_file(folder / "rewritten.onnx", bytes));
  fmt::print("{} weights filled, {} permutes became {}, {} products with hdim_is_batch\n", filled,
             before, count_permutes(graph), merged);
  return Ok{};
}

}  // namespace
}  // namespace tpuscope::testing

int main(int count, char** arguments) {
  const tpuscope::Status status =
      tpuscope::testing::run({arguments, static_cast<std::size_t>(count)});
  if (status.ok()) return 0;
  for (const tpuscope::Error& error : status.errors())
    fmt::print(stderr, "error: {}: {}\n", error.where, error.message);
  return 1;
}
