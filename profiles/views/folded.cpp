// Folded stacks, as flame graph scripts, speedscope and Perfetto read them: the path of an op's
// origin, then what its time went to, then nanoseconds. The lines add up to the makespan.

#include <algorithm>
#include <map>

#include "base/figures.h"
#include "base/text.h"
#include "profiles/views/results.h"

namespace tpuscope {
namespace {

/// "/layers/layers.0/attn/MatMul" as "layers;layers.0;attn;MatMul". A semicolon would end a frame.
std::string path_of(const OpRow& op) {
  std::string path = sanitised_utf8(op.origin.empty() ? op.name : op.origin.front());
  std::replace(path.begin(), path.end(), ';', ',');
  std::string frames;
  for (std::size_t begin = 0; begin <= path.size();) {
    const std::size_t end = std::min(path.find('/', begin), path.size());
    if (end > begin) frames += path.substr(begin, end - begin) + ";";
    begin = end + 1;
  }
  return frames.empty() ? op.type + ";" : frames;
}

void write_run_folded(const Report& report, const std::string& root, ByteSink& sink) {
  std::map<std::string, Picoseconds> stacks;
  Waterfall rest = report.waterfall;
  for (const OpRow& op : report.ops) {
    const std::string path = path_of(op);
    for (std::size_t i = 0; i < kStepCount; ++i) {
      const Step step = static_cast<Step>(i);
      if (op.waterfall[step].value == 0) continue;
      stacks[path + std::string(text_of(step).title)] += op.waterfall[step];
      rest[step] -= op.waterfall[step];
    }
  }
  for (std::size_t i = 0; i < kStepCount; ++i) {
    const Step step = static_cast<Step>(i);
    if (rest[step].value > 0) stacks[std::string(text_of(step).title)] += rest[step];
  }
  // Boundaries are rounded, not lengths, so that the whole stays the makespan.
  Picoseconds sum{};
  for (const auto& [stack, time] : stacks) {
    const std::int64_t begin = nanoseconds(sum);
    sum += time;
    if (nanoseconds(sum) > begin) {
      sink.write(root + stack + " " + std::to_string(nanoseconds(sum) - begin) + "\n");
    }
  }
}

void write_folded(const Results& results, ByteSink& sink) {
  if (results.before == nullptr) return write_run_folded(results.after->report, "", sink);
  write_run_folded(results.before->report, "before;", sink);
  write_run_folded(results.after->report, "after;", sink);
}

TPU_REGISTER(register_writer<Results>(
    {.name = "folded",
     .summary = "folded stacks for flame graphs",
     .signature = "exposed ",
     .flag = {.name = "--folded", .value = "FILE", .help = "write stacks for flame graphs"},
     .write = write_folded}));

}  // namespace
}  // namespace tpuscope
