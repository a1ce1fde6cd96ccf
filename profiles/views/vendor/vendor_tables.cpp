// The definitions are the vendor's: tpu-mlir, python/profile_helper, as its column names are.

#include "profiles/views/vendor/vendor_tables.h"

#include <algorithm>
#include <map>

#include <fmt/core.h>

#include "base/figures.h"
#include "base/text.h"

namespace tpuscope {

double VendorSums::parallelism() const {
  return ratio((tiu + gdma).value, total.value);
}
double VendorSums::concurrency() const {
  return ratio((tiu + gdma - total).value, std::min(tiu, gdma).value);
}
double VendorSums::uarch_rate() const {
  return ratio(alg_ops, uarch_ops);
}
double VendorSums::ddr_rate() const {
  return ratio(gdma_theory.value, gdma.value);
}

VendorSums& operator+=(VendorSums& sum, const VendorSums& other) {
  sum.weight_bytes += other.weight_bytes;
  sum.s2l_bytes += other.s2l_bytes;
  sum.l2s_bytes += other.l2s_bytes;
  sum.s2s_bytes += other.s2s_bytes;
  sum.gdma += other.gdma;
  sum.load += other.load;
  sum.store += other.store;
  sum.gdma_theory += other.gdma_theory;
  sum.gdma_cycles += other.gdma_cycles;
  sum.tiu += other.tiu;
  sum.tiu_theory += other.tiu_theory;
  sum.tiu_cycles += other.tiu_cycles;
  sum.alg_ops += other.alg_ops;
  sum.uarch_ops += other.uarch_ops;
  sum.total += other.total;
  if (sum.dtype.empty()) sum.dtype = other.dtype;
  return sum;
}

std::vector<VendorSums> vendor_sums(const Profile& profile) {
  const Report& report = profile.report;
  const Timeline& timeline = profile.simulation.timeline;
  std::map<std::uint32_t, std::size_t> places;
  for (std::size_t i = 0; i < report.ops.size(); ++i)
    places[report.ops[i].op.index] = i;
  std::vector<VendorSums> sums(report.ops.size());
  for (std::size_t i = 0; i < sums.size(); ++i)
    sums[i].total = report.ops[i].blame();
  for (std::size_t i = 0; i < profile.simulation.program.commands.size(); ++i) {
    const Command& command = profile.simulation.program.commands[i];
    VendorSums& sum = sums[places.at(command.op)];
    const Picoseconds length = timeline.end[i] - timeline.start[i];
    const std::int64_t total = std::max<std::int64_t>(1, command.cost.total());
    const Picoseconds useful{mul_div(length.value, command.cost.useful, total)};
    if (command.engine == Engine::kBdc) {
      sum.tiu += length;
      sum.tiu_theory += useful;
      sum.tiu_cycles += command.cost.total();
      sum.alg_ops += command.useful_ops;
      sum.uarch_ops += command.issued_ops;
      sum.dtype = std::string(name_of(command.dtype));
      continue;
    }
    sum.gdma += length;
    sum.gdma_theory += useful;
    sum.gdma_cycles += command.cost.total();
    if (command.kind == CommandKind::kLoadWeight) sum.weight_bytes += command.bytes;
    if (command.direction == Direction::kDdrToLocal) {
      sum.s2l_bytes += command.bytes;
      sum.load += length;
    } else if (command.direction == Direction::kLocalToDdr) {
      sum.l2s_bytes += command.bytes;
      sum.store += length;
    } else if (command.direction == Direction::kDdrToDdr) {
      sum.s2s_bytes += command.bytes;
    }
  }
  return sums;
}

namespace {

std::vector<std::int64_t> integers(const Op& op, std::string_view name) {
  const AttributeValue* found = op.attributes.find(name);
  const auto* list = found == nullptr ? nullptr : std::get_if<std::vector<std::int64_t>>(found);
  return list == nullptr ? std::vector<std::int64_t>{} : *list;
}

/// The last but `place` of a list, or the value of an empty list.
std::string from_end(const std::vector<std::int64_t>& values, std::size_t place) {
  return place < values.size() ? std::to_string(values[values.size() - 1 - place]) : "1";
}

}  // namespace

WindowTexts window_texts(const Graph& graph, const Op& op) {
  if (op.attributes.find("strides") == nullptr) return {};
  // Pooling names its kernel; a convolution's is the extent of its weight.
  std::vector<std::int64_t> kernel = integers(op, "kernel");
  if (kernel.empty() && op.inputs.size() > 1) {
    const Shape& weight = graph.type(op.inputs[1]).shape;
    if (weight.size() > 2) kernel.assign(weight.begin() + 2, weight.end());
  }
  if (kernel.empty()) return {};
  std::vector<std::int64_t> pads = integers(op, "pads");
  if (pads.empty()) pads.assign(2 * kernel.size(), 0);
  const std::vector<std::int64_t> strides = integers(op, "strides");
  return {.kernel_h = from_end(kernel, 1),
          .kernel_w = from_end(kernel, 0),
          .stride_h = from_end(strides, 1),
          .stride_w = from_end(strides, 0),
          .padding = list_text(pads)};
}

std::string microseconds_text(Picoseconds time) {
  const std::int64_t ns = nanoseconds(time);
  return fmt::format("{}.{:03}", ns / 1000, ns % 1000);
}

std::string share_text(double ratio) {
  return fmt::format("{:.2f}%", 100 * ratio);
}

}  // namespace tpuscope
