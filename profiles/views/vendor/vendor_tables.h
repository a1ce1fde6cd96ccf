// Sums that the tables of the vendor's `tpu_profile --format layer` are made of, with its
// definitions.

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/writer.h"
#include "profiles/report/report.h"

namespace tpuscope {

/// The family of files that the vendor's tools make of a run, each under its fixed name.
inline constexpr WriterFlag kBmprofileFlag{
    .name = "--bmprofile",
    .value = "FOLDER",
    .help =
        "write net_stat.sim, layer.csv, summary.csv and instruction.csv as the vendor's tools do"};

/// Of a layer, of a kind of layer, or of the whole run.
struct VendorSums {
  std::int64_t weight_bytes = 0;
  std::int64_t s2l_bytes = 0;  ///< DDR to local memory
  std::int64_t l2s_bytes = 0;  ///< local memory to DDR
  std::int64_t s2s_bytes = 0;  ///< DDR to DDR
  Picoseconds gdma{};          ///< time of its transfers
  Picoseconds load{};          ///< part of it that loads
  Picoseconds store{};         ///< part of it that stores
  Picoseconds gdma_theory{};   ///< at the practical bandwidth of each direction
  std::int64_t gdma_cycles = 0;
  Picoseconds tiu{};
  Picoseconds tiu_theory{};  ///< useful cycles alone
  std::int64_t tiu_cycles = 0;
  std::int64_t alg_ops = 0;
  std::int64_t uarch_ops = 0;
  Picoseconds total{};  ///< charged, so that layers add up
  std::string dtype{};

  /// (tiuTime + gdmaTime) / totalTime, 0 to 2.
  double parallelism() const;
  /// (tiuTime + gdmaTime - totalTime) / min(tiuTime, gdmaTime); 1 is perfect overlap.
  double concurrency() const;
  /// AlgOps / uArchOps: alignment waste only.
  double uarch_rate() const;
  /// Theoretical time of the transfers / their time.
  double ddr_rate() const;
};

VendorSums& operator+=(VendorSums& sum, const VendorSums& other);

/// Sums of every op of the run, by its place in Report::ops.
std::vector<VendorSums> vendor_sums(const Profile& profile);

/// The window of an op that slides one (convolution, pooling): what the tables say of it. Texts are
/// empty for other ops; of three axes the last two are written.
struct WindowTexts {
  std::string kernel_h{};
  std::string kernel_w{};
  std::string stride_h{};
  std::string stride_w{};
  std::string padding{};  ///< "[top,left,bottom,right]", as ONNX orders them
};
WindowTexts window_texts(const Graph& graph, const Op& op);

/// "12.345": microseconds with three decimals.
std::string microseconds_text(Picoseconds time);
/// "87.50%".
std::string share_text(double ratio);

}  // namespace tpuscope
