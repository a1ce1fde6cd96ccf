// Any text is either refused with an error or what the vendor's compiler leaves beside a model:
// its final text, its estimate, the layers of a capture, its record of groups, which are fitted to
// a network.

#include "passes/planner/foreign_groups.h"
#include "sim/stream/estimate_text.h"
#include "sim/stream/final_text.h"
#include "sim/stream/profile_text.h"
#include "tests/fuzz/fuzz.h"

namespace {

using namespace tpuscope;

const Graph& fuzzed_network() {
  static const Graph graph = *parse_graph(R"(
    x = Input f16[1,8,4,4]
    a = Relu(x)
    p = Permute(a) order=[0,1,3,2]
    b = Add(a, p)
    return b
  )");
  return graph;
}

void fit(const GroupCache& cache) {
  const FittedGroups fitted = fit_groups(fuzzed_network(), {}, cache);
  const NameCounts& names = fitted.names;
  TPU_CHECK(names.matched + names.casts + names.unmatched.size() == names.ops,
            "a name is lost of {}", names.ops);
  for (const FittedGroups::Part& part : fitted.parts)
    TPU_CHECK(!part.ops.empty() && part.group < cache.groups.size(), "a part of no group");
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = as_text(data, size);
  if (const auto read = read_final_text(text, "fuzz"); read.ok()) {
    for (const FinalUnit& unit : read->units)
      TPU_CHECK(!unit.ops.empty(), "a unit without ops");
  }
  if (const auto read = read_estimate(text, "fuzz"); read.ok()) {
    for (const EstimatedCommand& command : read->commands)
      TPU_CHECK(command.cycles >= 0 && command.bytes >= 0, "{} is negative", command.op);
  }
  for (const LocatedOp& layer : read_profile_layers(text))
    TPU_CHECK(layer.before[0] <= layer.after[0] && layer.before[1] <= layer.after[1],
              "a layer ends before it begins");
  if (const auto read = parse_group_cache(text, "fuzz"); read.ok() && read->is_foreign) fit(*read);
  return 0;
}
