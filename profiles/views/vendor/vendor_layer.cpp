// layer.csv of the vendor's `tpu_profile --format layer`: one line per layer, by its column names.

#include <algorithm>

#include <fmt/core.h>

#include "base/csv.h"
#include "base/figures.h"
#include "profiles/views/results.h"
#include "profiles/views/vendor/vendor_tables.h"

namespace tpuscope {
namespace {

constexpr std::string_view kVendorLayerHeader =
    "LayerID,Type,TPU/"
    "CPU,DataType,Function,in,ic,ih,iw,on,oc,oh,ow,kh,kw,KStrideH,KStrideW,Padding,"
    "Other info,inputBytes,outputBytes,weightBytes,s2lBytes,l2sBytes,s2sBytes,gdmaCycles,"
    "gdmaTime(us),gdmaTimeRatio,gdmaPTheoTime(us),ddrRate,LoadAvgBandwidth(GiB/s),"
    "StoreAvgBandwidth(GiB/s),AlgOps,uArchOps,uArchCModelCycles,uArchCModelCycleRatio,tiuCycles,"
    "tiuTime(us),tiuTimeRatio,tiuPTheoTime(us),uArchRate,totalTime(us),PeakTops,ActualTops,"
    "Parallelism,Concurrency";

/// Four extents; a tensor of fewer axes is padded in front, of more is merged in front.
std::vector<std::string> extents(const Shape& shape) {
  std::vector<std::int64_t> four(4, 1);
  for (std::size_t i = 0; i < shape.size(); ++i) {
    const std::size_t from_end = shape.size() - 1 - i;
    std::int64_t& place = four[from_end >= 3 ? 0 : 3 - from_end];
    place *= shape[i];
  }
  std::vector<std::string> texts;
  for (const std::int64_t extent : four)
    texts.push_back(std::to_string(extent));
  return texts;
}

/// Bytes per time in GiB/s.
std::string bandwidth(std::int64_t bytes, Picoseconds time) {
  constexpr double kGib = 1024.0 * 1024.0 * 1024.0;
  return fmt::format("{:.2f}", ratio(bytes, time.value) * 1e12 / kGib);
}

void write_layers(const Results& results, ByteSink& sink) {
  const Profile& profile = *results.after;
  const Graph& graph = profile.graph;
  const std::vector<VendorSums> sums = vendor_sums(profile);
  std::vector<std::size_t> order(sums.size());
  for (std::size_t i = 0; i < order.size(); ++i)
    order[i] = i;
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return profile.report.ops[a].op < profile.report.ops[b].op;
  });
  VendorSums all;
  for (const VendorSums& sum : sums)
    all += sum;
  sink.write(std::string(kVendorLayerHeader) + "\r\n");
  for (const std::size_t i : order) {
    const VendorSums& sum = sums[i];
    const OpRow& row = profile.report.ops[i];
    const Op& op = graph[row.op];
    const TensorType output = op.results.front().type;
    std::int64_t input_bytes = 0;
    for (const Value& value : op.inputs)
      input_bytes += graph[value.op].is("Weight") ? 0 : graph.type(value).bytes();
    std::vector<std::string> fields = {std::to_string(row.op.index), row.type, "TPU", sum.dtype,
                                       row.type};
    const auto append = [&](const std::vector<std::string>& more) {
      fields.insert(fields.end(), more.begin(), more.end());
    };
    append(extents(op.inputs.empty() ? Shape{} : graph.type(op.inputs.front()).shape));
    append(extents(output.shape));
    const WindowTexts window = window_texts(graph, op);
    append({window.kernel_h, window.kernel_w, window.stride_h, window.stride_w, window.padding,
            op.name});
    append({std::to_string(input_bytes), std::to_string(output.bytes()),
            std::to_string(sum.weight_bytes), std::to_string(sum.s2l_bytes),
            std::to_string(sum.l2s_bytes), std::to_string(sum.s2s_bytes)});
    append({std::to_string(sum.gdma_cycles), microseconds_text(sum.gdma),
            share_text(ratio(sum.gdma.value, all.gdma.value)), microseconds_text(sum.gdma_theory),
            share_text(sum.ddr_rate()), bandwidth(sum.s2l_bytes, sum.load),
            bandwidth(sum.l2s_bytes, sum.store)});
    append({std::to_string(sum.alg_ops), std::to_string(sum.uarch_ops),
            std::to_string(sum.tiu_cycles), share_text(ratio(sum.tiu_cycles, all.tiu_cycles)),
            std::to_string(sum.tiu_cycles), microseconds_text(sum.tiu),
            share_text(ratio(sum.tiu.value, all.tiu.value)), microseconds_text(sum.tiu_theory),
            share_text(sum.uarch_rate()), microseconds_text(sum.total)});
    append({fmt::format("{:.3f}", ratio(sum.alg_ops, sum.tiu_theory.value)),
            fmt::format("{:.3f}", ratio(sum.alg_ops, sum.total.value)),
            share_text(sum.parallelism()), share_text(sum.concurrency())});
    write_csv_row(sink, fields);
  }
}

TPU_REGISTER(register_writer<Results>({.name = "layer_csv",
                                       .summary = "layer.csv as the vendor's tpu_profile writes it",
                                       .signature = "LayerID,Type,TPU/CPU",
                                       .folder = kBmprofileFlag,
                                       .file_in_folder = "layer.csv",
                                       .write = write_layers}));

}  // namespace
}  // namespace tpuscope
