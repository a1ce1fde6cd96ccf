// summary.csv of the vendor's `tpu_profile --format layer`: one line per kind of layer, and
// "Overall".

#include <map>

#include <fmt/core.h>

#include "base/csv.h"
#include "base/figures.h"
#include "profiles/views/results.h"
#include "profiles/views/vendor/vendor_tables.h"

namespace tpuscope {
namespace {

constexpr std::string_view kVendorSummaryHeader =
    "Function,weightBytes,s2lBytes,l2sBytes,s2sBytes,gdmaCycles,gdmaTime(us),gdmaTimeRatio,"
    "gdmaPTheoTime(us),ddrRate,AlgOps,AlgOpsRatio,uArchOps,uArchOpsRatio,tiuCycles,tiuTime(us),"
    "tiuTimeRatio,tiuPTheoTime(us),uArchRate,PeakTops,DataTypes,LayerTypes,totalTime(us),"
    "Parallelism,Concurrency,1684x FPS or Token/s";

void write_summary(const Results& results, ByteSink& sink) {
  const Profile& profile = *results.after;
  const std::vector<VendorSums> sums = vendor_sums(profile);
  std::map<std::string, VendorSums> by_type;
  VendorSums all;
  for (std::size_t i = 0; i < sums.size(); ++i) {
    by_type[profile.report.ops[i].type] += sums[i];
    all += sums[i];
  }
  // The whole run also holds the launch and idle time, which belong to no layer.
  all.total = profile.report.summary.makespan;
  sink.write(std::string(kVendorSummaryHeader) + "\r\n");
  const auto write_row = [&](const std::string& name, const VendorSums& sum,
                             const std::string& rate) {
    write_csv_row(sink, {name,
                         std::to_string(sum.weight_bytes),
                         std::to_string(sum.s2l_bytes),
                         std::to_string(sum.l2s_bytes),
                         std::to_string(sum.s2s_bytes),
                         std::to_string(sum.gdma_cycles),
                         microseconds_text(sum.gdma),
                         share_text(ratio(sum.gdma.value, all.gdma.value)),
                         microseconds_text(sum.gdma_theory),
                         share_text(sum.ddr_rate()),
                         std::to_string(sum.alg_ops),
                         share_text(ratio(sum.alg_ops, all.alg_ops)),
                         std::to_string(sum.uarch_ops),
                         share_text(ratio(sum.uarch_ops, all.uarch_ops)),
                         std::to_string(sum.tiu_cycles),
                         microseconds_text(sum.tiu),
                         share_text(ratio(sum.tiu.value, all.tiu.value)),
                         microseconds_text(sum.tiu_theory),
                         share_text(sum.uarch_rate()),
                         fmt::format("{:.3f}", ratio(sum.alg_ops, sum.tiu_theory.value)),
                         sum.dtype,
                         name,
                         microseconds_text(sum.total),
                         share_text(sum.parallelism()),
                         share_text(sum.concurrency()),
                         rate});
  };
  for (const auto& [type, sum] : by_type)
    write_row(type, sum, "");
  write_row("Overall", all, fmt::format("{:.2f}", profile.report.summary.runs_per_second()));
}

TPU_REGISTER(
    register_writer<Results>({.name = "summary_csv",
                              .summary = "summary.csv as the vendor's tpu_profile writes it",
                              .signature = "Function,weightBytes",
                              .folder = kBmprofileFlag,
                              .file_in_folder = "summary.csv",
                              .write = write_summary}));

}  // namespace
}  // namespace tpuscope
